"""What the books really hold, seen from inside: no request, no client, no ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bookkeeping.domain import to_kopecks
from bookkeeping.posting import CANCELLED, MARK
from bookkeeping.transforms.individuals import summary
from sandbox.books.book import to_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bookkeeping.companies import Company
    from bookkeeping.domain import Document, DocumentKind, SummaryPart
    from sandbox.books.book import Book, Row

SHELVES: Mapping[str, tuple[str, ...]] = {
    "kontur": ("documents",),
    "elba_oauth": ("invoices", "acts"),
    "elba_public": ("bills", "acts"),
}
UNMARKED = ("universal_transfer_documents", "delivery_notes")
"""Documents without a comment: their number is all that tells whose they are."""

MONEY = ("payments", "refunds")


@dataclass(frozen=True)
class Record:
    """A document, or money on one, as it stands in the books.

    :ivar mark: whose it is; empty if nobody can tell.
    :ivar stands: False for one that is kept for the record only.
    :ivar changed_at: when it was last written, as far as the books say.
    """

    mark: str
    external_id: str
    dated_on: date
    total: Decimal
    stands: bool
    changed_at: float


def documents(book: Book, expected: Mapping[str, Document]) -> list[Record]:
    """Return all documents that stand."""
    return [record for record in ever_made(book, expected) if record.stands]


def ever_made(book: Book, expected: Mapping[str, Document]) -> list[Record]:
    """Return all documents by mark, cancelled ones too; those without a comment by the number we expect."""
    by_number = {each.number: mark for mark, each in expected.items() if each.key.kind == "sale"}
    marked = [_left_of(row, book) for shelf in SHELVES[book.name] for row in book.rows(shelf)]
    unmarked = [
        _record(row, by_number.get(str(row["number"]), ""))
        for shelf in UNMARKED
        if shelf in book.as_lists()
        for row in book.rows(shelf)
    ]
    return marked + unmarked


def summaries(company: Company, parts: Iterable[SummaryPart]) -> list[Document]:
    """Return the summaries that some parts would make together."""
    together: dict[tuple[DocumentKind, date], list[SummaryPart]] = defaultdict(list)
    for part in parts:
        together[part.kind, part.day].append(part)
    return [summary(company, *of, some) for of, some in together.items()]


def money(book: Book) -> list[Record]:
    """Return all payments and refunds."""
    shelves = [shelf for shelf in MONEY if shelf in book.as_lists()]
    return [_record(row, _mark(row)) for shelf in shelves for row in book.rows(shelf)]


def corrections(book: Book) -> list[Record]:
    """Return all corrections, by the mark of what they correct and their number."""
    return [_record(row, _mark(row)) for row in _rows(book, "corrections")]


def _rows(book: Book, shelf: str) -> list[Row]:
    return book.rows(shelf) if shelf in book.as_lists() else []


def _left_of(row: Row, book: Book) -> Record:
    """A document comes to what its corrections have left of it."""
    record = _record(row, _mark(row))
    deltas = (each["amountDelta"] for each in _rows(book, "corrections") if each["documentId"] == row["id"])
    return replace(record, total=record.total + sum(deltas, Decimal(0)))


def counterparties(book: Book) -> list[Row]:
    """Return all buyers."""
    return book.rows("contractors" if book.name == "elba_public" else "counterparties")


def _mark(row: Row) -> str:
    found = MARK.search(row.get("comment") or "")
    return found[0] if found else ""


def _record(row: Row, mark: str) -> Record:
    return Record(
        mark=mark,
        external_id=str(row["id"]),
        dated_on=date.fromisoformat(row["date"]),
        total=_total(row),
        stands=row.get("status") != CANCELLED,
        changed_at=to_moment(row.get("modifiedAt") or row["createdAt"]),
    )


def _total(row: Row) -> Decimal:
    for name in ("totalAmount", "total", "amount", "amountDelta"):
        if row.get(name) is not None:
            return Decimal(str(row[name]))
    return sum((_line(item) for item in row.get("warehouseItems") or row.get("items") or ()), Decimal(0))


def _line(item: Row) -> Decimal:
    count = item.get("quantity", item.get("count", 0))
    return to_kopecks(Decimal(str(count)) * Decimal(str(item.get("price") or 0)))
