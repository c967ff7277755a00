"""What the portal counts about its callers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class BitrixCounters:
    """Counts of one portal since it was opened.

    :ivar requests: HTTP calls of methods, refused ones too; a batch is one.
    :ivar commands: calls of methods inside batches.
    :ivar rows: rows sent by lists.
    :ivar totals: lists whose matching rows had to be counted, which is dear on a real portal.
    :ivar refusals: refusals by HTTP status, also those inside a batch, where the status does not show.
    """

    requests: int = 0
    commands: int = 0
    rows: int = 0
    totals: int = 0
    refusals: Counter[int] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON: numbers, and refusals by the text of their status."""
        return {
            "requests": self.requests,
            "commands": self.commands,
            "rows": self.rows,
            "totals": self.totals,
            "refusals": {str(status): count for status, count in sorted(self.refusals.items())},
        }
