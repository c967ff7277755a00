"""What would happen to each document, to money and to orders that make none; and that none of it happens."""

from contextlib import suppress
from decimal import Decimal

import pytest
import sqlalchemy as sa
from tests.unit.builders import line, order, payment, service, shipment

from bookkeeping.domain import Capability, DocumentKind, HoldReason, MoneyKind, Status, VatRate
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger.tables import metadata
from bookkeeping.planning import Fate
from bookkeeping.planning.plan import RateSum

SALE = ["sale"]
FOLLOWING = {"on_change": "update"}
PAID = {"payments": [payment("100.00")]}
RETURNED = {"payments": [payment("100.00", returned="P", returned_at=None)]}


def stored(ledger):
    with ledger.engine.begin() as tx:
        return {
            name: [tuple(r) for r in tx.execute(sa.select(table))] for name, table in metadata.tables.items()
        }


def sold(*lines, **columns):
    """Make an order of one thing, unless it says of what."""
    return order(*(lines or [line()]), **columns)


def only(things):
    (thing,) = things
    return thing


def told(document):
    return document.fate, document.reason, document.detail


def test_what_is_due_would_be_created(day):
    plan = day.plan(sold(line("122.00"), service("50.00", vat=None)))

    assert {d.kind for d in plan.documents} == set(DocumentKind)
    bill = only(d for d in plan.documents if d.kind is DocumentKind.BILL)
    assert (bill.fate, bill.number, bill.buyer) == (Fate.CREATE, "1001/26", "ООО «Вектор»")
    assert (bill.total, bill.vat, bill.stands) == (Decimal("172.00"), Decimal("22.00"), None)
    assert bill.rates == (
        RateSum(VatRate.NONE, Decimal("50.00"), Decimal(0)),
        RateSum(VatRate.VAT22, Decimal("122.00"), Decimal("22.00")),
    )


def test_a_plan_leaves_the_ledger_and_the_books_alone(day, caplog):
    day.run(sold(**RETURNED), sold(order_id="1002"), **FOLLOWING)
    day.books.writes.clear()
    before = stored(day.ledger)
    caplog.clear()
    caplog.set_level("INFO")

    plan = day.plan(
        sold(cancelled=True),
        sold(line("80.00"), order_id="1002"),
        sold(order_id="1003", **PAID),
        **FOLLOWING,
    )

    assert plan.changes_anything
    assert day.books.writes == []
    assert stored(day.ledger) == before
    assert "in the books as" not in caplog.text


def test_a_run_then_does_what_was_planned(day):
    orders = [sold(line(), order_id=str(n), **PAID) for n in (1001, 1002)]
    orders += [sold(order_id="1003", inn="7707083894")]

    plan = day.plan(*orders, documents=SALE)
    day.run(*orders, documents=SALE)

    keys = {e.key for e in day.ledger.of_company("romashka") if e.external_id and e.kind != "counterparty"}
    assert {d.key for d in plan.documents if d.fate is Fate.CREATE} | {m.key for m in plan.money} == keys


def test_after_the_run_nothing_is_left_to_do(day):
    day.run(sold(**PAID), documents=SALE)

    plan = day.plan(sold(**PAID), documents=SALE)

    assert not plan.changes_anything
    assert {d.fate for d in plan.documents} == {Fate.UNCHANGED}
    assert plan.money == ()


def test_what_the_order_gets_wrong_would_be_held(day):
    plan = day.plan(sold(inn="7707083894"), documents=SALE)

    fate, reason, detail = told(only(plan.documents))
    assert (fate, reason) == (Fate.HELD, HoldReason.INN_INVALID)
    assert detail


@pytest.mark.parametrize("text", ["1001/26", "ООО «Вектор»"])
def test_what_the_books_cannot_take_would_be_held(day, text):
    day.refused.add(text)

    plan = day.plan(sold(), documents=SALE)

    expected = (Fate.HELD, HoldReason.REJECTED_BY_BOOKS, f"{text} не передать")
    assert told(only(plan.documents)) == expected
    assert not plan.changes_anything


def test_a_buyer_who_stands_in_the_books_is_not_created_again(day):
    day.run(sold(order_id="1000"), documents=SALE)
    day.refused.add("ООО «Вектор»")

    assert only(day.plan(sold(), documents=SALE).documents).fate is Fate.CREATE


