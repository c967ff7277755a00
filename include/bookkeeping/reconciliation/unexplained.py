"""What the books hold of some days that no order explains: doubles, other people's documents, orphans."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bookkeeping.companies import Company
from bookkeeping.domain import DAY, BookDocument, DocumentKind, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.outcomes import DocumentRow, ForeignRow, OrderRow
from bookkeeping.posting import MARK
from bookkeeping.reconciliation.shelf import Listing
from bookkeeping.reconciliation.story import UNANSWERED, ZERO
from bookkeeping.reconciliation.sums import Totals, told_of

NO_ORDER = "отправлен нами, но такого заказа за этот период в магазине больше нет"
REST_OF_DAY = "часть сводного документа за день: её заказов магазин за этот период больше не показывает"


Known = DocumentRow | Entry
"""A document of the ledger, as a report tells of it or not."""


@dataclass(frozen=True)
class Unexplained:
    """What no order explains, and what the books hold of these days that has to be told.

    :ivar held: roubles by kind and id; of them, orders and :attr:`rows` tell every kopeck.
    """

    rows: tuple[ForeignRow, ...]
    held: Totals


def unexplained(
    rows: Sequence[OrderRow], company: Company, days: Sequence[date], ledger: SyncLedger, listing: Listing
) -> Unexplained:
    """Look through what the books hold of some days; where they list nothing, at our own orphans alone.

    :param rows: what the orders explain.
    """
    of_days = ledger.dated(company.id, DOCUMENTS, days[0], days[-1])
    known: list[Known] = [*(document for row in rows for document in row.documents), *of_days]
    numbers = {*(row.number for row in rows), *(each.number for each in known)}
    shown = list(_ours_or_alike(listing, company.documents, days, numbers))
    places = {(str(each.kind), each.external_id) for each in known}
    ours = [d for d in shown if (d.kind.value, d.external_id) in places]
    strange = [d for d in shown if (d.kind.value, d.external_id) not in places]
    foreign = list(_without_own(strange, known, company, ledger))
    held = {(d.kind.value, d.external_id): d.total for d in (*ours, *foreign)}
    orphans = _orphans(of_days, rows, held)
    return Unexplained((*map(_foreign, foreign), *orphans), held)


def _ours_or_alike(
    listing: Listing, kinds: Iterable[DocumentKind], days: Sequence[date], numbers: Collection[str]
) -> Iterator[BookDocument]:
    for kind in kinds if listing.is_possible else ():
        yield from (d for d in listing.dated(kind, days) if _mark(d) or d.number in numbers)


def _without_own(
    strange: Sequence[BookDocument],
    known: Iterable[Known],
    company: Company,
    ledger: SyncLedger,
) -> Iterator[BookDocument]:
    """Leave out what the ledger knows by another date or since a moment, and what went unanswered."""
    lost = {each.key for each in known if each.status in UNANSWERED}
    keys = {d.external_id: f"{company.id}/{_mark(d)[4:-1].replace(':', '/')}" for d in strange}
    entries = ledger.with_keys(sorted(set(keys.values())))
    for shown in strange:
        entry = entries.get(keys[shown.external_id])
        is_own = entry is not None and entry.external_id == shown.external_id
        if not is_own and keys[shown.external_id] not in lost:
            yield shown


def _mark(shown: BookDocument) -> str:
    found = MARK.search(shown.comment)
    return found[0] if found else ""


def _foreign(shown: BookDocument) -> ForeignRow:
    explanation = (
        f"несёт нашу метку {_mark(shown)}, но в журнале такого документа нет: возможно, это повтор"
        if _mark(shown)
        else "носит номер нашего заказа, но создан не нами"
    )
    return ForeignRow(shown.kind, shown.number, shown.issued_on, shown.external_id, shown.total, explanation)


def _orphans(entries: Iterable[Entry], rows: Sequence[OrderRow], held: Totals) -> Iterator[ForeignRow]:
    """Yield our own documents, or what is left of a day's summary, whose orders the shop shows no more."""
    orders, told = {row.order_id for row in rows}, told_of(rows, ())
    for entry in entries:
        place = entry.kind, entry.external_id or ""
        if entry.status is not Status.POSTED or entry.order_id in orders:
            continue
        rest = held.get(place, entry.total or ZERO) - told.get(place, ZERO)
        if entry.order_id != DAY:
            yield _orphan(entry, rest, NO_ORDER)
        elif rest and place in held:
            yield _orphan(entry, rest, REST_OF_DAY)


def _orphan(entry: Entry, total: Decimal, why: str) -> ForeignRow:
    kind, day = DocumentKind(entry.kind), entry.dated_on or date.min
    return ForeignRow(kind, entry.number, day, entry.external_id or "", total, why)
