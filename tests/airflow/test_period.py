from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix_accounting.period import BusinessDay, asked_orders, business_day, is_apart, is_plan
from bitrix_accounting.run import NAMED, Run
from bookkeeping.closing import verify
from bookkeeping.domain import DocumentKind
from bookkeeping.errors import MisconfiguredError
from bookkeeping.extraction import Known
from bookkeeping.files import write_whole
from bookkeeping.ledger import Due, SyncLedger
from bookkeeping.transforms.columns import SCHEMAS

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


@pytest.mark.parametrize("params", [{}, {"period": "day"}])
def test_a_day_is_no_month_and_one_day_of_a_month_is(monkeypatch, params):
    monkeypatch.setattr("bitrix_accounting.period.datetime", at("2026-11-02T09:00+03:00"))
    asked = {"business_date": "2026-11-01"}
    day = business_day({"params": asked | params}, MOSCOW)
    month = business_day({"params": asked | {"period": "month"}}, MOSCOW)

    assert (day.is_month, month.is_month) == (False, True)
    assert (day.start, day.end, day.last) == (month.start, month.end, month.last)


FIRST = date(2026, 10, 1)
OCTOBER = BusinessDay.month_of(FIRST, MOSCOW)


def due(order_id, on):
    facts = {"dated_on": on, "total": Decimal(5), "vat": Decimal(0), "due_hash": "due"}
    return Due(f"romashka/sale/{order_id}/1", "romashka", DocumentKind.SALE, order_id, **facts)


def test_of_a_months_first_day_the_orders_with_documents_are_known(sqlite_ledger, clock):
    ledger = SyncLedger(sqlite_ledger, clock=clock, run="test")
    ledger.expect([due("8", FIRST), due("7", FIRST), due("9", date(2026, 10, 2))])
    month = replace(OCTOBER, end=moment("2026-10-02T00:00+03:00").astimezone(MOSCOW))

    assert Run(SimpleNamespace(id="romashka", zone=MOSCOW), month, ledger, "").known() == Known(["7", "8"])


@pytest.mark.filterwarnings("default")  # Airflow runs in this process, with warnings of its own
def test_a_month_of_one_day_leaves_a_pack_that_says_it_goes_on_and_no_digest(run_dag, tmp_path, monkeypatch):
    monkeypatch.setattr("bitrix_accounting.period.datetime", at("2026-10-02T09:00+03:00"))
    run = run_dag("reconcile__romashka", business_date="2026-10-01", period="month")

    told = run.get_task_instance("explain").xcom_pull(task_ids="explain")
    assert (run.state, told["period"], told["last_day"]) == ("success", "2026-10", "2026-10-01")
    assert (told["can_be_closed"], run.get_task_instance("digest").state) == (False, "skipped")
    pack = tmp_path / "reports" / "romashka" / "2026-10"
    page = (pack / "closing.html").read_text(encoding="utf-8")
    assert "месяц ещё идёт: последний его день — 31.10.2026, сверено по 01.10.2026" in page
    assert verify(pack) == []
    assert not list(pack.glob("digest*"))


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Stage the orders of a period as if they had been read at a moment; return the run."""
    monkeypatch.setenv("STAGING_PATH", str(tmp_path))

    def stage(period, moment, **facts):
        run = Run(SimpleNamespace(id="romashka"), period, None, "manual", **facts)
        for name in SCHEMAS:
            write_whole(run.staging / f"{moment:{NAMED}}-0a1b2c3d" / f"{name}.parquet", b"")
        return run

    return stage


def hours_ago(hours):
    return datetime.now(UTC) - timedelta(hours=hours)


@pytest.mark.parametrize(("hours", "cleared"), [(1, False), (1, True), (36, False)])
def test_a_month_that_was_read_anew_is_explained(read, hours, cleared):
    month = replace(OCTOBER, end=hours_ago(40))

    assert read(month, hours_ago(hours), was_cleared=cleared).to_explain()


@pytest.mark.parametrize(
    ("hours", "ended", "cleared"), [(13, 40, True), (38, 40, False), (2, 1, False), (2, 1, True)]
)
def test_a_month_read_too_early_or_too_long_ago_is_read_again(read, hours, ended, cleared):
    run = read(replace(OCTOBER, end=hours_ago(ended)), hours_ago(hours), was_cleared=cleared)

    with pytest.raises(MisconfiguredError, match="Clear the task read_month"):
        run.to_explain()
    assert run.extraction()


def test_a_day_is_explained_as_it_was_read_whenever_that_was(read):
    assert read(THIRD, moment("2026-10-04T00:10+03:00"), was_cleared=True).to_explain()


def at(text):
    """Return a datetime class that knows one present moment."""

    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(text).replace(tzinfo=tz) if tz else datetime.fromisoformat(text)

    return Then
