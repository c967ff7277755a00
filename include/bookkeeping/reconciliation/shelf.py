"""What the books show of our documents: listed where they can be, else read one by one."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from bookkeeping.covered import Covered
from bookkeeping.domain import (
    DAY,
    AccountingBackend,
    BookDocument,
    Capability,
    DocumentKind,
    MoneyKind,
    Status,
)
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import ForeignRow, Seen
from bookkeeping.posting import CANCELLED, MARK, spans

ZERO = Decimal(0)


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

    def divide(self, shares: Iterable[Covered], money: Iterable[Entry]) -> None:
        """Show each order its own part of its summary; where the whole differs, the first order bears that.

        :param money: all that the ledger has put on these summaries.
        """
        paid = _paid_by_order(money)
        on_all: dict[str, Decimal] = defaultdict(Decimal)
        for (on, _), amount in paid.items():
            on_all[on] += amount
        begun = set[str]()
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


def look(backend: AccountingBackend, entries: Sequence[Entry]) -> Shelf:
    """Look every posted entry up in the books, as far as these books can be looked into."""
    shelf = Shelf()
    posted = [entry for entry in entries if entry.status is Status.POSTED]
    if Capability.SEARCH_DOCUMENTS in backend.capabilities:
        _list(shelf, backend, posted)
        redated = [entry for entry in posted if shelf.sees(entry) is Seen.NO]
        _read(shelf, backend, redated if Capability.READ_STATUS in backend.capabilities else [])
    elif Capability.READ_STATUS in backend.capabilities:
        _read(shelf, backend, [entry for entry in posted if entry.kind == DocumentKind.BILL])
    return shelf


def _list(shelf: Shelf, backend: AccountingBackend, entries: Sequence[Entry]) -> None:
    shelf.checked.update((entry.kind, entry.external_id or "") for entry in entries)
    for kind in sorted({entry.kind for entry in entries}):
        for first, last in spans(e.dated_on for e in entries if e.kind == kind and e.dated_on):
            for shown in backend.list_documents(DocumentKind(kind), first, last):
                if shown.status != CANCELLED:
                    shelf.seen[kind, shown.external_id] = shown


def _read(shelf: Shelf, backend: AccountingBackend, entries: Sequence[Entry]) -> None:
    for entry in entries:
        place = (entry.kind, entry.external_id or "")
        shelf.checked.add(place)
        shown = backend.read_document(DocumentKind(entry.kind), place[1])
        if shown and shown.status != CANCELLED:
            shelf.seen[place] = shown


def foreign_documents(
    backend: AccountingBackend,
    kinds: Collection[DocumentKind],
    day: date,
    entries: Sequence[Entry],
    numbers: Collection[str],
) -> list[ForeignRow]:
    """Return the day's documents in the books that bear our mark or number and that no entry explains.

    A mark explains a document whose answer was lost, although its id never came.
    """
    if Capability.SEARCH_DOCUMENTS not in backend.capabilities:
        return []
    ours = {(entry.kind, entry.external_id) for entry in entries}
    lost = {entry.own_key.mark for entry in entries if entry.status in {Status.UNKNOWN, Status.IN_FLIGHT}}
    return [
        _foreign(shown)
        for kind in kinds
        for shown in backend.list_documents(kind, day, day)
        if (kind.value, shown.external_id) not in ours and shown.status != CANCELLED
        if (mark := MARK.search(shown.comment)) or shown.number in numbers
        if not (mark and mark[0] in lost)
    ]


def orphans(entries: Sequence[Entry], order_ids: Collection[str]) -> list[ForeignRow]:
    """Return our own documents in the books whose orders the shop does not show any more."""
    return [
        ForeignRow(
            DocumentKind(entry.kind),
            entry.number,
            entry.dated_on or date.min,
            entry.external_id or "",
            entry.total or Decimal(0),
            "отправлен нами, но такого заказа за этот день в магазине больше нет",
        )
        for entry in entries
        if entry.status is Status.POSTED and entry.order_id not in {DAY, *order_ids}
    ]


def _foreign(shown: BookDocument) -> ForeignRow:
    marked = re.search(MARK, shown.comment)
    explanation = (
        f"несёт нашу метку {marked[0]}, но в журнале такого документа нет: возможно, это повтор"
        if marked
        else "носит номер нашего заказа, но создан не нами"
    )
    return ForeignRow(shown.kind, shown.number, shown.issued_on, shown.external_id, shown.total, explanation)
