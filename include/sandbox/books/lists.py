"""What the lists of two of the books have in common: filters, the lag of an index, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.book import to_moment
from sandbox.books.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.books.book import Book, Row


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted."""

    limit: int
    offset: int

    @classmethod
    def of(cls, query: Mapping[str, str], *, longest: int) -> Page:
        """Read ``limit`` (100 unless said) and ``offset``.

        :raises BookError: 400 when one of them is out of its bounds.
        """
        page = cls(_whole(query, "limit", 100), _whole(query, "offset", 0))
        if not 1 <= page.limit <= longest or page.offset < 0:
            raise BookError(400, "invalid_query", f"limit от 1 до {longest}, offset от 0")
        return page

    def cut(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of this page."""
        return list(rows[self.offset : self.offset + self.limit])

    def cut_unstable(self, rows: Sequence[Row]) -> list[Row]:
        """The same when a row slipped over the first border: it comes twice, and none gets lost."""
        slipped = [*rows[: self.limit], *rows[self.limit - 1 :]]
        is_last = self.offset + self.limit >= len(rows) > self.limit
        return slipped[self.offset :] if is_last else self.cut(slipped)


def select(book: Book, collection: str, query: Mapping[str, str], exact: Iterable[str]) -> list[Row]:
    """The rows that lists show by now and that equal *query* in each of the *exact* fields, oldest first.

    An empty filter is no filter.
    """
    wanted = {name: query[name] for name in exact if query.get(name)}
    rows = _candidates(book, collection, wanted)
    shown = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return sorted(_indexed(book, shown), key=lambda row: (row["createdAt"], row["id"]))


def between(rows: Iterable[Row], query: Mapping[str, str]) -> list[Row]:
    """The rows dated from ``dateFrom`` to ``dateTo``, both days included.

    :raises BookError: 400 for what is no day.
    """
    first, last = (day_of(query, name) for name in ("dateFrom", "dateTo"))
    return [row for row in rows if (first or "") <= row["date"] <= (last or "9999")]


def modified_since(rows: Iterable[Row], query: Mapping[str, str]) -> list[Row]:
    """The rows changed at ``modifiedSince`` or later.

    :raises BookError: 400 for what is no timestamp.
    """
    if not query.get("modifiedSince"):
        return list(rows)
    try:
        since = to_moment(query["modifiedSince"])
    except ValueError as error:
        raise BookError(400, "invalid_query", "modifiedSince — не момент времени") from error
    return [row for row in rows if to_moment(row["modifiedAt"]) >= since]


def day_of(query: Mapping[str, str], name: str) -> str | None:
    """The day that the query names, if it names one.

    :raises BookError: 400 for what is no day.
    """
    value = query.get(name) or None
    if value and checks.day(value):
        raise BookError(400, "invalid_query", f"{name} — не дата")
    return value


def _candidates(book: Book, collection: str, wanted: Mapping[str, str]) -> list[Row]:
    for name, value in wanted.items():
        return book.where(collection, name, value)
    return book.rows(collection)


def _indexed(book: Book, rows: list[Row]) -> list[Row]:
    lag = float(book.profile("list_lag_s"))
    if not lag:
        return rows
    return [row for row in rows if to_moment(row["createdAt"]) + lag <= book.clock()]


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name) or default)
    except ValueError as error:
        raise BookError(400, "invalid_query", f"{name} — не число") from error
