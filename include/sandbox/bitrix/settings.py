"""What a portal allows and what its calls cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.bitrix.calls import Reply

SCOPES = frozenset({"basic", "sale", "pay_system"})


@dataclass(slots=True)
class PortalSettings:
    """Switches that may be turned while the portal runs.

    :ivar scopes: what the webhook and the application were granted; `basic` is always there.
    :ivar call_cost: how many seconds of execution each call of a method takes from its budget.
    :ivar operating_limit: seconds of execution that a caller has for one method in ten minutes.
    :ivar page_seconds: how long each list call takes, beside `call_cost`; its answer is kept back so long.
    :ivar counting_seconds: how long each row takes that has to be counted for a `total`.
    :ivar moved_to: the host and port that the portal has moved to: other hosts are sent there.
    """

    scopes: frozenset[str] = SCOPES
    call_cost: float = 0.001
    operating_limit: float = 480.0
    page_seconds: float = 0.0
    counting_seconds: float = 0.0
    moved_to: str = ""

    def seconds_of(self, reply: Reply) -> float:
        """How long a call takes."""
        page = self.page_seconds if reply.row_ids is not None else 0.0
        return page + self.counting_seconds * (reply.total or 0)
