"""The block in which every answer says how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.bitrix.values import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo


@dataclass(slots=True)
class Watch:
    """The clock of one request, ahead of the portal's by what the work so far would have taken.

    :ivar ahead: by how many seconds.
    """

    clock: Callable[[], float]
    ahead: float = 0.0

    def now(self) -> float:
        """Epoch seconds."""
        return self.clock() + self.ahead


def time_block(start: float, finish: float, zone: ZoneInfo) -> dict[str, object]:
    """When a call began and ended, without what it cost."""
    return {
        "start": start,
        "finish": finish,
        "duration": finish - start,
        "processing": finish - start,
        "date_start": moment(local(start, zone)),
        "date_finish": moment(local(finish, zone)),
    }


def local(seconds: float, zone: ZoneInfo) -> datetime:
    """A reading of the clock in the server's zone, to the second."""
    return datetime.fromtimestamp(int(seconds), zone)
