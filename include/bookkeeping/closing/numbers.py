"""The numbers of a month's documents: which are missing in a row and why, and which stand twice."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise

from bookkeeping.closing.month import Cause, Gap, Repeat
from bookkeeping.closing.totals import sum_of
from bookkeeping.domain import DocumentKind, Status
from bookkeeping.holds import words_for
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import DocumentRow, ForeignRow, OrderRow
from bookkeeping.report.words import KINDS, OUTCOMES, STATUSES, Tone

DIGITS = re.compile("([0-9]+)")

NUMBERED_BY_BOOKS = {("elba oauth", DocumentKind.ACT)}
"""Where the number is not ours: what it was is only seen in the books."""


@dataclass(frozen=True, order=True)
class Series:
    """Numbers that follow one another.

    :ivar width: the digits of numbers that are filled up with zeros; 0 for those that are not.
    """

    before: str
    after: str
    width: int

    def number(self, value: int) -> str:
        """Write one of its numbers."""
        return f"{self.before}{value:0{self.width}}{self.after}"


Place = tuple[Series, int]
"""Where a number stands: its series, and its value there."""


def places_of(numbers: Iterable[str]) -> dict[str, Place]:
    """Find out of numbers that look alike which of their digits count; numbers without digits have no place.

    >>> places_of(["7/26", "8/26"])["8/26"]
    (Series(before='', after='/26', width=0), 8)
    >>> places_of(["A-007", "A-010"])["A-010"]
    (Series(before='A-', after='', width=3), 10)
    """
    alike: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for number in dict.fromkeys(numbers):
        parts = DIGITS.split(number)
        if len(parts) > 1:
            alike[tuple(parts[::2])].append(parts)
    return dict(chain.from_iterable(_places(group) for group in alike.values()))


def _places(alike: Sequence[list[str]]) -> Iterator[tuple[str, Place]]:
    """Of several counts in a number the one goes up that is different most often; the first if in doubt."""
    spots = range(1, len(alike[0]), 2)
    spot = max(spots, key=lambda spot: len({parts[spot] for parts in alike}))
    filled = {
        (*_around(parts, spot), len(parts[spot]))
        for parts in alike
        if parts[spot].startswith("0") and parts[spot] != "0"
    }
    for parts in alike:
        before, after = _around(parts, spot)
        width = len(parts[spot])
        series = Series(before, after, width if (before, after, width) in filled else 0)
        yield "".join(parts), (series, int(parts[spot]))


def _around(parts: Sequence[str], spot: int) -> tuple[str, str]:
    return "".join(parts[:spot]), "".join(parts[spot + 1 :])


def missing(taken: Iterable[Place], bounds: Iterable[Place]) -> Iterator[tuple[Series, int, int]]:
    """Yield the runs of free values, first and last, between the bounds of each series."""
    held, ends = _by_series(taken), _by_series(bounds)
    for series in sorted(ends):
        low, high = min(ends[series]), max(ends[series])
        known = sorted({value for value in held[series] if low <= value <= high} | {low - 1, high + 1})
        for left, right in pairwise(known):
            if right - left > 1:
                yield series, left + 1, right - 1


def _by_series(places: Iterable[Place]) -> dict[Series, list[int]]:
    grouped: dict[Series, list[int]] = defaultdict(list)
    for series, value in places:
        grouped[series].append(value)
    return grouped


@dataclass(frozen=True)
class Numbering:
    """The orders placed in a month, and the documents of a kind that stand in the books."""

    kind: DocumentKind
    orders: Sequence[OrderRow]
    documents: Sequence[Entry]


def gaps_of(numbering: Numbering, known: Mapping[str, str]) -> Iterator[Gap]:
    """Yield what has no document of the kind among the numbers of the month's orders, and why.

    :param known: the numbers of orders by id: a second shipment's document bears its order's and a bit more.
    """
    borne = {base_of(entry, known) for entry in numbering.documents}
    orders = {order.number: order for order in numbering.orders}
    places = places_of([*orders, *borne])
    of_orders = [places[number] for number in orders if number in places]
    free = missing(places.values(), of_orders)
    yield from (_gap(numbering.kind, *run, Cause.UNEXPLAINED) for run in free)
    yield from (_of_order(numbering.kind, order) for number, order in orders.items() if number not in borne)


def base_of(entry: Entry, known: Mapping[str, str]) -> str:
    """Return the number of a document's order; its own if it bears another one."""
    order = known.get(entry.order_id)
    return order if order and entry.number.startswith(f"{order}/") else entry.number


def gaps_in_books(kind: DocumentKind, numbers: Collection[str]) -> Iterator[Gap]:
    """Yield what lies between our documents where the books give the numbers."""
    places = list(places_of(numbers).values())
    yield from (_gap(kind, *run, Cause.NOT_OURS) for run in missing(places, places))


def _gap(kind: DocumentKind, series: Series, low: int, high: int, cause: Cause) -> Gap:
    return Gap(kind, series.number(low), series.number(high), high - low + 1, cause)


def _of_order(kind: DocumentKind, order: OrderRow) -> Gap:
    cause, text = _explained(kind, order)
    return Gap(kind, order.number, order.number, 1, cause, text)


def _explained(kind: DocumentKind, order: OrderRow) -> tuple[Cause, str]:
    own = [row for row in order.documents if row.kind is kind]
    undone = [row for row in own if row.status is not Status.POSTED]
    elsewhere = [row for row in own if not row.number.startswith(order.number)]
    if undone:
        return Cause.NOT_DONE, "; ".join(map(_state, undone))
    if elsewhere:
        return Cause.ELSEWHERE, "; ".join(f"{KINDS[row.kind]} № {row.number}" for row in elsewhere)
    words = OUTCOMES[order.outcome]
    is_well = words.tone is Tone.CALM and len(order.documents) > len(own)
    cause = Cause.OTHER_KIND if is_well else Cause.NO_DOCUMENT
    return cause, f"{words.title}: {order.explanation or words.meaning}"


def _state(row: DocumentRow) -> str:
    reason = f": {words_for(row.reason).title}" if row.reason else ""
    return f"{KINDS[row.kind]} № {row.number} {STATUSES[row.status]}{reason}"


def repeats_of(ours: Iterable[Entry], foreign: Iterable[ForeignRow]) -> tuple[Repeat, ...]:
    """Return the documents whose number another one of the same kind and year bears too."""
    rows = [*(_ours(entry) for entry in ours), *(_theirs(row) for row in foreign)]
    times = Counter(map(_same, rows))
    repeated = (row for row in rows if row.number and times[_same(row)] > 1)
    return tuple(sorted(repeated, key=lambda row: (row.kind, row.number, row.issued_on or date.min, row.key)))


def _same(row: Repeat) -> tuple[DocumentKind, str, int]:
    return row.kind, row.number, (row.issued_on or date.min).year


def _ours(entry: Entry) -> Repeat:
    return Repeat(DocumentKind(entry.kind), entry.number, entry.dated_on, sum_of([entry]), entry.key)


def _theirs(row: ForeignRow) -> Repeat:
    return Repeat(row.kind, row.number, row.issued_on, row.total, row.external_id, is_ours=False)
