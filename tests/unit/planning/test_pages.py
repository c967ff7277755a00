"""A plan's page and workbook: everything is there, adds up, and runs nothing that the shop wrote."""

import json
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO

import pytest
from openpyxl import load_workbook
from tests.unit.builders import line, order, payment, service, shipment

from bookkeeping.planning import Fate, summary, write_plan
from bookkeeping.planning.html import render_html
from bookkeeping.planning.tables import tables
from bookkeeping.planning.words import FATES
from bookkeeping.report.formats import roubles
from bookkeeping.report.xlsx import render_workbook

CANARY = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"""
FORMULA = '=HYPERLINK("http://x","y")'


class Page(HTMLParser):
    """What a browser would see: tags, their attributes, and text."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def spoilt(value, text):
    """Put a text into every text of a plan, and of the rows within."""
    if isinstance(value, tuple):
        return tuple(spoilt(part, text) for part in value)
    if type(value) is str:
        return text
    if is_dataclass(value):
        return replace(
            value, **{each.name: spoilt(getattr(value, each.name), text) for each in fields(value)}
        )
    return value


def exact(value):
    return Decimal(str(value))


def rows_of(book, sheet):
    """Return the rows of a sheet, by their headings."""
    titles, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(titles, row, strict=True)) for row in rows]


@pytest.fixture
def plan(day):
    """A day in which something is done already, and something of all that can be foreseen offline is not."""
    kept, changed = order(line(), order_id="1001"), order(line("90.00"), order_id="1002")
    day.run(kept, changed, documents=["sale"])
    return day.plan(
        kept,
        order(line("70.00"), order_id="1002"),
        order(line("122.00"), service("50.00", vat=None), order_id="1003", payments=[payment("122.00")]),
        order(line("110.00", vat="0.1"), order_id="1004"),
        order(line(), order_id="1005", inn="7707083894"),
        order(line(), order_id="1006", shipments=[shipment(shipped=None)]),
        documents=["sale", "act"],
    )


@pytest.fixture
def book(plan):
    return load_workbook(BytesIO(render_workbook(tables(plan))))


def test_the_page_shows_every_document_payment_and_order(plan):
    page = Page(render_html(plan))

    assert {document.fate for document in plan.documents} == {
        *(Fate.CREATE, Fate.HELD, Fate.LEFT, Fate.UNCHANGED)
    }
    for document in plan.documents:
        assert all(text in page.text for text in (document.number, document.buyer, roubles(document.total)))
        assert FATES[document.fate].title in page.text
    assert all(f"Оплата {money.payment_id}" in page.text for money in plan.money)
    assert all(order.why in page.text for order in plan.skipped)
    assert "ничего не отправлено" in page.text


def test_a_plan_without_work_says_so(plan):
    page = Page(render_html(replace(plan, documents=(), money=(), skipped=(), orders=0)))

    assert "Делать нечего." in page.text
    assert "table" not in page.tags


def test_a_plan_of_some_orders_says_so_at_the_top(plan):
    assert "не за весь день" not in Page(render_html(plan)).text
    text = Page(render_html(replace(plan, only=("1003", "1004")))).text

    assert "только заказы с ID 1003, 1004" in text
    assert text.index("не за весь день") < text.index("По видам документов")


def test_books_that_take_no_money_are_named(plan):
    text = Page(render_html(replace(plan, records_money=False, money=()))).text

    assert "оплат и возвратов от программы не принимает" in text


def test_what_the_shop_wrote_stays_text(plan):
    page = Page(render_html(spoilt(plan, CANARY)))

    assert (page.tags.count("script"), page.tags.count("img")) == (1, 0)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    policy = next(value for name, value in page.attributes if name == "content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert CANARY in page.text


def test_no_text_becomes_a_formula(plan):
    book = load_workbook(BytesIO(render_workbook(tables(spoilt(plan, FORMULA)))))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]
    assert cells
    assert all((cell.data_type, cell.quotePrefix) == ("s", True) for cell in cells)


def test_there_is_a_row_for_everything(plan, book):
    assert book.sheetnames == ["Итоги", "По ставкам НДС", "Документы", "Деньги", "Без документов"]
    counts = [len(rows_of(book, sheet)) for sheet in book.sheetnames[2:]]
    assert counts == [len(plan.documents), len(plan.money), len(plan.skipped)]


def test_the_totals_are_the_sums_of_the_rows(book):
    documents, totals = rows_of(book, "Документы"), rows_of(book, "Итоги")

    for total in totals[:-1]:
        same = [d for d in documents if all(d[name] == total[name] for name in ("Что будет", "Документ"))]
        assert total["Количество"] == len(same) > 0
        for name in ("Сумма, ₽", "В том числе НДС, ₽"):
            assert exact(total[name]) == sum(exact(each[name]) for each in same)
    assert sum(total["Количество"] for total in totals[:-1]) == len(documents)
    assert (totals[-1]["Что будет"], totals[-1]["Количество"]) == ("Без документов", 1)


def test_the_rates_add_up_to_what_would_be_created(book):
    rates = rows_of(book, "По ставкам НДС")

    assert {(r["Документ"], r["Ставка НДС"].replace("\xa0", " ")): r["Сумма, ₽"] for r in rates} == {
        ("Реализация", "НДС 10 %"): 110,
        ("Реализация", "НДС 22 %"): 122,
        ("Акт", "без НДС"): 50,
    }
    created = [t for t in rows_of(book, "Итоги") if t["Что будет"] == FATES[Fate.CREATE].title]
    for name in ("Сумма, ₽", "В том числе НДС, ₽"):
        assert sum(exact(r[name]) for r in rates) == sum(exact(total[name]) for total in created)


def test_the_summary_counts_and_names_nobody(plan):
    told = summary(plan)

    assert told["documents"]["create"] == {"count": 3, "total": "282.00", "vat": "32.00"}
    assert told["money"] == {"create": 1}
    assert (told["orders"], told["skipped"]) == (6, 1)
    assert not [buyer for buyer in ("Вектор", "7707083893") if buyer in json.dumps(told, ensure_ascii=False)]


def test_both_files_take_the_place_of_those_of_an_earlier_plan(plan, tmp_path):
    for title in ("ООО «Ромашка»", "ООО «Василёк»"):
        write_plan(replace(plan, title=title), tmp_path / "day")

    assert {path.name for path in (tmp_path / "day").iterdir()} == {"plan.html", "plan.xlsx"}
    assert "ООО «Василёк»" in (tmp_path / "day" / "plan.html").read_text(encoding="utf-8")
