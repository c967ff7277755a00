"""Making a month's closing out of its reconciliation and of the ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bookkeeping.closing.month import Closing, Gap, LateDocument, Repeat, UnrecordedMoney
from bookkeeping.closing.numbers import (
    NUMBERED_BY_BOOKS,
    Numbering,
    gaps_in_books,
    gaps_of,
    repeats_of,
)
from bookkeeping.closing.reading import (
    Period,
    documents_among,
    posted_late,
    repeated_in_year,
    standing,
)
from bookkeeping.closing.totals import document_totals, hold_totals, money_totals, rate_totals
from bookkeeping.closing.verdict import notes_of, reasons_of
from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.outcomes import OrderRow, Reconciliation, Seen
from bookkeeping.posting import CORRECTION
from bookkeeping.report.totals import outcome_totals


def closing_of(
    reconciliation: Reconciliation, found: Sequence[Entry], ledger: SyncLedger, company: Company
) -> Closing:
    """Say how a month stands, but for what changed since the pack before.

    :param found: all writes that are dated in the month.
    """
    period = period_of(reconciliation, company)
    documents = standing(documents_among(found))
    corrections = standing(ledger.of_company(company.id, [CORRECTION]))
    totals = document_totals(documents, corrections, found)
    corrected = {correction.document_key for correction in corrections}
    waiting = tuple(entry for entry in found if entry.status is not Status.POSTED)
    closing = Closing(
        company=company.id,
        title=reconciliation.title,
        system=reconciliation.system,
        first_day=period.first,
        last_day=period.last,
        created_at=ledger.now(),
        closed_through=company.closed_through,
        orders=len(reconciliation.orders),
        outcomes=outcome_totals(reconciliation),
        documents=totals,
        rates=rate_totals(documents, corrected, totals, ledger),
        money=money_totals(found),
        waiting=waiting,
        holds=hold_totals(waiting),
        late=tuple(_late(documents, ledger, period)),
        unrecorded=tuple(_unrecorded(reconciliation.orders, period)),
        gaps=tuple(_gaps(reconciliation, documents, period)),
        repeats=_repeats(reconciliation, documents, ledger, period),
        foreign=reconciliation.foreign,
    )
    reasons = reasons_of(closing, reconciliation, is_over=_is_over(closing, company))
    return replace(closing, reasons=tuple(reasons), notes=tuple(notes_of(closing, reconciliation)))


def _is_over(closing: Closing, company: Company) -> bool:
    """Whether the calendar month has ended, and was looked at to its end."""
    today = closing.created_at.astimezone(company.zone).date()
    return closing.month_end <= closing.last_day and closing.month_end < today


def period_of(reconciliation: Reconciliation, company: Company) -> Period:
    """Return the days that a reconciliation explains."""
    return Period(company, reconciliation.business_date, reconciliation.last_day)


def _late(documents: Iterable[Entry], ledger: SyncLedger, period: Period) -> Iterator[LateDocument]:
    late = posted_late(ledger, period)
    yield from (LateDocument(entry, late[entry.key]) for entry in documents if entry.key in late)


def _unrecorded(orders: Iterable[OrderRow], period: Period) -> Iterator[UnrecordedMoney]:
    for order in orders:
        for money in order.money:
            is_here = money.paid_on is not None and period.first <= money.paid_on <= period.last
            if is_here and money.recorded < money.amount:
                yield UnrecordedMoney(order.order_id, order.number, money)


def _gaps(reconciliation: Reconciliation, documents: Sequence[Entry], period: Period) -> Iterator[Gap]:
    """Look at every kind that the company makes, or has made in this month."""
    placed = [order for order in reconciliation.orders if period.first <= order.placed_on <= period.last]
    known = {order.order_id: order.number for order in reconciliation.orders}
    made = {entry.kind for entry in documents}
    for kind in DOCUMENTS:
        same = [entry for entry in documents if entry.kind == kind]
        if (reconciliation.system, kind) in NUMBERED_BY_BOOKS:
            shown = numbers_in_books(reconciliation.orders)
            yield from gaps_in_books(kind, [shown[entry.key] for entry in same if entry.key in shown])
        elif kind in period.company.documents or kind in made:
            yield from gaps_of(Numbering(kind, placed, same), known)


def numbers_in_books(orders: Iterable[OrderRow]) -> dict[str, str]:
    """Return by key the numbers that documents were seen to bear in the books."""
    return {row.key: row.number for order in orders for row in order.documents if row.seen is Seen.YES}


def _repeats(
    reconciliation: Reconciliation, documents: Sequence[Entry], ledger: SyncLedger, period: Period
) -> tuple[Repeat, ...]:
    """Compare the month's documents with each other, with the year's, and with those that are not ours."""
    shown = numbers_in_books(reconciliation.orders)
    by_books = {kind for system, kind in NUMBERED_BY_BOOKS if system == reconciliation.system}
    of_year = [
        e for e in repeated_in_year(ledger, period.company, period.last.year) if e.kind not in by_books
    ]
    of_month = [_as_shown(entry, shown) if entry.kind in by_books else entry for entry in documents]
    ours = {entry.key: entry for entry in (*of_year, *of_month)}
    ids = {(entry.kind, entry.external_id) for entry in ours.values()}
    foreign = [row for row in reconciliation.foreign if (row.kind, row.external_id) not in ids]
    numbers = {(DocumentKind(entry.kind), entry.number) for entry in of_month}
    return tuple(row for row in repeats_of(ours.values(), foreign) if (row.kind, row.number) in numbers)


def _as_shown(entry: Entry, shown: Mapping[str, str]) -> Entry:
    """Return an entry with the number that the books gave; with none if they did not show it."""
    return replace(entry, number=shown.get(entry.key, ""))