def test_a_change_is_left_to_a_person_unless_changes_are_followed(day):
    day.run(sold(line("100.00")), documents=SALE)

    left = only(day.plan(sold(line("80.00")), documents=SALE).documents)

    assert (left.fate, left.reason) == (Fate.LEFT, HoldReason.CHANGED_AFTER_POSTING)
    assert (left.total, left.stands) == (Decimal("80.00"), Decimal("100.00"))


def test_a_change_that_is_followed_would_be_sent(day):
    day.run(sold(line("100.00")), documents=SALE, **FOLLOWING)

    update = only(day.plan(sold(line("80.00")), documents=SALE, **FOLLOWING).documents)

    assert (update.fate, update.total, update.stands) == (Fate.UPDATE, Decimal("80.00"), Decimal("100.00"))
    assert (update.vat, update.stands_vat) == (Decimal("14.43"), Decimal("18.03"))


@pytest.mark.parametrize(
    ("without", "settings"), [([Capability.UPDATE], {}), ([], {"closed_through": "2026-10-03"})]
)
def test_a_change_that_cannot_be_sent_is_left_to_a_person(day_without, without, settings):
    day = day_without(*without)
    day.run(sold(line("100.00")), documents=SALE, **FOLLOWING)

    left = only(day.plan(sold(line("80.00")), documents=SALE, **FOLLOWING, **settings).documents)

    assert (left.fate, left.reason) == (Fate.LEFT, HoldReason.CHANGED_AFTER_POSTING)


def test_a_change_that_the_books_cannot_take_is_left_with_its_reason(day):
    day.run(sold(line("100.00")), documents=SALE, **FOLLOWING)
    day.refused.add("1001/26")

    left = only(day.plan(sold(line("80.00")), documents=SALE, **FOLLOWING).documents)

    assert told(left) == (Fate.LEFT, HoldReason.REJECTED_BY_BOOKS, "1001/26 не передать")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, (Fate.LEFT, HoldReason.CANCELLED_AFTER_POSTING, "")), (FOLLOWING, (Fate.CANCEL, None, ""))],
)
def test_a_document_of_a_cancelled_order(day, settings, expected):
    day.run(sold(), documents=SALE)

    document = only(day.plan(sold(cancelled=True), documents=SALE, **settings).documents)

    assert told(document) == expected
    assert document.total == document.stands == Decimal("100.00")


def test_what_was_cancelled_in_the_books_is_no_news(day):
    day.run(sold(), documents=SALE, **FOLLOWING)
    day.run(sold(cancelled=True), documents=SALE, **FOLLOWING)

    plan = day.plan(sold(cancelled=True), documents=SALE, **FOLLOWING)

    assert (plan.documents, [each.why for each in plan.skipped]) == ((), ["заказ отменён, хотя отгружен"])


@pytest.fixture
def lose(endings, killed):
    """Run a day whose only document goes unanswered, its buyer being known."""

    def run(day, ending):
        day.run(sold(order_id="1000"), documents=SALE)
        day.books.endings.append(endings[ending])
        with suppress(OutcomeUnknownError, killed):
            day.run(sold(), documents=SALE)

    return run


@pytest.mark.parametrize(
    ("ending", "detail"),
    [
        ("LOST", "найден в учёте: второй раз не отправится"),
        ("VANISHED", "в учёте не найден: будет отправлен ещё раз"),
    ],
)
def test_what_went_unanswered_would_be_looked_up_first(day, lose, ending, detail):
    lose(day, ending)

    assert told(only(day.plan(sold(), documents=SALE).documents)) == (Fate.LOOK_UP, None, detail)


def test_what_went_unanswered_and_is_due_no_more_would_be_looked_up_too(day, lose):
    lose(day, "VANISHED")

    document = only(day.plan(sold(cancelled=True), documents=SALE).documents)

    assert told(document) == (Fate.LOOK_UP, None, "в учёте не найден, и заказ его больше не требует")


def test_what_nobody_can_look_up_waits_for_a_person(day_without, lose):
    day = day_without(Capability.SEARCH_DOCUMENTS)
    lose(day, "LOST")

    fate, _, detail = told(only(day.plan(sold(), documents=SALE).documents))

    assert (fate, detail) == (
        Fate.LOOK_UP,
        "эта учётная система документов не показывает: нужен ответ человека",
    )


def test_what_another_worker_is_sending_would_be_looked_up(day, lose):
    lose(day, "KILLED_AFTER")

    assert day.ledger.of_orders("romashka", ["1001"], SALE)[0].status is Status.IN_FLIGHT
    assert only(day.plan(sold(), documents=SALE).documents).fate is Fate.LOOK_UP


