"""What the books show of our documents: listed where they can be, else read one by one."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bookkeeping.domain import AccountingBackend, BookDocument, Capability, DocumentKey, DocumentKind, Status
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import ForeignRow, Seen
from bookkeeping.posting import CANCELLED, MARK, spans


@dataclass
class Shelf:
    """The documents seen, by kind and id, and the pairs that were looked for."""

    seen: dict[tuple[str, str], BookDocument] = field(default_factory=dict)
    checked: set[tuple[str, str]] = field(default_factory=set)

    def of(self, entry: Entry) -> BookDocument | None:
        """Return the document of an entry, if the books show it."""
        return self.seen.get((entry.kind, entry.external_id or ""))

    def sees(self, entry: Entry) -> Seen:
        """Return whether the books hold an entry's document."""
        place = (entry.kind, entry.external_id or "")
        if place not in self.checked:
            return Seen.NOT_CHECKED
        return Seen.YES if place in self.seen else Seen.NO


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
    lost = {mark_of(entry) for entry in entries if entry.status in {Status.UNKNOWN, Status.IN_FLIGHT}}
    return [
        _foreign(shown)
        for kind in kinds
        for shown in backend.list_documents(kind, day, day)
        if (kind.value, shown.external_id) not in ours and shown.status != CANCELLED
        if (mark := MARK.search(shown.comment)) or shown.number in numbers
        if not (mark and mark[0] in lost)
    ]


def mark_of(entry: Entry) -> str:
    """Return the mark that an entry's document bears in the books."""
    return DocumentKey(entry.company, DocumentKind(entry.kind), entry.order_id, entry.shipment_id).mark


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
        if entry.status is Status.POSTED and entry.order_id not in order_ids
    ]


def _foreign(shown: BookDocument) -> ForeignRow:
    marked = re.search(MARK, shown.comment)
    explanation = (
        f"несёт нашу метку {marked[0]}, но в журнале такого документа нет: возможно, это повтор"
        if marked
        else "носит номер нашего заказа, но создан не нами"
    )
    return ForeignRow(shown.kind, shown.number, shown.issued_on, shown.external_id, shown.total, explanation)
