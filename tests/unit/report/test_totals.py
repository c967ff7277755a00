"""The day's numbers are the sums of its rows, and carry nothing about buyers."""

import json
from dataclasses import replace
from decimal import Decimal

from tests.unit.report.months import month

from bookkeeping.outcomes import Outcome
from bookkeeping.report import summary
from bookkeeping.report.totals import bank_totals, figures, needing_attention, outcome_totals


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


def test_the_summary_tells_the_bank_apart_from_a_bank_that_nobody_sees(day):
    told = month(10, bank=12)
    bank = summary(told)["bank"]

    assert summary(day)["bank"] is None
    assert summary(replace(day, bank=()))["bank"] == {}
    assert set(bank) == {"document", "acquirer", "ambiguous", "none"}
    assert sum(of["count"] for of in bank.values()) == 12
    assert sum(Decimal(of["total"]) for of in bank.values()) == sum(row.amount for row in told.bank)
    assert (summary(day)["through"], summary(told)["through"]) == ("2026-10-03", "2026-10-31")


def test_money_that_nobody_can_explain_comes_first():
    totals = bank_totals(month(0, bank=20).bank)

    assert [total.match for total in totals] == ["none", "ambiguous", "document", "acquirer"]
    assert totals[-1].commission > 0


def test_each_sum_is_its_own_source_s(day):
    found = {(figure.title, figure.source): figure for figure in figures(replace(day, bank=()))}

    assert list(found) == [
        *(("Сумма заказов", "магазин"), ("По документам", "журнал"), ("Оплачено", "магазин")),
        *(("Оплачено", "учёт"), ("Поступило на счёт", "банк")),
    ]
    assert found["По документам", "журнал"].amount == sum(order.documents_total for order in day.orders)
    assert found["Поступило на счёт", "банк"].amount == 0


def test_the_summary_names_no_buyer(day):
    text = json.dumps(summary(day), ensure_ascii=False)

    assert not [order.buyer for order in day.orders if order.buyer in text]


def test_an_empty_day_has_zeros(day):
    found = summary(replace(day, orders=(), foreign=()))

    assert (found["orders"], found["attention"], found["total"], found["outcomes"]) == (0, 0, "0.00", {})
