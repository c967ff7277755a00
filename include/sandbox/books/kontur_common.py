"""What every call of Kontur.Accounting shares: lists, the closed period, the refusal of a bad request."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.errors import BookError, Detail, not_found
from sandbox.books.lists import Page
from sandbox.books.web import Answer
from sandbox.profiles import dated_vat_modes, day_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sandbox.books.book import Book, Row
    from sandbox.books.checks import Field

COLLECTIONS = (
    "counterparties",
    "documents",
    "payments",
    "refunds",
    "corrections",
    "bank_transactions",
    "contracts",
)

PAGING = ("limit", "offset", "modifiedSince")


def refuse(details: Iterable[Detail]) -> None:
    """Refuse a body in which something is wrong.

    :raises BookError: 422 with all of *details*, if there are any.
    """
    if found := tuple(details):
        raise BookError(422, "validation_failed", details=found)


def checked(book: Book, fields: Mapping[str, Field], body: Row, at: str = "") -> list[Detail]:
    """What is wrong with *body*, unknown fields included when the profile ``strict_fields`` is on."""
    strangers = checks.unknown(fields, body, at) if book.is_on("strict_fields") else ()
    return [*checks.check(fields, body, at), *strangers]


def refuse_closed(book: Book, *days: str) -> None:
    """Let nothing into the closed period.

    :raises BookError: 409 ``period_closed``, with the last closed day in its detail.
    """
    closed_through = day_or_none(book.profile("closed_through"))
    if closed_through and any(date.fromisoformat(day) <= closed_through for day in days):
        detail = Detail("date", "period_closed", closed_through.isoformat())
        raise BookError(409, "period_closed", details=[detail])


def vat_mode_on(book: Book, day: date) -> str:
    """The account's VAT mode on *day*: the last one that began by then."""
    modes = [mode for valid_from, mode in dated_vat_modes(book.profile("vat_modes")) if valid_from <= day]
    return modes[-1] if modes else "standard"


def found(book: Book, collection: str, row_id: str) -> Row:
    """The row with this id.

    :raises BookError: 404 when there is none.
    """
    row = book.find(collection, row_id)
    if row is None:
        raise not_found()
    return row


def refuse_unknown_filters(book: Book, query: Mapping[str, str], known: Iterable[str]) -> None:
    """With the profile ``strict_query`` on, take only filters that we know.

    :raises BookError: 400 with the names of the others.
    """
    strangers = sorted(set(query) - {*known, *PAGING})
    if strangers and book.is_on("strict_query"):
        raise BookError(400, "invalid_query", f"Неизвестные фильтры: {', '.join(strangers)}")


def to_list(
    book: Book, rows: Sequence[Row], query: Mapping[str, str], show: Callable[[Row], Row] = dict
) -> Answer:
    """One page of *rows* in the shape that the profiles ask for."""
    page = Page.of(query, longest=500)
    cut = page.cut_unstable if book.is_set("paging", "unstable") else page.cut
    items = [show(row) for row in cut(rows)]
    if book.is_set("list_shape", "bare_array"):
        return Answer(200, items)
    if book.is_set("list_shape", "no_total") or book.is_on("seed_only"):
        return Answer(200, {"items": items})
    about = {"totalCount": len(rows), "limit": page.limit, "offset": page.offset}
    return Answer(200, {"items": items} | about)
