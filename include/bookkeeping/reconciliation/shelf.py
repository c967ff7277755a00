"""What the books show of our documents: listed where they can be, else read one by one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from bookkeeping.covered import Covered
from bookkeeping.domain import (
    AccountingBackend,
    BookDocument,
    Capability,
    DocumentKind,
    MoneyKind,
    Status,
)
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import Seen
from bookkeeping.posting import CANCELLED, spans

ZERO = Decimal(0)

GONE = frozenset({CANCELLED, "rejected"})
"""What the books keep for the record only; Elba calls a bill rejected that somebody took back there."""


class Listing:
    """What the books list, by kind and day; each day is asked for once, however often it is looked at.

    :ivar begun: the summaries of which an order has borne the difference already.
    """

    def __init__(self, backend: AccountingBackend) -> None:
        self.backend = backend
        self.begun: set[str] = set()
        self._days: dict[tuple[DocumentKind, date], list[BookDocument]] = {}

    @property
    def is_possible(self) -> bool:
        """Whether these books list what they hold."""
        return Capability.SEARCH_DOCUMENTS in self.backend.capabilities

    def dated(self, kind: DocumentKind, days: Iterable[date]) -> Iterator[BookDocument]:
        """Yield the documents of a kind that are dated on these days and not cancelled."""
        wanted = set(days)
        for first, last in spans(day for day in wanted if (kind, day) not in self._days):
            self._list(kind, first, last)
        for day in sorted(wanted):
            yield from self._days[kind, day]

    def _list(self, kind: DocumentKind, first: date, last: date) -> None:
        for day in days_between(first, last):
            self._days[kind, day] = []
        for shown in self.backend.list_documents(kind, first, last):
            if shown.status not in GONE and first <= shown.issued_on <= last:
                self._days[kind, shown.issued_on].append(shown)


def days_between(first: date, last: date) -> list[date]:
    """Return the days from one to another, both inclusive."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass
class Shelf:
    """The documents seen, by kind and id, and the pairs that were looked for.

    :ivar parts: summaries as they are for one order, by the summary's key and the order.
    """

    seen: dict[tuple[str, str], BookDocument] = field(default_factory=dict)
    checked: set[tuple[str, str]] = field(default_factory=set)
    parts: dict[tuple[str, str], BookDocument] = field(default_factory=dict)

    def of(self, entry: Entry) -> BookDocument | None:
        """Return the document of an entry, if the books show it."""
        whole = self.seen.get((entry.kind, entry.external_id or ""))
        return self.parts.get((entry.key, entry.order_id), whole)

    def divide(self, shares: Iterable[Covered], money: Iterable[Entry], begun: set[str]) -> None:
        """Show each order its own part of its summary; where the whole differs, the first order bears that.

        :param money: all that the ledger has put on these summaries.
        :param begun: the summaries whose first order has been seen; those of these shares are added.
        """
        paid = _paid_by_order(money)
        on_all: dict[str, Decimal] = defaultdict(Decimal)
        for (on, _), amount in paid.items():
            on_all[on] += amount
        for each in sorted(shares, key=lambda each: int(each.entry.order_id)):
            key, order_id = each.entry.key, each.entry.order_id
            if shown := self.seen.get((each.entry.kind, each.entry.external_id or "")):
                more = _excess(shown, each.whole, on_all[key]) if key not in begun else (ZERO, ZERO, ZERO)
                begun.add(key)
                self.parts[key, order_id] = _own_view(shown, each.entry, paid[key, order_id], more)

    def sees(self, entry: Entry) -> Seen:
        """Return whether the books hold an entry's document."""
        place = (entry.kind, entry.external_id or "")
        if place not in self.checked:
            return Seen.NOT_CHECKED
        return Seen.YES if place in self.seen else Seen.NO


def _paid_by_order(money: Iterable[Entry]) -> dict[tuple[str, str], Decimal]:
    """Return what the ledger has put on each document for each order, less what went back."""
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in money:
        if entry.status is Status.POSTED:
            sign = -1 if entry.kind == MoneyKind.REFUND else 1
            paid[entry.document_key, entry.order_id] += sign * (entry.total or ZERO)
    return paid


Excess = tuple[Decimal, Decimal, Decimal]
"""By how many roubles a document's total, its VAT and what was paid for it exceed what we know."""


def _excess(shown: BookDocument, whole: Entry, paid: Decimal) -> Excess:
    vat = ZERO if shown.vat is None else shown.vat - (whole.vat or ZERO)
    in_books = None if shown.paid is None else shown.paid - (shown.refunded or ZERO)
    return shown.total - (whole.total or ZERO), vat, ZERO if in_books is None else in_books - paid


def _own_view(shown: BookDocument, entry: Entry, paid: Decimal, more: Excess) -> BookDocument:
    total, vat, over = more
    return replace(
        shown,
        total=(entry.total or ZERO) + total,
        vat=None if shown.vat is None else (entry.vat or ZERO) + vat,
        paid=None if shown.paid is None else paid + over,
        refunded=None if shown.refunded is None else ZERO,
        status="",
    )


def look(listing: Listing, entries: Sequence[Entry]) -> Shelf:
    """Look every posted entry up in the books, as far as these books can be looked into."""
    shelf, backend = Shelf(), listing.backend
    posted = [entry for entry in entries if entry.status is Status.POSTED]
    if listing.is_possible:
        _list(shelf, listing, posted)
        redated = [entry for entry in posted if shelf.sees(entry) is Seen.NO]
        _read(shelf, backend, redated if Capability.READ_STATUS in backend.capabilities else [])
    elif Capability.READ_STATUS in backend.capabilities:
        _read(shelf, backend, [entry for entry in posted if entry.kind == DocumentKind.BILL])
    return shelf


def _list(shelf: Shelf, listing: Listing, entries: Sequence[Entry]) -> None:
    places = {(entry.kind, entry.external_id or "") for entry in entries}
    shelf.checked.update(places)
    for kind in sorted({entry.kind for entry in entries}):
        days = {entry.dated_on for entry in entries if entry.kind == kind and entry.dated_on}
        for shown in listing.dated(DocumentKind(kind), days):
            if (kind, shown.external_id) in places:
                shelf.seen[kind, shown.external_id] = shown


def _read(shelf: Shelf, backend: AccountingBackend, entries: Sequence[Entry]) -> None:
    for entry in entries:
        place = (entry.kind, entry.external_id or "")
        shelf.checked.add(place)
        shown = backend.read_document(DocumentKind(entry.kind), place[1])
        if shown and shown.status not in GONE:
            shelf.seen[place] = shown
