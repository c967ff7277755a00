"""What came of the week for each company, counted from the ledger, as a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from bookkeeping.domain import DocumentKind, MoneyKind, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bookkeeping.ledger import Entry

NOTHING = "–"


@dataclass(frozen=True)
class Amount:
    """How many, and for how many roubles together."""

    count: int = 0
    roubles: Decimal = Decimal(0)

    @classmethod
    def of(cls, entries: Collection[Entry]) -> Amount:
        """Count ledger entries and add up their totals."""
        return cls(len(entries), sum((entry.total or Decimal(0) for entry in entries), Decimal(0)))

    def __str__(self) -> str:
        return f"{self.count} = {self.roubles:,.2f} ₽" if self.count else NOTHING


@dataclass(frozen=True)
class CompanySummary:
    """One company's week.

    :ivar documents: the posted ones by kind.
    :ivar held: how many entries wait for a person, by reason.
    :ivar new: how many documents this demo posted, of all that are posted.
    :ivar outcomes: how the reconciliations explained the orders; an order counts on each of its days.
    """

    company: str
    documents: Mapping[str, Amount]
    held: Mapping[str, int]
    unknown: int
    payments: Amount
    refunds: Amount
    counterparties: int
    new: int
    outcomes: Mapping[str, int] = field(default_factory=dict)


def summarise(
    company: str, entries: Collection[Entry], known: Collection[str], outcomes: Mapping[str, int]
) -> CompanySummary:
    """Count one company's entries.

    :param known: keys of what was posted before the demo began.
    """
    posted = [entry for entry in entries if entry.status is Status.POSTED]
    return CompanySummary(
        company=company,
        documents={kind.value: Amount.of(_of(posted, kind)) for kind in DocumentKind},
        held=Counter(str(entry.reason) for entry in entries if entry.reason is not None),
        unknown=sum(entry.status is Status.UNKNOWN for entry in entries),
        payments=Amount.of(_of(posted, MoneyKind.PAYMENT)),
        refunds=Amount.of(_of(posted, MoneyKind.REFUND)),
        counterparties=len(_of(posted, "counterparty")),
        new=sum(entry.key not in known for entry in posted if entry.kind in set(DocumentKind)),
        outcomes=outcomes,
    )


def as_table(summaries: Sequence[CompanySummary]) -> str:
    """Lay the companies side by side, a line a number."""
    rows = [["", *(summary.company for summary in summaries)]]
    for group in zip(*map(_groups, summaries), strict=True):
        labels = dict.fromkeys(label for cells in group for label in cells)
        rows += [[label, *(cells.get(label, NOTHING) for cells in group)] for label in labels]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _groups(summary: CompanySummary) -> list[dict[str, str]]:
    """Name one company's numbers, in groups that stay together in the table."""
    return [
        {f"{kind}s posted": str(amount) for kind, amount in summary.documents.items()},
        {"payments recorded": str(summary.payments), "refunds recorded": str(summary.refunds)},
        {"counterparties": str(summary.counterparties)},
        {f"held, {reason}": str(count) for reason, count in sorted(summary.held.items())},
        {"unknown": str(summary.unknown)},
        {f"reconciled, {outcome}": str(count) for outcome, count in sorted(summary.outcomes.items())},
        {"documents new in this demo": str(summary.new)},
    ]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    label, *cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([label, *(cell.strip().rjust(len(cell)) for cell in cells)]).rstrip()


def _of(entries: Collection[Entry], kind: str) -> list[Entry]:
    return [entry for entry in entries if entry.kind == kind]
