"""The day's numbers are the sums of its rows, and carry nothing about buyers."""

import json
from dataclasses import replace
from decimal import Decimal

from bookkeeping.outcomes import Outcome
from bookkeeping.report import summary
from bookkeeping.report.totals import needing_attention, outcome_totals


def test_every_row_counts_once(day):
    totals = outcome_totals(day)

    assert sum(total.count for total in totals) == len(day.orders) + len(day.foreign)
    assert sum(total.amount for total in totals) == sum(row.total for row in (*day.orders, *day.foreign))
    assert sum(total.difference for total in totals) == sum(order.difference for order in day.orders) + sum(
        row.total for row in day.foreign
    )


def test_every_outcome_that_occurred_is_there_once(day):
    outcomes = [total.outcome for total in outcome_totals(day)]

    assert sorted(outcomes) == sorted(Outcome)


def test_the_calm_ask_for_nothing(day):
    outcomes = {order.outcome for order in needing_attention(day)}

    assert outcomes == set(Outcome) - {Outcome.MATCHED, Outcome.NOT_DUE, Outcome.NOT_CHECKED, Outcome.FOREIGN}


def test_the_summary_goes_through_json_unchanged(day):
    found = summary(day)

    assert json.loads(json.dumps(found)) == found
    assert found["orders"] == len(day.orders)
    assert found["foreign"] == 2
    assert Decimal(found["total"]) == sum(order.total for order in day.orders)
    assert found["outcomes"]["foreign"] == {"count": 2, "total": "15990.00", "difference": "15990.00"}


def test_the_summary_counts_the_warnings(day, odd):
    assert (summary(day)["warnings"], summary(odd)["warnings"]) == (0, 2)


def test_the_summary_names_no_buyer(day):
    text = json.dumps(summary(day), ensure_ascii=False)

    assert not [order.buyer for order in day.orders if order.buyer in text]


def test_an_empty_day_has_zeros(day):
    found = summary(replace(day, orders=(), foreign=()))

    assert (found["orders"], found["attention"], found["total"], found["outcomes"]) == (0, 0, "0.00", {})
