"""A quarter of payments, refunds and returns: in the books one to one, explained to the kopeck every day."""

import os
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest
from tests.acceptance.planting import CALM, plant_all
from tests.acceptance.quarter import QUARTER, ZERO, quarter_in

from bookkeeping.outcomes import Outcome
from sandbox.shop.dictionaries import CASH, INNER

IS_THOROUGH = bool(os.environ.get("THOROUGH"))
"""`make quarter`: each day of each seller; else a day a week, and two of the one whose books show all."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("books", ["kontur", "elba oauth", "elba public"])
def test_a_quarter_is_in_the_books_one_to_one_and_explained_every_day(
    books, migrated_file, tmp_path, subtests
):
    """A quarter takes long to live through, so all that holds for it is looked at in one test."""
    with quarter_in(books, migrated_file, tmp_path) as quarter:
        for check in (*(OF_MONEY if books == "kontur" else ()), *OF_ALL_BOOKS):
            with subtests.test(check.__name__):
                check(quarter)


def parts(quarter, collection):
    """Return Kontur's records of money by the shop's payment."""
    found = defaultdict(list)
    for row in quarter.book.rows(collection):
        _, payment_id, *_ = re.search(r"\[b2:([^\]]+)\]", row["comment"])[1].split(":")
        found[int(payment_id)].append(row)
    return found


def roubles(rows, field="amount"):
    return sum((Decimal(row[field]) for row in rows), ZERO)


def every_payment_is_recorded_once_on_its_own_orders_documents(kontur):
    recorded, shop = parts(kontur, "payments"), kontur.shop
    assert len(recorded) > 100
    by_id = {row["id"]: row for row in kontur.book.rows("documents")}
    for payment_id, rows in recorded.items():
        payment = shop.payments[payment_id]
        assert payment.pay_system_id != INNER.id
        assert {row["paymentMethod"] for row in rows} == {
            "Cash" if payment.pay_system_id == CASH.id else "BankTransfer"
        }
        assert {row["date"] for row in rows} == {payment.date_paid.date().isoformat()}
        assert roubles(rows) <= payment.sum
        assert len({row["documentId"] for row in rows}) == len(rows)
        for row in rows:
            assert f":{payment.order_id}:" in by_id[row["documentId"]]["comment"]


def the_money_on_every_order_is_what_the_shop_has_as_far_as_documents_go(kontur):
    recorded, refunded = parts(kontur, "payments"), parts(kontur, "refunds")
    kinds = Counter()
    for order in kontur.shop.orders.values():
        documents = [row for row in kontur.documents_of(order.id) if row["kind"] != "bill"]
        room = roubles(documents, "totalAmount")
        kept = kontur.kept(order.id)
        ours = [row for payment in kept for row in recorded.get(payment.id, ())]
        assert roubles(ours) == min(room, sum((p.sum for p in kept), ZERO)), order.id
        kinds["kept" if ours else "none"] += 1
        for document in documents:
            on_it = [row for row in ours if row["documentId"] == document["id"]]
            assert roubles(on_it) <= Decimal(document["totalAmount"])
    back = [p for p in kontur.shop.payments.values() if p.is_return == "P"]
    for payment in back:
        on_sales = [row for row in recorded.get(payment.id, ()) if ":act:" not in row["comment"]]
        assert roubles(refunded.get(payment.id, ())) == roubles(on_sales), payment.id
        kinds["refunded" if payment.id in refunded else "returned before its document"] += 1
    assert set(refunded) <= {payment.id for payment in back}
    assert kinds["refunded"] > 3
    assert kinds["kept"] > 100


def goods_that_came_back_and_corrections_are_one_to_one(kontur):
    numbers = {row["id"]: row["comment"].split(":")[2] for row in kontur.book.rows("documents")}
    corrected = {int(numbers[row["documentId"]]): row for row in kontur.book.rows("corrections")}
    assert len(corrected) == len(kontur.book.rows("corrections")) == len(kontur.returns) > 3
    for order_id, back in kontur.returns.items():
        (item,) = corrected[order_id]["items"]
        assert Decimal(item["quantityBefore"]) - Decimal(item["quantityAfter"]) == back.quantity
        assert -Decimal(corrected[order_id]["amountDelta"]) == back.roubles


def a_second_run_over_the_whole_quarter_writes_nothing(quarter):
    writes, rows = quarter.sandbox.writes(quarter.office.book), quarter.book.as_lists()
    quarter.sync()
    assert quarter.sandbox.writes(quarter.office.book) == writes
    assert quarter.book.as_lists() == rows


def kopecks(amounts):
    return sum(int(amount * 100) for amount in amounts)


def the_outcomes_of_every_day_add_up_to_the_shop_and_to_the_books(quarter):
    quarter.sync()
    frames, events = quarter.frames(), quarter.events()
    held = held_by_day(quarter)
    explained, days = 0, QUARTER if IS_THOROUGH else QUARTER[:: 3 if quarter.book.name == "kontur" else 7]
    for day in days:
        told = quarter.reconcile(frames.only(events[day]), day, day)
        assert {row.order_id for row in told.orders} == events[day]
        sold = [quarter.shop.orders[int(id_)].price for id_ in events[day]]
        assert kopecks(row.total for row in told.orders) == kopecks(sold), day
        documents = [d for row in told.orders for d in row.documents if d.issued_on == day]
        shown = [d.books_total for d in documents if d.books_total is not None]
        assert kopecks([*shown, *(row.total for row in told.foreign)]) == kopecks(held[day]), day
        explained += len(shown)
    assert explained == sum(len(totals) for day, totals in held.items() if day in days) > 20


def held_by_day(quarter):
    """Return the totals of what the books hold and can show, by day, from their own rows."""
    corrected = defaultdict(Decimal)
    for row in quarter.book.rows("corrections") if quarter.office.book == "kontur" else ():
        corrected[row["documentId"]] += Decimal(row["amountDelta"])
    shown = {"kontur": ["documents"], "elba_oauth": ["invoices", "acts"], "elba_public": ["bills"]}
    days = defaultdict(list)
    for row in (row for name in shown[quarter.office.book] for row in quarter.book.rows(name)):
        day = date.fromisoformat(row["date"])
        if day in set(QUARTER):
            days[day].append(total(row) + corrected[row["id"]])
    return days


def total(row):
    for name in ("totalAmount", "total"):
        if name in row:
            return Decimal(row[name])
    return sum((Decimal(item["sum"]) for item in row["warehouseItems"]), ZERO)


def a_clean_quarter_raises_no_false_alarm(quarter):
    outcomes, foreign = quarter.outcomes()
    assert foreign == ()
    found = Counter(outcome for outcome, _ in outcomes.values())
    for order_id, (outcome, difference) in outcomes.items():
        assert outcome in expected_of(quarter, order_id), (order_id, outcome, difference)
    assert found["not_checked" if quarter.book.name == "elba_public" else "matched"] > 100


def every_planted_difference_is_found_and_nothing_else(quarter):
    """Twelve kinds, see the planting; what the books cannot show stays not checked."""
    clean, _ = quarter.outcomes()
    planted = plant_all(quarter, clean)

    found, foreign = quarter.outcomes()
    assert {id_: found[id_] for id_ in planted.expected} == planted.expected
    assert {id_: each for id_, each in found.items() if id_ not in planted.expected} == {
        id_: each for id_, each in clean.items() if id_ not in planted.expected
    }
    assert sorted(row.number for row in foreign) == sorted(planted.foreign)
    for order_id in planted.invisible:
        assert found[order_id] == clean[order_id] == (Outcome.NOT_CHECKED, ZERO)


def is_by_hand(quarter, order_id):
    """Whether a refund is the accountant's: Elba takes none, and Kontur none on an act."""
    if quarter.office.book != "kontur":
        return True
    return any(
        row["kind"] == "act" and row["id"] in paid_documents(quarter)
        for row in quarter.documents_of(order_id)
    )


