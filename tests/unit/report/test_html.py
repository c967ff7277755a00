"""The page shows the whole day, runs nothing that the shop wrote, and needs nothing from outside."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

import pytest
from tests.unit.report.months import month

from bookkeeping.outcomes import Outcome
from bookkeeping.report.formats import roubles
from bookkeeping.report.html import Limits, render_html
from bookkeeping.report.totals import needing_attention
from bookkeeping.report.words import OUTCOMES

CANARY = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"""


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text += data


def spoilt(value, text):
    """Put a text into every text of a row, and of the rows within."""
    if isinstance(value, tuple):
        return tuple(spoilt(part, text) for part in value)
    if type(value) is str:
        return text
    if is_dataclass(value):
        return replace(
            value, **{field.name: spoilt(getattr(value, field.name), text) for field in fields(value)}
        )
    return value


@pytest.fixture
def page(day):
    return Page(render_html(day))


def test_every_order_is_there_with_its_documents_and_money(day, page):
    assert page.tags["details"] == len(day.orders) + 1
    for order in day.orders:
        assert order.number in page.text
        assert order.buyer in page.text
        assert roubles(order.total) in page.text
        assert all(f"№ {document.number}" in page.text for document in order.documents)
        assert all(f"Оплата {money.payment_id}" in page.text for money in order.money)


def test_every_outcome_is_on_the_bar_and_on_a_card(page):
    assert page.tags["rect"] == len(Outcome)
    assert all(words.title in page.text for words in OUTCOMES.values())


def test_differences_say_what_to_do(page):
    assert "Требуют внимания" in page.text
    assert OUTCOMES[Outcome.REFUND_OPEN].action in page.text


def test_what_differs_is_told_line_by_line_before_and_after(page):
    text = re.sub(r"\s+", " ", page.text)

    for words in (
        "Чайник «Заря» Реализация № 1217/26: строка изменена",
        "2 шт × 1 234,50 ₽ = 2 469,00 ₽, НДС 22 % — 445,23 ₽ 3 шт × 1 200,00 ₽ = 3 600,00 ₽",
        "1 131,00 ₽ 203,95 ₽",
        "Доставка Реализация № 1217/26: строка убрана",
        "Дата Реализация № 1217/26 03.10.2026 04.10.2026 0,00 ₽",
        "ИНН 7707083893, КПП 773601001 физическое лицо",
        "прежние строки неизвестны Реализация № 1217/26 18 250,00 ₽, НДС — — −18 250,00 ₽ —",
    ):
        assert words in text


def test_only_an_order_that_differs_has_a_table_of_differences(day, page):
    classes = [value for name, value in page.attributes if name == "class"]

    assert classes.count("differences") == sum(bool(order.differences) for order in day.orders) == 2


def test_warnings_stand_above_everything_that_they_cast_doubt_on(odd, page):
    text = Page(render_html(odd)).text

    assert "Подозрительно мало заказов." not in page.text
    found = [text.index(words) for words in ("За 03.10.2026 создано заказов: 2.", "Внимание.", "Все заказы")]
    assert found == sorted(found)
    assert found[0] < text.index("Требуют внимания:")


def test_what_the_shop_wrote_stays_text(odd):
    page = Page(render_html(spoilt(odd, CANARY)))

    assert page.tags["script"] == 1
    assert page.tags["img"] == 0
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert CANARY in page.text


