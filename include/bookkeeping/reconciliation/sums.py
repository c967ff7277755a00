"""The last look over a report: every kopeck of shop and books is told, and told once (DESIGN R12)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bookkeeping.errors import DoesNotAddUpError
from bookkeeping.outcomes import ForeignRow, OrderRow

ZERO = Decimal(0)

Totals = Mapping[tuple[str, str], Decimal]
"""Roubles of documents in the books, by kind and id."""


def add_up(rows: Sequence[OrderRow], foreign: Iterable[ForeignRow], sold: Decimal, held: Totals) -> None:
    """Compare what a report tells with its sources.

    :param sold: roubles of the shop's orders.
    :raises DoesNotAddUpError: an order or a document is told twice, not at all, or with another sum.
    """
    if (told := sum((row.total for row in rows), ZERO)) != sold:
        raise DoesNotAddUpError(f"The outcomes add up to {told}, the shop's orders to {sold}.")
    documents = told_of(rows, foreign)
    for place, total in held.items():
        if documents.get(place) != total:
            shown = documents.get(place, "nothing")
            raise DoesNotAddUpError(
                f"The books hold {' '.join(place)} over {total}, the report tells {shown}."
            )


def told_of(rows: Iterable[OrderRow], foreign: Iterable[ForeignRow]) -> Totals:
    """Return what a report tells of the books' documents."""
    told: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for document in (document for row in rows for document in row.documents):
        if document.books_total is not None:
            told[document.kind.value, document.external_id] += document.books_total
    for stranger in foreign:
        told[stranger.kind.value, stranger.external_id] += stranger.total
    return told
