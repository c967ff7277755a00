"""What a run is about, however it was started: which day or month, which orders, in earnest or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookkeeping.errors import MisconfiguredError


@dataclass(frozen=True)
class BusinessDay:
    """A calendar day of a company, or a month of them: from a midnight to another, aware.

    :ivar day: the day, or the month's first.
    :ivar name: what its folders are called: 2026-10-03, or 2026-10.
    :ivar is_month: whether it is a month, be it one of which a single day is over.
    """

    day: date
    start: datetime
    end: datetime
    name: str
    is_month: bool = False

    @classmethod
    def on(cls, day: date, zone: ZoneInfo) -> "BusinessDay":
        """Return a day in a zone."""
        return cls(day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone), day.isoformat())

    @classmethod
    def month_of(cls, day: date, zone: ZoneInfo) -> "BusinessDay":
        """Return the month of a day, as far as it is over.

        :raises MisconfiguredError: no day of it is.
        """
        first, today = day.replace(day=1), datetime.now(zone).date()
        next_month = (first + timedelta(days=31)).replace(day=1)
        if (after := min(next_month, today)) <= first:
            raise MisconfiguredError(f"No day of {first:%Y-%m} is over yet. Nothing was read or sent.")
        return cls(first, _midnight(first, zone), _midnight(after, zone), f"{first:%Y-%m}", is_month=True)

    @property
    def last(self) -> date:
        """The last day, which is the only one of a day."""
        return self.end.date() - timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def business_day(context: Mapping[str, Any], zone: ZoneInfo) -> BusinessDay:
    """Return the day of a run: the one asked for, its data interval's, or the last whole day before it.

    With ``period: month``, the month of that day.

    :param context: Airflow's task context; of a manual run it has no data interval.
    :raises MisconfiguredError: ``business_date`` is not a day, or nothing of the month is over.
    """
    day = _day(context, zone)
    return BusinessDay.month_of(day.day, zone) if is_month(context) else day


def _day(context: Mapping[str, Any], zone: ZoneInfo) -> BusinessDay:
    if asked := _params(context).get("business_date"):
        return BusinessDay.on(_parsed(asked, zone), zone)
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start and end and start < end:
        return BusinessDay.on(start.astimezone(zone).date(), zone)
    moment = context.get("logical_date") or context["dag_run"].run_after
    return BusinessDay.on(moment.astimezone(zone).date() - timedelta(days=1), zone)


def asked_orders(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the orders to which a run is limited, each once; none for a whole day."""
    return tuple(dict.fromkeys(_params(context).get("orders") or ()))


def is_plan(context: Mapping[str, Any]) -> bool:
    """Whether a run only says what it would do."""
    return bool(_params(context).get("plan_only"))


def is_month(context: Mapping[str, Any]) -> bool:
    """Whether a run is about a whole month, to close it."""
    return _params(context).get("period") == "month"


def is_apart(context: Mapping[str, Any]) -> bool:
    """Whether what a run reads is not the day as it went into the books, for a plan or some orders only."""
    return is_plan(context) or bool(asked_orders(context))


def _params(context: Mapping[str, Any]) -> Mapping[str, Any]:
    return context.get("params") or {}


def _parsed(asked: str, zone: ZoneInfo) -> date:
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise MisconfiguredError(
            f'business_date "{asked}" is not a day; write it as 2026-10-03. Nothing was read or sent.'
        ) from None
    if day > datetime.now(zone).date():
        raise MisconfiguredError(f"business_date {day} has not come yet. Nothing was read or sent.")
    return day
