"""The workbook holds real numbers and days, adds up, and never runs what the shop wrote."""

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tests.unit.report.months import month

from bookkeeping.report.tables import Table
from bookkeeping.report.xlsx import render_workbook, render_xlsx


def exact(value: float) -> Decimal:
    return Decimal(str(value))


def column(sheet, heading):
    """Return the cells below a heading."""
    place = [cell.value for cell in sheet[1]].index(heading)
    return [row[place] for row in sheet.iter_rows(min_row=2)]


def total_of(sheet, heading):
    return sum((exact(cell.value) for cell in column(sheet, heading)), Decimal(0))


@pytest.fixture
def book(day):
    return load_workbook(BytesIO(render_xlsx(day)))


@pytest.fixture
def totals(book):
    """Return the last sheet's rows by their names."""
    return {row[0]: row[1:] for row in book["Итоги"].iter_rows(min_row=2, values_only=True)}


def test_the_sheets_are_where_they_were(book):
    assert book.sheetnames == ["Заказы", "Документы", "Деньги", "Чужие документы", "Итоги", "Отличия"]
    assert [cell.value for cell in book["Заказы"][1]] == [
        *("Заказ", "Дата", "Покупатель", "Сумма заказа (магазин), ₽", "По документам (журнал), ₽"),
        *("Оплачено (магазин), ₽", "Оплачено (учёт), ₽", "Результат", "Разница, ₽", "Пояснение"),
        *("Что сделать", "ID заказа"),
    ]


def test_every_sheet_can_be_read_filtered_and_printed(book):
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(sheet.column_dimensions[cell.column_letter].width >= 12 for cell in sheet[1])
        assert sheet.print_title_rows == "$1:$1"


def test_warnings_come_first_and_move_nothing_else(odd, book):
    warned = load_workbook(BytesIO(render_xlsx(odd)))

    assert warned.sheetnames == ["Предупреждения", *book.sheetnames]
    assert list(warned["Предупреждения"].iter_rows(min_row=2, values_only=True)) == [
        ("Подозрительно мало заказов", "За 03.10.2026 создано заказов: 2."),
        ("Внимание", "Что-то ещё."),
    ]


def test_there_is_a_row_for_everything(day, book):
    assert book["Заказы"].max_row - 1 == len(day.orders)
    assert book["Документы"].max_row - 1 == sum(len(order.documents) for order in day.orders)
    assert book["Деньги"].max_row - 1 == sum(len(order.money) for order in day.orders)
    assert book["Чужие документы"].max_row - 1 == len(day.foreign)
    assert book["Отличия"].max_row - 1 == sum(len(order.differences) for order in day.orders)


def test_money_is_a_number_and_a_day_is_a_day(book):
    total, placed_on = (
        column(book["Заказы"], "Сумма заказа (магазин), ₽")[0],
        column(book["Заказы"], "Дата")[0],
    )

    assert (total.value, total.number_format) == (1234.5, "#,##0.00")
    assert (placed_on.value, placed_on.number_format) == (datetime(2026, 10, 3), "DD.MM.YYYY")  # noqa: DTZ001


def test_numbers_of_orders_stay_text(day):
    numbered = replace(day, orders=(replace(day.orders[0], number="0042", order_id="42"),))
    sheet = load_workbook(BytesIO(render_xlsx(numbered)))["Заказы"]

    assert (sheet["A2"].value, sheet["A2"].data_type) == ("0042", "s")


def test_the_totals_are_the_sums_of_the_rows(book, totals):
    orders, documents, money = book["Заказы"], book["Документы"], book["Деньги"]
    foreign = total_of(book["Чужие документы"], "Сумма (учёт), ₽")

    assert exact(totals["Лист «Заказы»"][1]) == total_of(orders, "Сумма заказа (магазин), ₽")
    assert exact(totals["Документы: Реализация"][1]) == total_of(documents, "Сумма (журнал), ₽")
    assert exact(totals["Деньги: Оплата"][1]) == total_of(money, "Сумма (магазин), ₽")
    assert exact(totals["Лист «Чужие документы»"][1]) == foreign
    assert exact(totals["Всего"][1]) == total_of(orders, "Сумма заказа (магазин), ₽") + foreign
    assert exact(totals["Всего"][2]) == total_of(orders, "Разница, ₽") + foreign
    assert exact(totals["По документам (журнал)"][1]) == total_of(orders, "По документам (журнал), ₽")
    assert exact(totals["Оплачено (магазин)"][1]) == total_of(orders, "Оплачено (магазин), ₽")


def test_no_total_is_without_its_source(totals):
    assert {row[-1] for row in totals.values()} <= {
        *("магазин", "журнал", "учёт", "магазин и учёт", "магазин минус учёт")
    }


def test_a_sum_that_the_books_show_of_some_orders_only_says_so(day, totals):
    seen = [order.paid_in_books for order in day.orders if order.paid_in_books is not None]

    assert len(seen) < len(day.orders)
    assert totals["Оплачено (учёт)"][:2] == (len(seen), float(sum(seen)))
    assert totals["Оплачено (учёт)"][3] == f"Видно строк: {len(seen)} из {len(day.orders)}."


