"""One call of a method, and what it comes back with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.bitrix.php import Params
    from sandbox.shop import Shop


@dataclass(frozen=True, slots=True)
class Call:
    """What a method has to work with.

    :ivar now: the server's clock, in the server's zone.
    :ivar scopes: what the caller was granted.
    """

    shop: Shop
    params: Params
    now: datetime
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a method answers.

    :ivar total: how many rows match, if the method counted them.
    :ivar next: the offset of the next page, if there is one.
    :ivar row_ids: the ids of the rows that a list sends; `None` if it is no list.
    :ivar time: when the call ran and what it cost, once that is known.
    """

    result: object
    total: int | None = None
    next: int | None = None
    row_ids: tuple[object, ...] | None = None
    time: Mapping[str, object] | None = None

    def as_dict(self) -> dict[str, object]:
        """The answer as JSON, without what it has nothing to say about."""
        envelope = {"result": self.result, "next": self.next, "total": self.total, "time": self.time}
        return {name: value for name, value in envelope.items() if value is not None}
