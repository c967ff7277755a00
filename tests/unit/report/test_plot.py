"""The picture of a month shows every order once, on the day it was placed, as high as its count."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from tests.unit.report.months import FIRST, month

from bookkeeping.outcomes import Outcome
from bookkeeping.report.plot import BOTTOM, LEFT, RIGHT, TOP, plot
from bookkeeping.report.totals import outcome_totals


@pytest.fixture(scope="module")
def told():
    return month(200)


@pytest.fixture(scope="module")
def drawn(told):
    return plot(told)


def placed_on(told, *days):
    """Return the month with so many orders as there are days, and nothing else."""
    rows = zip(told.orders, days, strict=False)
    return replace(told, orders=tuple(replace(order, placed_on=day) for order, day in rows), foreign=())


def test_the_columns_add_up_to_the_cards(told, drawn):
    parts = [part for column in drawn.columns for part in column.segments]
    counts = Counter()
    for part in parts:
        counts[part.outcome] += part.count

    assert counts == {total.outcome: total.count for total in outcome_totals(told)}
    assert sum(part.amount for part in parts) == sum(total.amount for total in outcome_totals(told))


def test_there_is_a_column_a_day_and_one_for_what_is_older(drawn):
    assert [column.label for column in drawn.columns] == ["раньше", *map(str, range(1, 32))]
    assert [column.title for column in drawn.columns[:2]] == ["До 01.10.2026", "01.10.2026"]


def test_older_orders_stand_together_and_a_day_without_orders_stays_empty(told):
    drawn = plot(placed_on(told, date(2025, 1, 7), date(2026, 9, 30), date(2026, 10, 2)))
    counts = [sum(part.count for part in column.segments) for column in drawn.columns]

    assert counts == [2, 0, 1, *[0] * 29]


def test_only_what_is_older_or_newer_gets_a_column_for_it(told):
    ordinary = plot(placed_on(told, FIRST))
    newer = plot(placed_on(told, date(2026, 11, 3)))

    assert (ordinary.columns[0].label, len(ordinary.columns)) == ("1", 31)
    assert (newer.columns[-1].label, newer.columns[-1].segments[0].count) == ("позже", 1)


def test_columns_stand_side_by_side_within_the_picture(drawn):
    middles = [column.middle for column in drawn.columns]

    assert all(right - left > drawn.width for left, right in pairwise(middles))
    assert middles[0] - drawn.width / 2 >= LEFT
    assert middles[-1] + drawn.width / 2 <= RIGHT


def test_parts_lie_on_each_other_and_the_highest_column_fills_the_picture(drawn):
    for column in drawn.columns:
        bottom = BOTTOM
        for part in column.segments:
            assert part.y + part.height == pytest.approx(bottom)
            bottom = part.y
    assert min(part.y for column in drawn.columns for part in column.segments) == pytest.approx(TOP)


def test_what_is_wrong_stands_on_top_where_it_is_seen(told):
    one_day = plot(placed_on(told, *[FIRST] * len(told.orders)))
    outcomes = [part.outcome for part in one_day.columns[0].segments]

    assert outcomes[:2] == [Outcome.NOT_DUE, Outcome.MATCHED]
    assert outcomes[-1] is Outcome.PAYMENT_MISSING


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4]), (28, [0, 10, 20]), (1999, [0, 500, 1000, 1500])],
)
def test_the_scale_has_few_round_numbers(told, highest, ticks):
    orders = (told.orders[0],) * highest

    assert [tick for tick, _ in plot(replace(told, orders=orders, foreign=())).ticks] == ticks


def test_a_long_period_has_no_more_labels_than_there_is_room_for(told):
    drawn = plot(replace(placed_on(told, FIRST), through=date(2026, 12, 31)))

    assert len(drawn.columns) == 92
    assert [column.label for column in drawn.columns[:7]] == ["1", "", "", "4", "", "", "7"]
