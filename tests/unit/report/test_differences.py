"""The differences open in any spreadsheet: columns that stay, sums to the kopeck, and nothing that runs."""

import csv
from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest

from bookkeeping.outcomes import Outcome
from bookkeeping.report.differences import render_csv
from bookkeeping.report.totals import needing_attention
from bookkeeping.report.words import OUTCOMES


def read(content):
    """Read the file the way Excel does: the mark at its beginning says that it is UTF-8."""
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def roubles(text):
    return Decimal(text.replace(",", "."))


@pytest.fixture
def rows(day):
    return read(render_csv(day))


def test_excel_sees_that_it_is_utf_8_and_what_parts_the_columns(day):
    content = render_csv(day)

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[0].split(";") == [
        *("Номер", "Дата", "Покупатель", "Результат", "Код результата", "Разница, ₽"),
        *("Сумма заказа (магазин), ₽", "По документам (журнал), ₽", "Оплачено (магазин), ₽"),
        *("Оплачено (учёт), ₽", "Пояснение", "Что сделать", "ID заказа", "ID в учёте"),
    ]


def test_there_is_a_row_for_whatever_needs_attention_and_for_nothing_else(day, rows):
    attention = needing_attention(day)

    assert [row["ID заказа"] for row in rows[: len(attention)]] == [order.order_id for order in attention]
    assert [row["Номер"] for row in rows[len(attention) :]] == [row.number for row in day.foreign]


def test_a_row_says_what_happened_and_what_to_do(day, rows):
    order = next(order for order in day.orders if order.outcome is Outcome.OVERPAID)
    row = next(row for row in rows if row["ID заказа"] == order.order_id)

    assert row["Дата"] == "03.10.2026"
    assert row["Покупатель"] == order.buyer
    assert (row["Результат"], row["Код результата"]) == ("Переплата", "overpaid")
    assert (row["Пояснение"], row["Что сделать"]) == (order.explanation, OUTCOMES[Outcome.OVERPAID].action)


def test_sums_keep_their_kopecks_and_what_nobody_knows_stays_empty(day):
    order = replace(needing_attention(day)[0], difference=Decimal("-1234.5"), paid_in_books=None)
    [row] = read(render_csv(replace(day, orders=(order,), foreign=())))

    assert (row["Разница, ₽"], row["Оплачено (учёт), ₽"]) == ("-1234,50", "")
    assert roubles(row["Сумма заказа (магазин), ₽"]) == order.total


def test_the_differences_add_up_to_those_of_the_day(day, rows):
    orders = sum(order.difference for order in needing_attention(day))

    assert sum(roubles(row["Разница, ₽"]) for row in rows) == orders + sum(row.total for row in day.foreign)


def test_a_foreign_document_has_no_sums_of_an_order(rows):
    foreign = [row for row in rows if row["Код результата"] == "foreign"]

    assert [row["ID в учёте"] for row in foreign] == ["77f0", "77f1"]
    assert {row["Сумма заказа (магазин), ₽"] + row["По документам (журнал), ₽"] for row in foreign} == {""}


@pytest.mark.parametrize("text", ["=1+1", "+7 900", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"])
def test_no_text_is_worked_out(day, text):
    order = replace(needing_attention(day)[0], number=text, buyer=text, explanation=text)
    [row] = read(render_csv(replace(day, orders=(order,), foreign=())))

    assert {row["Номер"], row["Покупатель"], row["Пояснение"]} == {f"'{text}"}


@pytest.mark.parametrize("text", ["0042", 'ООО "А; Б"', "две\nстроки", "'", ""])
def test_any_other_text_stays_what_it_is(day, text):
    order = replace(needing_attention(day)[0], buyer=text)
    [row] = read(render_csv(replace(day, orders=(order,), foreign=())))

    assert row["Покупатель"] == text


def test_half_a_character_does_not_stop_the_report(day):
    order = replace(needing_attention(day)[0], buyer="Ро\x00машка \ud83d")
    [row] = read(render_csv(replace(day, orders=(order,), foreign=())))

    assert row["Покупатель"] == "Ромашка ?"


def test_a_calm_day_has_the_headings_alone(day):
    calm = tuple(order for order in day.orders if order.outcome is Outcome.MATCHED)

    assert read(render_csv(replace(day, orders=calm, foreign=()))) == []
