"""The day or month in numbers: how many orders ended how, for how many roubles, and by which source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bookkeeping.domain import to_kopecks
from bookkeeping.outcomes import BankMatch, BankRow, OrderRow, Outcome, Reconciliation
from bookkeeping.report.words import BANK, OUTCOMES, Source, Tone, by_urgency


@dataclass(frozen=True)
class OutcomeTotal:
    """The orders, or foreign documents, that ended the same way."""

    outcome: Outcome
    count: int
    amount: Decimal
    difference: Decimal


@dataclass(frozen=True)
class BankTotal:
    """The money on the bank account that was found to be for the same."""

    match: BankMatch
    count: int
    amount: Decimal
    commission: Decimal


@dataclass(frozen=True)
class Figure:
    """A sum as one source tells it.

    :ivar amount: None where the source does not show it.
    :ivar count: the rows that it sums up, of ``of``.
    """

    title: str
    source: Source
    amount: Decimal | None
    count: int
    of: int


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


def figures(reconciliation: Reconciliation) -> tuple[Figure, ...]:
    """Sum up each source; a sum that it does not show is not passed off as zero."""
    orders = reconciliation.orders
    columns: list[tuple[str, Source, list[Decimal | None]]] = [
        ("Сумма заказов", Source.SHOP, [order.total for order in orders]),
        ("По документам", Source.JOURNAL, [order.documents_total for order in orders]),
        ("Оплачено", Source.SHOP, [order.paid_in_shop for order in orders]),
        ("Оплачено", Source.BOOKS, [order.paid_in_books for order in orders]),
    ]
    if reconciliation.bank is not None:
        since = reconciliation.business_date
        columns.append(
            (
                "Поступило на счёт",
                Source.BANK,
                [row.amount for row in reconciliation.bank if row.dated_on >= since],
            )
        )
    return tuple(_figure(*column) for column in columns)


def _figure(title: str, source: Source, amounts: Sequence[Decimal | None]) -> Figure:
    known = [amount for amount in amounts if amount is not None]
    total = total_of(known) if known or not amounts else None
    return Figure(title, source, total, len(known), len(amounts))


def bank_totals(rows: Sequence[BankRow]) -> tuple[BankTotal, ...]:
    """Count and sum the money on the bank account by what it is for, what asks for a person first."""
    matches = sorted({row.match for row in rows}, key=bank_urgency)
    return tuple(_bank_total(match, [row for row in rows if row.match is match]) for match in matches)


def _bank_total(match: BankMatch, rows: Sequence[BankRow]) -> BankTotal:
    return BankTotal(
        match, len(rows), total_of(row.amount for row in rows), total_of(row.commission for row in rows)
    )


def bank_urgency(match: BankMatch) -> tuple[int, int]:
    """Sort key: money that nobody can explain first, what is clear last."""
    return list(Tone).index(BANK[match].tone), list(BankMatch).index(match)


def needs_attention(order: OrderRow) -> bool:
    """Tell whether an order asks something of the accountant."""
    return OUTCOMES[order.outcome].tone is not Tone.CALM


def unexplained(reconciliation: Reconciliation) -> list[BankRow]:
    """Return the money on the bank account that asks for a person."""
    return [row for row in reconciliation.bank or () if BANK[row.match].tone is not Tone.CALM]


def needing_attention(reconciliation: Reconciliation) -> list[OrderRow]:
    """Return the orders that ask something of the accountant, the most urgent and largest first."""
    orders = [order for order in reconciliation.orders if needs_attention(order)]
    return sorted(orders, key=lambda order: (by_urgency(order.outcome)[0], -abs(order.difference)))


def summary(reconciliation: Reconciliation) -> dict[str, object]:
    """Return the period's counts and sums, ready for JSON: money as text, nothing about any buyer.

    ``bank`` is None where the books do not show the bank; its money is not among the ``attention``.
    """
    orders = reconciliation.orders
    return {
        "company": reconciliation.company,
        "business_date": reconciliation.business_date.isoformat(),
        "through": reconciliation.last_day.isoformat(),
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
        "bank": _bank_summary(reconciliation.bank),
    }


def _bank_summary(rows: Sequence[BankRow] | None) -> dict[str, object] | None:
    if rows is None:
        return None
    return {
        total.match.value: {"count": total.count, "total": _text(total.amount)} for total in bank_totals(rows)
    }


def _text(amount: Decimal) -> str:
    return str(to_kopecks(amount))
