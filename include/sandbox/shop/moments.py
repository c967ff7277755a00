"""When things happen in a shop."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from random import Random
    from zoneinfo import ZoneInfo

DAY = 24 * 3600
OPENS = 9 * 3600
CLOSES = 20 * 3600


def through_the_day(chance: Random, day: date, zone: ZoneInfo, count: int) -> Iterator[datetime]:
    """As many moments of one day as asked, at any hour, in their order."""
    midnight = datetime.combine(day, time(), zone)
    for second in sorted(chance.choices(range(DAY), k=count)):
        yield midnight + timedelta(seconds=second)


def soon(chance: Random, after: datetime) -> datetime:
    """A moment some minutes later."""
    return after + timedelta(seconds=chance.randint(40, 1200))


def at_work(chance: Random, after: datetime, days: int) -> datetime:
    """A moment in opening hours some days later, or half an hour later if that is over."""
    day = (after + timedelta(days=days)).replace(hour=0, minute=0, second=0)
    return max(day + timedelta(seconds=chance.randint(OPENS, CLOSES)), after + timedelta(minutes=30))


def date_only(at: datetime) -> datetime:
    """The day of a moment as the shop's core stores it: the midnight of UTC in the zone of the server."""
    return datetime.combine(at.date(), time(), UTC).astimezone(at.tzinfo)
