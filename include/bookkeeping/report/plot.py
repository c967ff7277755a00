"""The period drawn: a column a day, in it how many orders ended how."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from bookkeeping.outcomes import Outcome, Reconciliation
from bookkeeping.report.formats import short_day
from bookkeeping.report.words import by_urgency

# Per cent of the picture, so that it is as wide as the page while its letters stay as large as the page's.
LEFT, RIGHT, TOP, BOTTOM = 8.0, 100.0, 10.0, 78.0
FILLED = 0.78
MOST_TICKS = 4
MOST_LABELS = 31
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Segment:
    """What ended the same way, as a part of its day's column.

    :ivar amount: roubles of these orders, or foreign documents.
    """

    outcome: Outcome
    count: int
    amount: Decimal
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """A day, or all days before or after the period.

    :ivar label: what stands below it; a long period has no room for each.
    """

    title: str
    label: str
    middle: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Plot:
    """Stacked columns and the scale beside them; all places are per cent of the picture.

    :ivar ticks: numbers of orders with the heights at which they stand.
    """

    columns: tuple[Column, ...]
    width: float
    ticks: tuple[tuple[int, float], ...]


Stacks = dict[date, dict[Outcome, tuple[int, Decimal]]]


def plot(period: Reconciliation) -> Plot:
    """Stack the orders by the day on which they were placed, foreign documents by their own date.

    What is older than the period stands in a column of its own, so everything is drawn exactly once.
    """
    stacks = _stacks(period)
    places = _places(period, stacks)
    step = (RIGHT - LEFT) / (max(places.values()) + 1)
    highest = max(sum(cell[0] for cell in stack.values()) for stack in stacks.values())
    scale = (BOTTOM - TOP) / highest
    columns = tuple(
        Column(
            _title(period, day),
            _label(period, day),
            LEFT + step * (place + 0.5),
            tuple(_segments(stacks[day], scale)),
        )
        for day, place in places.items()
    )
    return Plot(columns, step * FILLED, tuple((tick, BOTTOM - tick * scale) for tick in _ticks(highest)))


def _stacks(period: Reconciliation) -> Stacks:
    """Count and sum by day and outcome; what is older or newer counts for the day before or after."""
    earlier, later = period.business_date - ONE_DAY, period.last_day + ONE_DAY
    rows = [(order.placed_on, order.outcome, order.total) for order in period.orders]
    rows += [(document.issued_on, Outcome.FOREIGN, document.total) for document in period.foreign]
    stacks: Stacks = defaultdict(dict)
    for on, outcome, amount in rows:
        stack = stacks[max(earlier, min(on, later))]
        number, total = stack.get(outcome, (0, Decimal(0)))
        stack[outcome] = number + 1, total + amount
    return stacks


def _places(period: Reconciliation, stacks: Stacks) -> dict[date, float]:
    """Give each day its place from the left; what is older stands a little apart."""
    first, last = period.business_date, max(period.last_day, *stacks)
    days = [first + ONE_DAY * number for number in range((last - first).days + 1)]
    if (earlier := first - ONE_DAY) not in stacks:
        return {day: float(place) for place, day in enumerate(days)}
    return {earlier: 0.5} | {day: float(place) for place, day in enumerate(days, start=2)}


def _segments(stack: dict[Outcome, tuple[int, Decimal]], scale: float) -> Iterator[Segment]:
    """Pile them up: what is calm at the bottom, the most urgent on top."""
    top = BOTTOM
    for outcome in sorted(stack, key=by_urgency, reverse=True):
        number, amount = stack[outcome]
        top -= number * scale
        yield Segment(outcome, number, amount, top, number * scale)


def _ticks(highest: int) -> range:
    """Return round numbers from 0 on, few enough to be read."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    return range(0, highest + 1, next(step for step in steps if highest / step <= MOST_TICKS))


def _title(period: Reconciliation, day: date) -> str:
    if day < period.business_date:
        return f"До {short_day(period.business_date)}"
    return f"После {short_day(period.last_day)}" if day > period.last_day else short_day(day)


def _label(period: Reconciliation, day: date) -> str:
    if day < period.business_date:
        return "раньше"
    if day > period.last_day:
        return "позже"
    nth, length = (day - period.business_date).days, (period.last_day - period.business_date).days + 1
    return "" if nth % -(-length // MOST_LABELS) else str(day.day)
