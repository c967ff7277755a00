"""What the books hold of some days that no order explains: doubles, other people's documents, orphans."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bookkeeping.companies import Company
from bookkeeping.domain import DAY, BookDocument, DocumentKind, Status
from bookkeeping.due import is_cancelled
from bookkeeping.ledger import UNANSWERED, Entry, SyncLedger
from bookkeeping.outcomes import DocumentRow, ForeignRow, OrderRow
from bookkeeping.posting import MARK
from bookkeeping.reconciliation.shelf import Listing
from bookkeeping.reconciliation.story import ZERO
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
    rows: Sequence[OrderRow],
    of_days: Sequence[Entry],
    company: Company,
    days: Sequence[date],
    ledger: SyncLedger,
    listing: Listing,
) -> Unexplained:
    """Look through what the books hold of some days; where they list nothing, at our own orphans alone.

    :param rows: what the orders explain.
    :param of_days: what the ledger dates on these days, read before the orders were explained: what another
        run posts meanwhile is left to its own report.
    """
    known: list[Known] = [*(document for row in rows for document in row.documents), *of_days]
    shown = list(_ours_or_alike(listing, company.documents, days, _numbers(rows, known, listing)))
    places = {_place(each) for each in known}
    foreign = list(_without_own([d for d in shown if _place(d) not in places], known, company, ledger))
    dated_here = {_place(entry) for entry in of_days}
    told = (d for d in shown if _place(d) in dated_here)
    held = {_place(d): d.total for d in (*told, *foreign)}
    orphans = _orphans(of_days, rows, held, can_be_seen=listing.is_possible)
    return Unexplained((*map(_foreign, foreign), *orphans), held)


def _place(thing: Known | BookDocument) -> tuple[str, str]:
    return str(thing.kind), thing.external_id or ""


def _numbers(
    rows: Iterable[OrderRow], known: Iterable[Known], listing: Listing
) -> Mapping[str, Collection[str]]:
    """Return our numbers by kind, of the kinds that we number: an order's may be on any of them."""
    orders = {row.number for row in rows}
    numbers: dict[str, set[str]] = defaultdict(set)
    for each in known:
        numbers[str(each.kind)].add(each.number)
    ours = [kind.value for kind in DocumentKind if kind not in listing.backend.numbers_itself]
    return {kind: numbers[kind] | orders for kind in ours}


def _ours_or_alike(
    listing: Listing,
    kinds: Iterable[DocumentKind],
    days: Sequence[date],
    numbers: Mapping[str, Collection[str]],
) -> Iterator[BookDocument]:
    for kind in kinds if listing.is_possible else ():
        yield from (d for d in listing.dated(kind, days) if _mark(d) or d.number in numbers.get(kind, ()))


def _without_own(
    strange: Sequence[BookDocument],
    known: Iterable[Known],
    company: Company,
    ledger: SyncLedger,
) -> Iterator[BookDocument]:
    """Leave out what the ledger knows by another date, of another company or since a moment.

    So is what went unanswered, or is under way.
    """
    keys = {d.external_id: f"{company.id}/{_mark(d)[4:-1].replace(':', '/')}" for d in strange}
    by_now = ledger.with_keys(sorted(set(keys.values()))).values()
    lost = {each.key for each in (*known, *by_now) if each.status in UNANSWERED}
    own = {_place(entry) for entry in ledger.with_external_ids([d.external_id for d in strange])}
    for shown in strange:
        if _place(shown) not in own and keys[shown.external_id] not in lost:
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


def _orphans(
    entries: Iterable[Entry], rows: Sequence[OrderRow], held: Totals, *, can_be_seen: bool
) -> Iterator[ForeignRow]:
    """Yield our own documents, or what is left of a day's summary, whose orders the shop shows no more.

    Those that we have cancelled, or that are gone from the books, are nobody's task.
    """
    orders, told = {row.order_id for row in rows}, told_of(rows, ())
    for entry in entries:
        stands = entry.status is Status.POSTED and not is_cancelled(entry)
        if not stands or entry.order_id in orders or (can_be_seen and _place(entry) not in held):
            continue
        rest = held.get(_place(entry), entry.total or ZERO) - told.get(_place(entry), ZERO)
        if entry.order_id != DAY:
            yield _orphan(entry, rest, NO_ORDER)
        elif rest and can_be_seen:
            yield _orphan(entry, rest, REST_OF_DAY)


def _orphan(entry: Entry, total: Decimal, why: str) -> ForeignRow:
    kind, day = DocumentKind(entry.kind), entry.dated_on or date.min
    return ForeignRow(kind, entry.number, day, entry.external_id or "", total, why)
