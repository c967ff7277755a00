"""Recognising in the books what is ours, by the mark in its comment (DESIGN R4)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from bookkeeping.domain import AccountingBackend, BookDocument, Document, DocumentKind

CANCELLED = "cancelled"
"""A document that the books keep for the record only."""

MARK = re.compile(r"\[b2:[^\]]+\]")
"""What makes a document in the books recognisably ours."""


def marked(documents: Iterable[BookDocument]) -> dict[str, BookDocument]:
    """Return the documents that bear a mark, by mark; cancelled ones do not count."""
    return {
        mark[0]: shown
        for shown in documents
        if shown.status != CANCELLED and (mark := MARK.search(shown.comment))
    }


def marked_on_days_of(documents: Sequence[Document], backend: AccountingBackend) -> dict[str, BookDocument]:
    """Return all that bears a mark and has the kind and the day of one of these documents."""
    return marked(
        shown
        for kind, days in _days_by_kind(documents).items()
        for first, last in spans(days)
        for shown in backend.list_documents(kind, first, last)
    )


def _days_by_kind(documents: Iterable[Document]) -> Mapping[DocumentKind, list[date]]:
    days: dict[DocumentKind, list[date]] = {}
    for document in documents:
        days.setdefault(document.key.kind, []).append(document.issued_on)
    return days


def spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Yield the first and last of days that follow each other: what lies between is not asked for.

    >>> days = spans([date(2026, 10, 3), date(2026, 1, 15), date(2026, 10, 4)])
    >>> [f"{first:%d.%m}-{last:%d.%m}" for first, last in days]
    ['15.01-15.01', '03.10-04.10']
    """
    known = sorted(set(days))
    starts = [day for day in known if day - timedelta(1) not in known]
    ends = [day for day in known if day + timedelta(1) not in known]
    return zip(starts, ends, strict=True)
