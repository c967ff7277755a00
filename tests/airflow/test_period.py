from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix_accounting.period import BusinessDay, asked_orders, business_day, is_apart, is_plan
from bookkeeping.errors import MisconfiguredError

MOSCOW = ZoneInfo("Europe/Moscow")
THIRD = BusinessDay.on(date(2026, 10, 3), MOSCOW)


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def manual_run_at(text):
    return SimpleNamespace(run_after=moment(text))


@pytest.mark.parametrize(
    "context",
    [
        {"params": {"business_date": "2026-10-03"}},
        {"params": {"business_date": "2026-10-03"}, "data_interval_start": moment("2026-09-01T00:00+03:00")},
        {
            "params": {"business_date": None},
            "data_interval_start": moment("2026-10-03T00:00+03:00"),
            "data_interval_end": moment("2026-10-04T00:00+03:00"),
        },
        {
            "data_interval_start": moment("2026-10-04T12:00+03:00"),
            "data_interval_end": moment("2026-10-04T12:00+03:00"),
            "logical_date": moment("2026-10-04T12:00+03:00"),
        },
        {"params": {}, "logical_date": None, "dag_run": manual_run_at("2026-10-04T00:10+03:00")},
        {"params": None, "dag_run": manual_run_at("2026-10-04T23:59+03:00")},
    ],
)
def test_every_way_to_start_a_run_means_one_calendar_day(context):
    assert business_day(context, MOSCOW) == THIRD


def test_the_day_runs_from_midnight_to_midnight_in_the_companys_zone():
    assert THIRD.start == moment("2026-10-02T21:00+00:00")
    assert THIRD.end == moment("2026-10-03T21:00+00:00")


def test_a_day_that_does_not_exist_is_a_mistake_in_the_settings():
    with pytest.raises(MisconfiguredError, match="2026-02-30"):
        business_day({"params": {"business_date": "2026-02-30"}}, MOSCOW)


def test_a_day_that_has_not_come_is_a_mistake_too():
    with pytest.raises(MisconfiguredError, match="has not come yet"):
        business_day({"params": {"business_date": "2999-10-03"}}, MOSCOW)


@given(
    st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    st.sampled_from(["Europe/Moscow", "Asia/Kamchatka", "America/New_York"]),
)
def test_days_follow_each_other_without_a_gap(day, zone):
    today = BusinessDay.on(day, ZoneInfo(zone))
    tomorrow = BusinessDay.on(date.fromordinal(day.toordinal() + 1), ZoneInfo(zone))

    assert today.end == tomorrow.start
    assert today.start < today.end


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (None, ((), False, False)),
        ({"orders": None, "plan_only": False}, ((), False, False)),
        ({"orders": []}, ((), False, False)),
        ({"orders": ["7", "9", "7"]}, (("7", "9"), False, True)),
        ({"plan_only": True}, ((), True, True)),
    ],
)
def test_a_run_knows_whether_it_is_about_its_whole_day(params, expected):
    context = {"params": params}

    assert (asked_orders(context), is_plan(context), is_apart(context)) == expected


def test_a_month_goes_from_its_first_midnight_to_the_next_months():
    month = business_day({"params": {"business_date": "2026-10-03", "period": "month"}}, MOSCOW)

    assert (month.day, month.last, month.name) == (date(2026, 10, 1), date(2026, 10, 31), "2026-10")
    assert (month.start, month.end) == (moment("2026-10-01T00:00+03:00"), moment("2026-11-01T00:00+03:00"))
    assert (THIRD.last, THIRD.name) == (date(2026, 10, 3), "2026-10-03")


@pytest.mark.parametrize(
    ("today", "last"), [("2026-11-15T12:00+03:00", date(2026, 11, 14)), ("2026-11-02", date(2026, 11, 1))]
)
def test_of_a_month_that_goes_on_only_whole_days_are_explained(monkeypatch, today, last):
    monkeypatch.setattr("bitrix_accounting.period.datetime", at(today))
    assert BusinessDay.month_of(date(2026, 11, 20), MOSCOW).last == last


def test_a_month_of_which_no_day_is_over_cannot_be_closed(monkeypatch):
    monkeypatch.setattr("bitrix_accounting.period.datetime", at("2026-11-01T09:00+03:00"))
    with pytest.raises(MisconfiguredError, match="No day of 2026-11 is over"):
        BusinessDay.month_of(date(2026, 11, 1), MOSCOW)


def at(text):
    """Return a datetime class that knows one present moment."""

    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(text).replace(tzinfo=tz) if tz else datetime.fromisoformat(text)

    return Then
