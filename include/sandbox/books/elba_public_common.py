"""What every call of the public Elba API shares: reading a body, and the refusal of a bad one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from sandbox.books.elba_public_models import Closed
from sandbox.books.errors import BookError, Detail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call

# What a sole proprietor has where a company has ten digits.
PROPRIETOR_INN = 12

DOCUMENTS = ("bills", "acts", "delivery_notes", "universal_transfer_documents")
COLLECTIONS = ("contractors", *DOCUMENTS, "links", "news", "bank_accounts", "subscriptions", "tasks")

Body = TypeVar("Body", bound=Closed)


def read(model: type[Body], call: Call) -> Body:
    """The body of the call, if it fits the declared schema.

    :raises BookError: 400 with every field that does not fit.
    """
    try:
        return model.model_validate(call.json())
    except ValidationError as error:
        details = [Detail(_path(problem["loc"]), "validation", problem["msg"]) for problem in error.errors()]
        raise BookError(400, "validation", details[0].text, details=details) from error


def refuse(details: Iterable[Detail]) -> None:
    """Refuse a body that breaks a rule between fields.

    :raises BookError: 400 with the first cause as its code, and all of them in its details.
    """
    if found := tuple(details):
        raise BookError(400, found[0].code, found[0].text, details=found)


def found(book: Book, collection: str, row_id: str) -> Row:
    """The row with this id.

    :raises BookError: 404 when there is none.
    """
    row = book.find(collection, row_id)
    if row is None:
        raise BookError(404, "not_found")
    return row


def page_of(rows: list[Row], query: Mapping[str, str], *, longest: int = 100) -> list[Row]:
    """The rows that ``offset`` and ``limit`` ask for.

    :raises BookError: 400 when one of them is out of its bounds.
    """
    offset, limit = whole(query.get("offset", "0")), whole(query.get("limit", "100"))
    if offset < 0 or not 1 <= limit <= longest:
        raise BookError(400, "validation", f"limit от 1 до {longest}, offset от 0")
    return rows[offset : offset + limit]


def whole(value: str) -> int:
    """A whole number of a query.

    :raises BookError: 400 for anything else.
    """
    try:
        return int(value)
    except ValueError as error:
        raise BookError(400, "validation", "Ожидалось целое число") from error


def pick(row: Row, names: Iterable[str]) -> Row:
    """Only these fields, null where the row has none: answers are closed objects too."""
    return {name: row.get(name) for name in names}


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)
