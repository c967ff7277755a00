"""The day in numbers: how many orders ended how, and for how many roubles."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bookkeeping.domain import to_kopecks
from bookkeeping.outcomes import OrderRow, Outcome, Reconciliation
from bookkeeping.report.words import OUTCOMES, Tone, by_urgency


@dataclass(frozen=True)
class OutcomeTotal:
    """The orders, or foreign documents, that ended the same way."""

    outcome: Outcome
    count: int
    amount: Decimal
    difference: Decimal


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """Add up roubles; nothing makes 0.00."""
    return sum(amounts, Decimal("0.00"))


def outcome_totals(reconciliation: Reconciliation) -> tuple[OutcomeTotal, ...]:
    """Count and sum each outcome that occurred, the most urgent first; every row counts exactly once.

    A foreign document is a difference of its whole sum.
    """
    rows = [(order.outcome, order.total, order.difference) for order in reconciliation.orders]
    rows += [(Outcome.FOREIGN, document.total, document.total) for document in reconciliation.foreign]
    outcomes = sorted({outcome for outcome, _, _ in rows}, key=by_urgency)
    return tuple(_total(outcome, [row for row in rows if row[0] is outcome]) for outcome in outcomes)


def _total(outcome: Outcome, rows: list[tuple[Outcome, Decimal, Decimal]]) -> OutcomeTotal:
    return OutcomeTotal(
        outcome, len(rows), total_of(row[1] for row in rows), total_of(row[2] for row in rows)
    )


def needing_attention(reconciliation: Reconciliation) -> list[OrderRow]:
    """Return the orders that ask something of the accountant, the most urgent and largest first."""
    orders = [order for order in reconciliation.orders if OUTCOMES[order.outcome].tone is not Tone.CALM]
    return sorted(orders, key=lambda order: (by_urgency(order.outcome)[0], -abs(order.difference)))


def summary(reconciliation: Reconciliation) -> dict[str, object]:
    """Return the day's counts and sums, ready for JSON: money as text, nothing about any buyer."""
    orders = reconciliation.orders
    return {
        "company": reconciliation.company,
        "business_date": reconciliation.business_date.isoformat(),
        "orders": len(orders),
        "foreign": len(reconciliation.foreign),
        "warnings": len(reconciliation.warnings),
        "attention": len(needing_attention(reconciliation)) + len(reconciliation.foreign),
        "total": _text(total_of(order.total for order in orders)),
        "documents_total": _text(total_of(order.documents_total for order in orders)),
        "difference": _text(total_of(order.difference for order in orders)),
        "outcomes": {
            total.outcome.value: {
                "count": total.count,
                "total": _text(total.amount),
                "difference": _text(total.difference),
            }
            for total in outcome_totals(reconciliation)
        },
    }


def _text(amount: Decimal) -> str:
    return str(to_kopecks(amount))
