"""A day with far fewer orders than usual is noticed, and nobody is bothered with an ordinary one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.builders import company, midnight, order

from bookkeeping.ledger import ShopMemory
from bookkeeping.pace import is_suspicious, watch
from bookkeeping.transforms.columns import ORDERS, to_table

MONDAY = date(2026, 11, 2)
SATURDAY = date(2026, 11, 7)
ROMASHKA = company()


def before(day, *counts):
    """Say how many orders were placed on the days before a day, the last count on its eve."""
    return {day - timedelta(len(counts) - n): count for n, count in enumerate(counts)}


def mondays(*counts):
    return {MONDAY - timedelta(weeks=n): count for n, count in enumerate(counts, start=1)}


# The rule.


@pytest.mark.parametrize(("orders", "suspicious"), [(0, True), (9, True), (10, False), (40, False)])
def test_fewer_than_half_of_the_smallest_of_three_same_weekdays_are_too_few(orders, suspicious):
    assert is_suspicious(orders, MONDAY, mondays(30, 20, 25)) is suspicious


def test_two_weekdays_are_not_enough_to_know_what_is_usual():
    assert not is_suspicious(1, MONDAY, mondays(30, 20))


def test_weekdays_of_more_than_eight_weeks_ago_do_not_count():
    long_ago = {MONDAY - timedelta(weeks=n): 100 for n in (9, 10, 11)}

    assert not is_suspicious(1, MONDAY, mondays(30, 20) | long_ago)


def test_other_weekdays_do_not_say_what_is_usual():
    assert not is_suspicious(2, MONDAY, mondays(4, 4, 4) | before(MONDAY, *[90] * 6))


def test_none_at_all_is_odd_in_the_first_week_already():
    assert is_suspicious(0, MONDAY, before(MONDAY, 3, 0))


def test_none_is_not_odd_in_a_shop_that_had_none_for_fourteen_days():
    assert not is_suspicious(0, MONDAY, before(MONDAY, 9, *[0] * 14))
    assert is_suspicious(0, MONDAY, before(MONDAY, 9, *[0] * 4))


def test_the_fourteen_days_are_those_that_we_know():
    long_ago = before(MONDAY - timedelta(44), 9, 0, 0)

    assert is_suspicious(0, MONDAY, long_ago)


def test_none_is_not_odd_on_a_weekday_that_was_empty_before():
    assert not is_suspicious(0, MONDAY, mondays(5, 0, 5) | before(MONDAY, *[5] * 6))


def test_none_is_not_odd_on_the_first_saturday_and_is_odd_after_a_busy_one():
    assert not is_suspicious(0, SATURDAY, before(SATURDAY, 9, 9))
    assert is_suspicious(0, SATURDAY, before(SATURDAY, 5, *[9] * 6))


def test_nothing_is_odd_as_long_as_nothing_is_known():
    assert not is_suspicious(0, MONDAY, {})


def days_of_suspicion(counts, first):
    """Live through days one after another; return those that would have been warned of."""
    known = {first + timedelta(n): count for n, count in enumerate(counts)}
    return [
        day
        for day, count in known.items()
        if is_suspicious(count, day, {each: n for each, n in known.items() if each < day})
    ]


@given(st.integers(1, 500), st.data())
def test_a_steady_shop_never_warns(least, data):
    counts = data.draw(st.lists(st.integers(least, 2 * least), max_size=80))

    assert days_of_suspicion(counts, MONDAY) == []


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.lists(st.integers(10, 20), min_size=1, max_size=80))
def test_weekends_that_are_always_empty_never_warn(first, counts):
    counts = [0 if (first + timedelta(n)).weekday() >= 5 else count for n, count in enumerate(counts)]

    assert days_of_suspicion(counts, first) == []


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.lists(st.integers(1, 90), min_size=21, max_size=60))
def test_after_three_weeks_a_shop_that_sells_every_day_never_has_an_empty_one_unnoticed(day, counts):
    assert is_suspicious(0, day, before(day, *counts))


@given(st.integers(0, 50), st.dictionaries(st.dates(MONDAY - timedelta(80), MONDAY), st.integers(0, 50)))
def test_more_orders_are_never_odder(orders, known):
    assert is_suspicious(orders, MONDAY, known) or not is_suspicious(orders + 1, MONDAY, known)


# The watch.


@pytest.fixture
def memory(ledger):
    return ShopMemory(ledger)


@pytest.fixture
def read(ledger, clock):
    """Watch a day of which so many orders were read, and one that was placed the day before."""
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)

    def read_day(day, count):
        start, end = (midnight(str(each), ROMASHKA) for each in (day, day + timedelta(1)))
        moments = [start - timedelta(seconds=1), *(start + timedelta(seconds=n) for n in range(count))]
        orders = [
            order(order_id=str(n), placed_at=f"{moment:%FT%T%z}")["orders"][0]
            for n, moment in enumerate(moments)
        ]
        watch(ledger, ROMASHKA, to_table(orders, ORDERS), start, end)

    return read_day


def test_a_day_is_remembered_by_the_orders_placed_on_it_in_the_companys_zone(read, memory):
    read(MONDAY, 5)

    assert memory.days("romashka", MONDAY, MONDAY + timedelta(1)) == {MONDAY: 5}
    assert memory.warnings("romashka", MONDAY) == []


def test_a_suspicious_day_is_warned_of_with_its_figures(read, memory):
    for day, count in mondays(30, 20, 25).items():
        read(day, count)

    read(MONDAY, 2)

    [(kind, text)] = memory.warnings("romashka", MONDAY)
    assert kind == "few_orders"
    assert "За 02.11.2026 в магазине создано заказов: 2." in text
    assert "от 20 до 30" in text
    assert "sync_orders__romashka" in text


def test_an_empty_day_names_the_last_one_that_was_not(read, memory):
    read(MONDAY - timedelta(2), 3)
    read(MONDAY - timedelta(1), 0)

    read(MONDAY, 0)

    [(_, text)] = memory.warnings("romashka", MONDAY)
    assert "создано заказов: 0. До этого заказы были: 31.10.2026 — 3." in text


def test_a_day_that_is_read_again_and_is_ordinary_loses_its_warning(read, memory):
    read(MONDAY - timedelta(3), 30)
    read(MONDAY, 0)

    read(MONDAY, 28)

    assert memory.warnings("romashka", MONDAY) == []
    assert memory.days("romashka", MONDAY, MONDAY + timedelta(1)) == {MONDAY: 28}


def test_a_day_that_is_not_over_says_nothing(read, memory, clock):
    read(MONDAY - timedelta(1), 30)
    clock.now = midnight(str(MONDAY), ROMASHKA) + timedelta(hours=1)

    read(MONDAY, 0)

    assert memory.warnings("romashka", MONDAY) == []
    assert MONDAY not in memory.days("romashka", MONDAY, MONDAY + timedelta(1))
