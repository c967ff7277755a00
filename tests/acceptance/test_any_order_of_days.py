"""Days of the demo's shop in any order, twice, as backfill and daily at once: the same books (P4, P5)."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial

import pytest
from tests.acceptance.office import A_MOMENT, ElbaOffice, ElbaPublicOffice, KonturOffice
from tests.acceptance.till import GUEST, goods

from bookkeeping.day import due_of
from bookkeeping.errors import TransientError
from bookkeeping.storage import read_shop

FIRST = date(2026, 10, 1)
SHOP = {"first_day": FIRST, "days": 2, "orders_per_day": 6}
DAYS = [FIRST + timedelta(n) for n in range(3)]
"""What was placed on the first two is shipped, paid and returned on the last one too."""

SUMMED = {"individuals": "daily_summary", "on_change": "update"}

SELLERS = {
    "kontur": KonturOffice,
    "kontur, individuals summed up": partial(KonturOffice, **SUMMED),
    "elba, oauth": ElbaOffice,
    "elba, public": ElbaPublicOffice,
}

OTHER_WAYS = {
    "the last day first": DAYS[::-1],
    "shuffled, each day twice": [DAYS[n] for n in (1, 1, 2, 0, 2, 0)],
}

NUMBERED_BY_THE_SERVER = ("elba_oauth", "acts")

A_TRY = 0.05
"""Seconds of real time between two tries of a run while another one holds what it needs."""


@pytest.fixture(params=SELLERS.values(), ids=SELLERS)
def new_seller(request, engine, clock, tmp_path):
    """Open a seller's office; its ledger and its staged files are given, or the ordinary ones."""
    return partial(request.param, engine=engine, clock=clock, staging=tmp_path)


def run(seller, days):
    for day in days:
        seller.sync_to_the_end(day)


def books_of(seller):
    """Return what stands in the books by collection: all but what another order of writes makes another."""
    shelf = seller.sandbox.parts.shelf.state()[seller.book]
    names = {row["id"]: name_of(row) for rows in shelf.values() for row in rows}
    return {
        each: sorted(told(row, names, (seller.book, each)) for row in rows) for each, rows in shelf.items()
    }


def name_of(row):
    """Return what tells a row from the others, whatever its id: its mark, its number, or all that it says."""
    marks = re.findall(r"\[b2:[^]]+]", row.get("comment") or "")
    return "".join(marks) or row.get("number") or told(row)


def told(row, names=None, shelf=None):
    said = anonymous(row, names or {})
    if shelf == NUMBERED_BY_THE_SERVER:
        del said["number"]
    return json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)


def anonymous(value, names):
    """Leave out ids and moments, and call other rows by their names."""
    if isinstance(value, dict):
        kept = value.keys() - {"id", "createdAt", "modifiedAt", "link"}
        return {key: anonymous(value[key], names) for key in kept}
    if isinstance(value, list):
        return [anonymous(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def assert_a_further_run_writes_nothing(seller, day):
    before = seller.sandbox.writes(seller.book)
    seller.sync_to_the_end(day)
    assert seller.sandbox.writes(seller.book) == before


def test_in_any_order_and_twice_the_days_leave_the_same_books(new_seller, open_sandbox, engine, empty):
    daily = new_seller(open_sandbox(**SHOP))
    run(daily, DAYS)
    expected = books_of(daily)

    for again, (name, days) in zip(DAYS, OTHER_WAYS.items(), strict=False):
        seller = new_seller(open_sandbox(**SHOP), engine=empty(engine))
        run(seller, days)

        assert books_of(seller) == expected, name
        assert_a_further_run_writes_nothing(seller, again)


def test_a_backfill_and_a_daily_run_at_once_leave_the_same_books(
    new_seller, open_sandbox, postgres_ledger, tmp_path
):
    alone = new_seller(open_sandbox(**SHOP))
    run(alone, DAYS)
    sandbox = open_sandbox(**SHOP)
    backfill, daily = (
        in_real_time(new_seller(sandbox, engine=postgres_ledger, staging=tmp_path / name))
        for name in ("backfill", "daily")
    )

    at_once(partial(patiently, backfill, DAYS), partial(patiently, daily, DAYS[-1:]))

    assert books_of(daily) == books_of(alone)
    assert_a_further_run_writes_nothing(daily, DAYS[1])


def in_real_time(seller):
    """Let no virtual time pass while it waits: another worker's write would seem to have been lost."""
    seller.staging.mkdir()
    seller.sleep = lambda _seconds: time.sleep(A_MOMENT)
    return seller


def patiently(seller, days):
    """Run the days, each again and again as long as another run holds what it needs."""
    waiting = list(days)
    while waiting:
        try:
            seller.sync(waiting[0])
        except TransientError:
            time.sleep(A_TRY)
        else:
            del waiting[0]


def at_once(*jobs):
    with ThreadPoolExecutor(len(jobs)) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


@pytest.fixture
def summing(sandbox, engine, clock, tmp_path):
    """Open the office of a seller who sums individuals up; several work on one ledger."""

    def start(name):
        (tmp_path / name).mkdir()
        return KonturOffice(sandbox, engine, clock, tmp_path / name, **SUMMED)

    return start


@pytest.fixture
def shipped_the_day_after(till):
    """One order of another day, and one of the same."""
    for placed in ("2026-10-02T09:00", "2026-10-03T09:00"):
        till.sell(goods("100.00"), buyer=GUEST, placed=placed, shipped="2026-10-03T12:00")


PLACED_ON, SHIPPED_ON = date(2026, 10, 2), date(2026, 10, 3)


def test_a_run_of_an_earlier_day_leaves_the_summaries_of_later_days_alone(summing, shipped_the_day_after):
    seller = summing("seller")
    seller.sync(SHIPPED_ON)
    before = books_of(seller)

    seller.sync(PLACED_ON)

    assert seller.marks() == ["[b2:sale:day:2026-10-03]"]
    assert books_of(seller) == before


def test_a_backfill_while_a_day_is_summed_up_takes_nothing_out_of_the_summary(summing, shipped_the_day_after):
    daily, backfill = summing("daily"), summing("backfill")
    end = daily._midnight_after(SHIPPED_ON)
    daily._extract(SHIPPED_ON, end)

    def parts():
        yield read_shop(daily.staging)
        backfill.sync(PLACED_ON)

    daily.poster().post_documents(
        [item.document for item in due_of(parts(), daily.company, end, daily.ledger)]
    )
    daily.sync(SHIPPED_ON)

    assert daily.marks() == ["[b2:sale:day:2026-10-03]"]