def paid_documents(quarter):
    return {row["documentId"] for row in quarter.book.rows("payments")}


def expected_of(quarter, order_id):
    """Return the outcomes that the shop's own facts call for."""
    if order_id in quarter.shop.oddities:
        return {Outcome.HELD}
    order = quarter.shop.orders[order_id]
    kept = sum((payment.sum for payment in quarter.kept(order_id)), ZERO)
    returned = [p for p in quarter.shop.payments.of(order_id) if p.is_return == "P" and p.date_paid]
    if kept > order.price or order_id in quarter.returns:
        return {Outcome.OVERPAID, Outcome.MATCHED}
    if returned:
        return {Outcome.REFUND_OPEN if is_by_hand(quarter, order_id) else Outcome.MATCHED, Outcome.NOT_DUE}
    return CALM


OF_MONEY = (
    every_payment_is_recorded_once_on_its_own_orders_documents,
    the_money_on_every_order_is_what_the_shop_has_as_far_as_documents_go,
    goods_that_came_back_and_corrections_are_one_to_one,
)
OF_ALL_BOOKS = (
    a_second_run_over_the_whole_quarter_writes_nothing,
    the_outcomes_of_every_day_add_up_to_the_shop_and_to_the_books,
    a_clean_quarter_raises_no_false_alarm,
    every_planted_difference_is_found_and_nothing_else,
)
"""In this order: the last one changes shop and books."""
