"""The report in a real browser: its filter works, it fits every screen, nothing of the shop's runs in it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.unit.report.months import month
from tests.unit.report.test_html import spoilt

from bookkeeping.domain import DocumentKind
from bookkeeping.outcomes import Outcome
from bookkeeping.planning.html import render_html as render_plan
from bookkeeping.planning.plan import Fate, Plan, PlannedDocument
from bookkeeping.report.formats import roubles
from bookkeeping.report.totals import needing_attention, outcome_totals
from bookkeeping.report.words import OUTCOMES, what_to_do

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>{{ 7 * 7 }} %zz"""
ENDLESS = "Ж" * 120
MONTH = month(60, bank=9)
ORDERS = len(MONTH.orders)
ATTENTION = needing_attention(MONTH)


def of(orders, name):
    return sum(name in order.buyer for order in orders)


def test_typing_leaves_the_orders_that_match_in_both_lists(show):
    report = show(MONTH)
    assert (report.stories, report.differences, report.foreign) == (ORDERS, len(ATTENTION), 2)

    report.filter("  купаВА ")

    assert 0 < report.stories == of(MONTH.orders, "Купава") < ORDERS
    assert report.differences == of(ATTENTION, "Купава")
    assert report.page.inner_text("#shown") == f"Показано {report.stories} из {ORDERS}"

    report.filter("")

    assert (report.stories, report.differences) == (ORDERS, len(ATTENTION))
    assert report.page.inner_text("#shown") == ""


def test_a_sum_is_found_however_it_is_spaced(show):
    report, order = show(MONTH), MONTH.orders[40]
    written = roubles(order.total).removesuffix("\xa0₽")

    for text in (written, written.replace("\xa0", " "), written.replace("\xa0", "")):
        report.filter(text)
        assert report.page.locator(f"#order-{order.order_id}").is_visible()
        assert report.stories < 5


def test_what_is_nowhere_leaves_a_sentence(show):
    report = show(MONTH)
    report.filter("нет такого заказа")

    assert (report.stories, report.differences, report.foreign) == (0, 0, 0)
    assert report.page.get_by_text("Таких заказов здесь нет.").is_visible()
    assert not report.page.get_by_role("heading", name="Требуют внимания").is_visible()


def test_a_card_leaves_what_ended_so_and_lets_it_go_again(show):
    report = show(MONTH)
    for total in outcome_totals(MONTH):
        card = report.card(OUTCOMES[total.outcome].title)
        card.click()

        assert card.get_attribute("aria-pressed") == "true"
        assert report.stories + report.foreign == total.count
        assert report.differences == sum(order.outcome is total.outcome for order in ATTENTION)

    card.click()

    assert (report.stories, report.foreign) == (ORDERS, 2)


def test_a_card_and_a_text_work_together(show):
    report = show(MONTH)
    report.card(OUTCOMES[Outcome.MATCHED].title).click()
    report.filter("Розничный")

    matched = [order for order in MONTH.orders if order.outcome is Outcome.MATCHED]
    assert 0 < report.stories == of(matched, "Розничный") < of(MONTH.orders, "Розничный")


def test_a_difference_leads_to_its_story(show):
    report, order = show(MONTH), ATTENTION[3]
    story = report.page.locator(f"#order-{order.order_id} .story")
    assert not story.is_visible()

    report.page.click(f"a[href='#order-{order.order_id}']")

    assert story.is_visible()
    assert f"Реализация № {order.number}" in story.inner_text()
    assert what_to_do(order) in story.inner_text()


@pytest.mark.parametrize(
    ("period", "width"), [("month", 1280), ("month", 1110), ("month", 390), ("day", 390)]
)
def test_it_fits_the_screen_folded_and_unfolded(show, period, width):
    report = show(MONTH if period == "month" else replace(MONTH, through=None), width)
    texts = [
        "ООО «Ромашка»",
        "Требуют внимания:",
        "Сумма заказов",
        "Чужие документы",
        "Не опознано",
        "Разница",
    ]
    texts += [f"№ {ATTENTION[0].number}", ATTENTION[0].explanation]
    texts += ["Сверка месяца", "Число заказов", "раньше"] if period == "month" else ["Сверка дня"]

    assert [text for text in texts if not report.page.get_by_text(text).first.is_visible()] == []
    assert report.overflow <= 0

    report.page.click("#unfold")

    assert report.page.locator(".story:visible").count() == ORDERS
    assert (report.overflow <= 0, report.clipped) == (True, [])


def test_letters_of_the_picture_are_as_large_on_a_phone(show):
    report = show(MONTH, width=390)
    sizes = report.page.locator(".plot text:visible").evaluate_all(
        "texts => texts.map((text) => text.getBoundingClientRect().height)"
    )

    assert len(sizes) > 8
    assert min(size for size in sizes if size) >= 11


def test_a_hostile_buyer_runs_nothing_and_is_read_to_the_letter(show):
    told = replace(MONTH, orders=MONTH.orders[:20])
    report = show(replace(spoilt(told, HOSTILE), title="ООО «Ромашка»"))
    report.filter("onerror=alert(2)")
    report.page.click("#unfold")

    assert report.stories == 20
    assert report.page.locator(".buyer").first.text_content() == HOSTILE
    assert report.page.locator("img, main script").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_words_without_end_do_not_widen_it(show, width):
    report = show(spoilt(replace(MONTH, orders=(*ATTENTION[:3], *MONTH.orders[:3])), ENDLESS), width)
    report.page.click("#unfold")

    assert (report.overflow <= 0, report.clipped) == (True, [])


def test_on_paper_and_in_the_dark_it_is_read_as_well(show):
    page = show(MONTH).page
    look = "getComputedStyle(document.body).backgroundColor"
    by_day = page.evaluate(look)
    page.emulate_media(color_scheme="dark")
    by_night = page.evaluate(look)
    page.emulate_media(media="print", color_scheme="dark")

    assert len({by_day, by_night}) == 2
    assert page.evaluate(look) == "rgb(255, 255, 255)"
    assert page.locator(".plot svg").is_visible()
    assert not page.locator("#filter").is_visible()


DAY = date(2026, 10, 3)


def planned(number, buyer, fate):
    total = Decimal("1220.00")
    key = f"romashka/sale/{number}/1"
    return PlannedDocument(key, DocumentKind.SALE, number, DAY, number, buyer, total, Decimal("220.00"), fate)


PLAN = Plan(
    *("romashka", "ООО «Ромашка»", "kontur", DAY, 3),
    documents=(
        planned("1001", "ООО «Вектор»", Fate.CREATE),
        planned("1002", "ООО «Полюс»", Fate.CREATE),
        planned("1003", "ООО «Вектор»", Fate.HELD),
    ),
    money=(),
    skipped=(),
)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_plan_is_filtered_by_text_and_card_and_fits_the_screen(show, width):
    plan = show(PLAN, width, render_plan)
    found = [plan.stories]
    plan.filter("вектор")
    found.append(plan.stories)
    plan.card("Будет создан").click()
    found.append(plan.stories)
    plan.page.click("#unfold")

    assert found == [3, 2, 1]
    assert plan.page.locator(".story:visible").count() == 1
    assert (plan.overflow <= 0, plan.clipped) == (True, [])
