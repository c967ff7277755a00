"""What the portal counts about its callers."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.bitrix.calls import Reply


@dataclass(slots=True)
class BitrixCounters:
    """Counts of one portal since it was opened.

    :ivar requests: HTTP calls of methods, refused ones too; a batch is one.
    :ivar commands: calls of methods inside batches.
    :ivar rows: rows sent by lists.
    :ivar totals: lists whose matching rows had to be counted, which is dear on a real portal.
    :ivar empty: lists that sent no rows.
    :ivar repeated: lists all of whose rows had been sent before, to whomever.
    :ivar most_at_once: the most requests that were waited for together.
    :ivar operating: the most seconds that a caller had used up of ten minutes, by method.
    :ivar refusals: refusals by HTTP status, also those inside a batch, where the status does not show.
    """

    requests: int = 0
    commands: int = 0
    rows: int = 0
    totals: int = 0
    empty: int = 0
    repeated: int = 0
    most_at_once: int = 0
    operating: dict[str, float] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    _sent: defaultdict[str, set[object]] = field(default_factory=lambda: defaultdict(set), repr=False)
    _at_once: int = 0

    def count(self, method: str, reply: Reply, spent: float) -> None:
        """Count what a method answers to a caller who has spent so many seconds in it."""
        self.operating[method] = max(spent, self.operating.get(method, 0.0))
        self.totals += reply.total is not None
        if reply.row_ids is None:
            return
        sent = self._sent[method]
        self.rows += len(reply.row_ids)
        self.empty += not reply.row_ids
        self.repeated += bool(reply.row_ids) and sent.issuperset(reply.row_ids)
        sent.update(reply.row_ids)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a request, which is waited for inside the block."""
        self.requests += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            self._at_once -= 1

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON: numbers, and refusals by the text of their status."""
        return {
            "requests": self.requests,
            "commands": self.commands,
            "rows": self.rows,
            "totals": self.totals,
            "empty": self.empty,
            "repeated": self.repeated,
            "most_at_once": self.most_at_once,
            "operating": {method: round(seconds, 3) for method, seconds in sorted(self.operating.items())},
            "refusals": {str(status): count for status, count in sorted(self.refusals.items())},
        }
