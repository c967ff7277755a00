"""What stands in the books and is not what its order asks for now, line by line (DESIGN R10)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from bookkeeping.domain import Document, DocumentKind, Status
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import DifferenceRow, Seen, Sums
from bookkeeping.reconciliation.story import ZERO, Story
from bookkeeping.transforms.revisions import Change, Content, differences, head_differences

NOTHING = Content("", date.min, "", ())
"""What a document says that is gone from the books."""


def outdated(story: Story) -> list[Entry]:
    """Return the posted documents that are not what the order asks for now; a cancelled one asks for none."""
    posted = story.of(Status.POSTED)
    if story.order["cancelled"]:
        return [entry for entry in posted if story.shelf.sees(entry) is not Seen.NO]
    return [entry for entry in posted if entry.changed]


def difference_rows(story: Story) -> list[DifferenceRow]:
    """Return how an order's outdated documents differ; the sums are the documents' to the kopeck."""
    return [row for entry in outdated(story) for row in _rows(story, entry)]


def difference_of(rows: Sequence[DifferenceRow]) -> Decimal:
    """Return the roubles, VAT inside, that these differences make together."""
    return sum((row.total for row in rows), ZERO)


def vat_of(rows: Iterable[DifferenceRow]) -> Decimal | None:
    """Return the roubles of VAT that these differences make together; None if that is not known of each."""
    known = [row.vat for row in rows]
    return None if None in known else sum(filter(None, known), ZERO)


Row = Callable[..., DifferenceRow]
"""Makes a row of one document."""


def _rows(story: Story, entry: Entry) -> list[DifferenceRow]:
    due, content, shown = story.asked_for(entry), story.contents.get(entry.key), story.shelf.of(entry)
    row = partial(DifferenceRow, DocumentKind(entry.kind), shown.number if shown else entry.number)
    if story.shelf.sees(entry) is Seen.NO:
        return _of_lines(row, NOTHING, due)
    if content is None:
        return [_of_the_whole(row, entry, due)]
    return [*_of_the_head(row, content, due), *_of_lines(row, content, due)]


def _of_the_head(row: Row, content: Content, due: Document | None) -> list[DifferenceRow]:
    return [row(fact.change, "", fact.before, fact.after) for fact in head_differences(content, due)]


def _of_lines(row: Row, content: Content, due: Document | None) -> list[DifferenceRow]:
    return [
        row(line.change, line.name, line.before, line.after, line.total, line.vat)
        for line in differences(content, due)
    ]


def _of_the_whole(row: Row, entry: Entry, due: Document | None) -> DifferenceRow:
    """Say what is known of a document whose lines are not: the sums."""
    before = Sums(entry.total or ZERO, entry.vat)
    after = Sums(due.total, due.vat) if due else None
    total = (due.total if due else ZERO) - before.total
    vat = None if before.vat is None else (due.vat if due else ZERO) - before.vat
    return row(Change.WHOLE, "", before, after, total, vat)
