"""What every call of the first Elba dialect shares: lists, and the refusal of a bad request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.books.errors import BookError, Detail, not_found
from sandbox.books.lists import Page
from sandbox.books.web import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sandbox.books.book import Book, Row

COLLECTIONS = ("counterparties", "invoices", "acts")


def refuse(details: Iterable[Detail]) -> None:
    """Refuse a body in which something is wrong.

    :raises BookError: 400 with all of *details*, if there are any.
    """
    if found := tuple(details):
        raise BookError(400, "validation_error", f"{found[0].field}: {found[0].text}", details=found)


def found(book: Book, collection: str, row_id: str) -> Row:
    """The row with this id.

    :raises BookError: 404 when there is none.
    """
    row = book.find(collection, row_id)
    if row is None:
        raise not_found()
    return row


def to_list(book: Book, rows: Sequence[Row], query: Mapping[str, str], show: Callable[[Row], Row]) -> Answer:
    """One page of *rows*, with the number of all of them in ``X-Total-Count``."""
    page = [show(row) for row in Page.of(query, longest=100).cut(rows)]
    body = {"items": page} if book.is_set("list_shape", "items_object") else page
    return Answer(200, body, {"X-Total-Count": str(len(rows))})