def test_a_browser_runs_our_own_script_only(day, page):
    script = re.search(r"<script>(.*?)</script>", render_html(day).decode(), re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(value for name, value in page.attributes if name == "content")

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"script-src 'sha256-{digest}';" in policy


def test_the_page_needs_nothing_from_outside(page):
    links = [value for name, value in page.attributes if name in {"src", "href", "action", "style"}]

    assert links
    assert all(link.startswith("#") for link in links)


def test_an_empty_day_says_so(day):
    page = Page(render_html(replace(day, orders=(), foreign=())))

    assert "В этот день событий не было" in page.text
    assert page.tags["details"] == page.tags["svg"] == 0


def test_a_day_without_differences_says_so(day):
    matched = tuple(order for order in day.orders if order.outcome is Outcome.MATCHED)
    page = Page(render_html(replace(day, orders=matched, foreign=())))

    assert "Расхождений нет" in page.text
    assert page.tags["table"] == 2 * len(matched)


def test_only_foreign_documents_are_a_day_too(day):
    page = Page(render_html(replace(day, orders=())))

    assert "2\xa0чужих документа" in page.text
    assert "Все заказы" not in page.text


def test_payments_that_the_books_do_not_show_are_no_zero(day):
    unseen = tuple(replace(order, paid_in_books=None) for order in day.orders)

    assert "не видно" in Page(render_html(replace(day, orders=unseen))).text


def test_half_a_character_does_not_stop_the_report(day):
    assert render_html(spoilt(day, "\ud83d")).decode()


def one_line(page):
    return re.sub(r"\s+", " ", page.text)


def test_a_month_is_called_a_month():
    text = one_line(Page(render_html(month(30))))

    assert "Сверка месяца · Контур.Бухгалтерия ООО «Ромашка» октябрь 2026" in text
    assert "день" not in text.partition("Требуют внимания")[0]


def test_an_empty_month_says_so():
    page = Page(render_html(replace(month(0, bank=None), foreign=())))

    assert "За это время событий не было" in page.text


def test_a_month_is_drawn_day_by_day_with_a_tooltip_a_part_and_a_legend():
    told = month(60)
    text = one_line(Page(render_html(told)))
    days = {order.placed_on for order in told.orders if order.placed_on >= told.business_date}

    assert all(f"{day:%d.%m.%Y} · " in text for day in days)
    assert "До 01.10.2026 · " in text
    assert "раньше" in text
    assert "Когда создан заказ: октябрь 2026" in text


def test_sums_are_shown_with_their_source(day):
    text = one_line(Page(render_html(replace(day, bank=()))))

    for words in ("Сумма заказов · магазин", "По документам · журнал", "Поступило на счёт · банк"):
        assert words.replace(" · ", " ") in text
    assert re.search(r"Оплачено учёт, по \d+ из \d+", text)
    assert f"магазин: {roubles(day.orders[0].total)}".replace("\xa0", " ") in one_line(
        Page(render_html(replace(day, orders=day.orders[:1])))
    )


def test_what_the_bank_shows_is_told_row_by_row_and_in_sums():
    told = month(10, bank=12)
    text = one_line(Page(render_html(told)))

    for row in told.bank:
        assert roubles(row.amount).replace("\xa0", " ") in text
        assert row.payer in text
        assert row.purpose in text
    assert "2 неясных поступления" in text
    assert "Не проверялся" not in text


def test_a_bank_that_the_books_do_not_show_is_one_line_and_no_zero(day, page):
    assert "Не проверялся: этот учёт не показывает поступлений на расчётный счёт." in page.text
    assert "Поступило на счёт" not in page.text
    assert "ничего не поступало" in Page(render_html(replace(day, bank=()))).text


def test_unexplained_money_is_no_calm_day(day):
    told = replace(month(0, bank=12), foreign=())

    assert "Требуют внимания: 2\xa0неясных поступления." in re.sub(
        r"[ \n]+", " ", Page(render_html(told)).text
    )


def test_of_many_orders_the_most_urgent_are_told_and_the_rest_counted():
    told = month(300, bank=20)
    page = Page(render_html(told, Limits(attention=5, others=7)))
    attention = needing_attention(told)
    links = [value for name, value in page.attributes if name == "href"]

    assert links == [f"#order-{order.order_id}" for order in attention[:5]]
    assert page.tags["details"] == 5 + 7 + 1
    assert f"5 из {len(attention)}, что требуют внимания" in one_line(page)
    assert f"7 из {300 - len(attention)} остальных" in one_line(page)
    assert "Показаны 7 из 20 поступлений" in one_line(page)


def test_a_page_of_a_few_orders_promises_no_more_than_it_shows(page):
    assert "не все заказы" not in page.text
    assert "Показаны" not in page.text


def test_the_page_of_a_huge_month_is_no_larger_than_its_limits():
    limits = Limits(attention=20, others=20)
    large, larger = (len(render_html(month(orders), limits)) for orders in (500, 1500))

    assert larger < large * 1.1