def test_what_was_held_and_is_right_by_now_says_so(day):
    day.run(sold(inn="7707083894"), documents=SALE)

    document = only(day.plan(sold(), documents=SALE).documents)

    assert document.fate is Fate.CREATE
    assert document.detail.startswith("в прошлый раз был удержан: ")


def test_a_document_that_the_ledger_does_not_know_is_found_by_its_mark(day, ledger, empty):
    day.run(sold(), documents=SALE)
    empty(ledger.engine)

    assert only(day.plan(sold(), documents=SALE).documents).fate is Fate.FOUND


def test_money_would_be_recorded_on_what_would_be_created(day):
    plan = day.plan(sold(**PAID))

    money = only(plan.money)
    assert (money.fate, money.kind, money.amount) == (Fate.CREATE, MoneyKind.PAYMENT, Decimal("100.00"))
    assert (money.document_number, money.order_number) == ("1001/26", "1001/26")


def test_money_that_went_back_would_be_recorded_both_ways(day):
    assert {m.kind: m.fate for m in day.plan(sold(**RETURNED)).money} == dict.fromkeys(MoneyKind, Fate.CREATE)


def test_a_refund_that_the_books_do_not_take_would_be_held(day_without):
    plan = day_without(Capability.REFUNDS).plan(sold(**RETURNED))

    assert [(m.kind, m.reason) for m in plan.money if m.fate is Fate.HELD] == [
        (MoneyKind.REFUND, HoldReason.MANUAL_REQUIRED)
    ]


def test_books_that_take_no_money_say_so(day_without):
    plan = day_without(Capability.PAYMENTS).plan(sold(**PAID))

    assert (plan.money, plan.records_money) == ((), False)


WAITING = [shipment(shipped=None)]


@pytest.mark.parametrize(
    ("columns", "settings", "why"),
    [
        ({"cancelled": True}, {}, "заказ отменён, хотя отгружен"),
        ({"cancelled": True, "shipments": WAITING}, {}, "заказ отменён до проведения"),
        ({"status": "T"}, {"shop": {"skip_statuses": ["T"]}}, "статус заказа T исключён"),
        ({"platform": "5"}, {"shop": {"skip_platforms": ["5"]}}, "площадка 5 исключена"),
        ({"inn": ""}, {"individuals": "skip"}, "покупатель без ИНН"),
        ({"shipments": WAITING}, {}, "к концу этого дня заказ не отгружен"),
        ({"shipments": [shipment(shipped="2026-10-05T09:00")]}, {}, "к концу этого дня заказ не отгружен"),
        ({}, {"start_date": "2026-10-04"}, "всё было до начала учёта 04.10.2026"),
        ({}, {"documents": ["act"]}, "того, на что компания выписывает документы"),
    ],
)
def test_an_order_without_documents_says_why(day, columns, settings, why):
    plan = day.plan(sold(**{"shipments": None, **columns}), **({"documents": SALE} | settings))

    skipped = only(plan.skipped)
    assert skipped.why.startswith(why)
    assert (skipped.order_id, skipped.total, plan.orders) == ("1001", Decimal("100.00"), 1)


def test_an_order_of_nothing_makes_nothing(day):
    assert only(day.plan(sold(line("0.00"))).skipped).why == "заказ на ноль рублей"


def test_an_empty_day_has_an_empty_plan(day):
    plan = day.plan()

    assert (plan.documents, plan.money, plan.skipped, plan.changes_anything) == ((), (), (), False)
    assert (plan.company, f"{plan.business_date}") == ("romashka", "2026-10-04")


SUMMED = {"documents": SALE, "individuals": "daily_summary"}


def at_the_counter(order_id):
    """Sell to somebody who leaves no name, on the day that is planned."""
    return sold(order_id=order_id, inn="", company="", shipments=[shipment(shipped="2026-10-04T12:00")])


def test_the_summary_of_a_day_is_one_document_and_names_its_orders(day):
    orders = [at_the_counter(order_id) for order_id in ("1001", "1002")]

    plan = day.plan(*orders, **SUMMED)

    summary = only(plan.documents)
    assert (summary.fate, summary.total) == (Fate.CREATE, Decimal("200.00"))
    assert {each.why for each in plan.skipped} == {"входит в сводный документ за 04.10.2026"}
    assert len(plan.skipped) == plan.orders == 2
    day.run(*orders, **SUMMED)
    assert only(day.plan(*orders, **SUMMED).documents).fate is Fate.UNCHANGED