def test_what_differs_is_told_in_numbers_before_and_after(book):
    sheet = book["Отличия"]
    rows = {row[4] or row[3]: row for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert [cell.value for cell in sheet[1]][7:] == [
        *("Сумма в учёте, ₽", "Сумма по заказу, ₽", "НДС в учёте, ₽", "НДС по заказу, ₽"),
        *("Разница, ₽", "Разница НДС, ₽"),
    ]
    assert rows["Чайник «Заря»"][7:] == (2469, 3600, 445.23, 649.18, 1131, 203.95)
    assert rows["Доставка"][7:] == (300, None, 54.1, None, -300, -54.1)
    assert rows["Книга"][7:] == (None, 550, None, 50, 550, 50)
    assert rows["Дата"][5:] == ("03.10.2026", "04.10.2026", None, None, None, None, 0, 0)
    assert rows["Документ целиком: прежние строки неизвестны"][7:] == (18250, None, None, None, -18250, None)


def test_the_differences_add_up_among_the_totals(book, totals):
    assert exact(totals["Лист «Отличия»"][1]) == total_of(book["Отличия"], "Разница, ₽") == Decimal(-16869)


def test_each_outcome_adds_up_to_its_orders(book, totals):
    titles = [cell.value for cell in column(book["Заказы"], "Результат")]
    amounts = [exact(cell.value) for cell in column(book["Заказы"], "Сумма заказа (магазин), ₽")]

    for title in set(titles):
        ours = [amount for amount, named in zip(amounts, titles, strict=True) if named == title]
        assert (totals[title][0], exact(totals[title][1])) == (len(ours), sum(ours))


FORMULAS = [
    '=HYPERLINK("http://x","y")',
    "+7 900",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "＝1+1",
]
LOOK_LIKE_NUMBERS = ["0042", "1E5", "1234.50", "1 234,50", "7707083893", "03.10.2026", "1/26", "TRUE", "#N/A"]


@pytest.mark.parametrize("text", [*FORMULAS, *LOOK_LIKE_NUMBERS])
def test_no_text_becomes_a_formula_or_a_number(day, text):
    spoilt = replace(day, orders=(replace(day.orders[0], number=text, buyer=text, explanation=text),))
    sheet = load_workbook(BytesIO(render_xlsx(spoilt)))["Заказы"]
    cells = [sheet[place] for place in ("A2", "C2", "J2")]

    assert [(cell.value, cell.data_type) for cell in cells] == [(text.replace("\r", "\n"), "s")] * 3
    assert {cell.quotePrefix for cell in cells} == {text in FORMULAS}


def test_the_bank_has_a_sheet_where_the_books_show_it(book):
    told = month(30, bank=12)
    found = load_workbook(BytesIO(render_xlsx(told)))
    totals = {row[0]: row[1:] for row in found["Итоги"].iter_rows(min_row=2, values_only=True)}
    by_match = [row for name, row in totals.items() if name.startswith("Банк: ")]

    assert "Банк" not in book.sheetnames
    assert found.sheetnames == [*book.sheetnames, "Банк"]
    assert found["Банк"].max_row - 1 == 12
    assert total_of(found["Банк"], "Поступило (банк), ₽") == sum(row.amount for row in told.bank)
    assert sum(exact(row[1]) for row in by_match) == exact(totals["Поступило на счёт (банк)"][1])
    assert sum(row[0] for row in by_match) == 12
    assert {row[-1] for row in by_match} == {"банк"}


def test_a_bank_on_which_nothing_arrived_has_an_empty_sheet(day):
    found = load_workbook(BytesIO(render_xlsx(replace(day, bank=()))))

    assert found["Банк"].max_row == 1


def test_text_that_excel_forbids_does_not_stop_the_report(day):
    spoilt = replace(day, orders=(replace(day.orders[0], buyer="Ро\x00ма\x1fшка \ud83d"),))
    sheet = load_workbook(BytesIO(render_xlsx(spoilt)))["Заказы"]

    assert sheet["C2"].value == "Ромашка ?"


def test_an_empty_day_has_all_sheets(day):
    book = load_workbook(BytesIO(render_xlsx(replace(day, orders=(), foreign=()))))

    assert book["Заказы"].max_row == book["Отличия"].max_row == 1
    assert [cell.value for cell in book["Итоги"][2]][:4] == ["Всего", 0, 0, 0]


@settings(max_examples=50)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_roubles_are_written_to_the_kopeck(amount):
    book = BytesIO(render_workbook([Table("Рубли", {"Сумма": 12}, [(amount,)])]))
    xml = zipfile.ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    cell = re.search('<c r="A2".*?</c>', xml)[0]

    assert Decimal(re.search("<v>(.*?)</v>", cell)[1]) == amount
