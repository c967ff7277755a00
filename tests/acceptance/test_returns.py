"""Goods that came back and money that went back are two facts, each in the books once (DESIGN R11)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.acceptance.till import goods, service

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, TransientError
from bookkeeping.ledger import sent_contents
from bookkeeping.outcomes import Outcome
from bookkeeping.planning import Fate, plan_of
from bookkeeping.returns import returned_goods
from bookkeeping.storage import read_shop

RETURNED_ON, RETURN_DAY = "2026-11-25T12:00", date(2026, 11, 25)
CORRECTIONS = "*/corrections"


@pytest.fixture
def office(new_kontur, sandbox):
    return new_kontur(sandbox, documents=["sale", "act"])


@pytest.fixture
def sold(office, till):
    """Three kettles, shipped and paid in two parts, in the books."""
    order = till.sell(goods("100.00", "3"), goods("33.33", "3", vat="0.10"))
    payments = [till.take(order, "199.99"), till.take(order, "200.00")]
    office.sync()
    return order, payments


def outcome(office, day=RETURN_DAY):
    (row,) = office.reconcile(day).orders
    return row.outcome, row.difference


def key_of(office, order):
    (shipment,) = office.sandbox.parts.shop.shipments.of(order.id)
    return f"sale/{order.id}/{shipment.id}"


def corrections(office):
    return [
        [(item["line"], str(item["quantityAfter"]), item["vatRate"]) for item in row["items"]]
        for row in office.rows("corrections")
    ]


def test_a_part_of_the_goods_and_of_the_money_came_back(office, till, sold):
    """Contract 16.6: one correction, one refund, the rate of the original date."""
    order, (first, _) = sold
    till.take_in(order, "1", on=RETURNED_ON)
    till.give_back(first, on=RETURNED_ON)
    office.sync(RETURN_DAY)
    office.sync(RETURN_DAY)

    (correction,), (refund,) = office.rows("corrections"), office.rows("refunds")
    assert (correction["date"], correction["number"], correction["reason"]) == (
        *("2026-11-25", f"{order.account_number}-К1"),
        "return",
    )
    assert corrections(office) == [[(1, "1", "vat22")]]
    assert (Decimal(correction["amountDelta"]), Decimal(correction["vatDelta"])) == (
        *(Decimal("-200.00"), Decimal("-36.07")),
    )
    assert (refund["date"], Decimal(refund["amount"])) == ("2026-11-25", Decimal("199.99"))
    key = key_of(office, order)
    assert (office.entry(key).total, office.entry(f"{key}/correction1").total) == (
        *(Decimal("199.99"), Decimal("-200.00")),
    )
    assert outcome(office) == (Outcome.OVERPAID, Decimal("0.01"))


def test_money_that_stays_in_the_shop_after_goods_came_back_is_told(office, till, sold):
    order, _ = sold
    till.take_in(order, "0", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    assert outcome(office) == (Outcome.OVERPAID, Decimal("300.00"))


def test_a_second_return_begins_where_the_first_one_ended(office, till, sold):
    order, _ = sold
    till.take_in(order, "0", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    till.take_in(order, "1", place=1, on="2026-11-26T12:00")
    office.sync(date(2026, 11, 26))
    office.sync(date(2026, 11, 26))

    assert corrections(office) == [[(1, "0", "vat22")], [(2, "1", "vat10")]]
    (document,) = office.rows("documents")
    left = Decimal(document["totalAmount"]) + sum(
        Decimal(row["amountDelta"]) for row in office.rows("corrections")
    )
    assert left == office.entry(key_of(office, order)).total == Decimal("33.33")


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "no_id", "500"])
def test_a_lost_answer_makes_no_second_correction(office, till, sold, sandbox, fault):
    order, _ = sold
    till.take_in(order, "2", on=RETURNED_ON)
    sandbox.breaks(fault, CORRECTIONS)
    office.sync_to_the_end(RETURN_DAY)

    assert corrections(office) == [[(1, "2", "vat22")]]
    assert office.entry(f"{key_of(office, order)}/correction1").status is Status.POSTED
    assert outcome(office)[0] is Outcome.OVERPAID


def test_a_lost_correction_of_goods_that_left_again_is_settled_first(office, till, sold, sandbox):
    order, _ = sold
    till.take_in(order, "2", on=RETURNED_ON)
    sandbox.breaks("timeout_after", CORRECTIONS, times=1)
    with pytest.raises(OutcomeUnknownError):
        office.sync(RETURN_DAY)
    till.take_in(order, "3", on="2026-11-26T12:00")
    office.sync_to_the_end(date(2026, 11, 26))

    assert corrections(office) == [[(1, "2", "vat22")]]
    assert office.entry(key_of(office, order)).total == Decimal("299.99")
    assert outcome(office, date(2026, 11, 26)) == (Outcome.CHANGED_AFTER_POSTING, Decimal("100.00"))


def test_a_closed_period_takes_no_correction(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"])
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    closed = new_kontur(sandbox, documents=["sale"], closed_through="2026-11-30")
    closed.sync(RETURN_DAY)
    closed.sync(RETURN_DAY)

    assert corrections(closed) == []
    held = closed.entry(f"{key_of(office, order)}/correction1")
    assert (held.status, held.reason) == (Status.HELD, "period_closed")
    (row,) = closed.reconcile(RETURN_DAY).orders
    assert row.outcome is Outcome.CHANGED_AFTER_POSTING
    assert "период закрыт" in row.explanation

    office.sync(RETURN_DAY)
    assert corrections(office) == [[(1, "1", "vat22")]]


def test_where_the_books_take_no_correction_a_person_gets_the_exact_lines(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"], capabilities={"corrections": False})
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)

    (row,) = office.reconcile(RETURN_DAY).orders
    assert (row.outcome, row.difference) == (Outcome.CHANGED_AFTER_POSTING, Decimal("-200.00"))
    assert "товар вернули" in row.explanation
    assert [(each.name, each.total, each.vat) for each in row.differences] == [
        ("Чайник", Decimal("-200.00"), Decimal("-36.07"))
    ]


def test_a_service_taken_back_is_a_change_of_its_act(office, till, sandbox):
    order = till.sell(service("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)

    assert corrections(office) == []
    assert outcome(office)[0] is Outcome.CHANGED_AFTER_POSTING


def test_with_changes_followed_an_unpaid_sale_is_changed_and_a_paid_one_corrected(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"], on_change="update")
    unpaid, paid = till.sell(goods("100.00", "3")), till.sell(goods("100.00", "3"))
    till.take(paid)
    office.sync()
    for order in (unpaid, paid):
        till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    office.sync(RETURN_DAY)

    totals = {row["number"]: Decimal(row["totalAmount"]) for row in office.rows("documents")}
    assert totals == {unpaid.account_number: Decimal("100.00"), paid.account_number: Decimal("300.00")}
    assert corrections(office) == [[(1, "1", "vat22")]]
    by_number = {row.number: row.outcome for row in office.reconcile(RETURN_DAY).orders}
    assert by_number == {
        unpaid.account_number: Outcome.MATCHED,
        paid.account_number: Outcome.OVERPAID,
    }
    assert office.entry(f"{key_of(office, paid)}/update1") is None


def seen_by(office, day=RETURN_DAY):
    """Return what a run of a day sees that came back, up to the moment before it writes anything."""
    end = office._midnight_after(day)
    office._extract(day, end)
    office._transform(end)
    return returned_goods(read_shop(office.staging), office.company, end, office.ledger)


def correct_by_hand(office, quantity, comment="исправлено вручную"):
    """Record in the books that so many of the first line are left, past our own client."""
    (document,) = office.rows("documents")
    items = [{"line": 1, "quantityAfter": quantity, "priceAfter": 100}]
    facts = {"date": "2026-11-20", "number": "K-7", "reason": "return", "items": items, "comment": comment}
    path = f"/documents/saleinvoices/{document['id']}/corrections"
    assert office.ask("POST", path, facts).status_code == 201


def held(office, order, serial=1):
    entry = office.entry(f"{key_of(office, order)}/correction{serial}")
    return entry.status, entry.reason


BY_HAND = Status.HELD, HoldReason.MANUAL_REQUIRED


def test_two_runs_that_saw_the_same_return_make_one_correction(office, till, sold):
    order, _ = sold
    till.take_in(order, "1", on=RETURNED_ON)
    first, second = seen_by(office), seen_by(office)

    assert office.poster().record_returns(first) == {Status.POSTED: 1}
    assert office.poster().record_returns(second) == {}

    assert corrections(office) == [[(1, "1", "vat22")]]
    assert office.entry(f"{key_of(office, order)}/correction2") is None


def test_a_run_that_saw_less_come_back_leaves_the_rest_to_the_next_try(office, till, sold):
    order, _ = sold
    till.take_in(order, "2", on=RETURNED_ON)
    early = seen_by(office)
    till.take_in(order, "1", on=RETURNED_ON)
    late = seen_by(office)

    office.poster().record_returns(late)
    office.poster().record_returns(early)

    assert corrections(office) == [[(1, "1", "vat22")]]


def test_what_another_run_forgot_is_worked_out_anew(office, till, sold):
    order, _ = sold
    till.take_in(order, "2", on=RETURNED_ON)
    early = seen_by(office)
    till.take_in(order, "1", on=RETURNED_ON)
    seen_by(office)

    with pytest.raises(TransientError, match="another run"):
        office.poster().record_returns(early)
    assert corrections(office) == []

    office.sync(RETURN_DAY)
    assert corrections(office) == [[(1, "1", "vat22")]]


def test_a_run_of_an_older_day_forgets_no_correction_of_a_later_one(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"])
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    closed = new_kontur(sandbox, documents=["sale"], closed_through="2026-11-30")
    closed.sync(RETURN_DAY)

    end = closed._midnight_after(date(2026, 10, 3))
    assert returned_goods(read_shop(closed.staging), closed.company, end, closed.ledger) == []
    assert held(closed, order) == (Status.HELD, HoldReason.PERIOD_CLOSED)

    till.take_in(order, "3", on=RETURNED_ON)
    closed.sync(RETURN_DAY)
    assert closed.entry(f"{key_of(closed, order)}/correction1") is None


def test_a_sale_that_is_gone_from_the_books_stops_nobody_else(office, till):
    gone, other = till.sell(goods("100.00", "3")), till.sell(goods("100.00", "3"))
    office.sync()
    book = office.sandbox.parts.shelf.books["kontur"]
    book.remove("documents", office.entry(key_of(office, gone)).external_id)
    for order in (gone, other):
        till.take_in(order, "1", on=RETURNED_ON)
        till.take(order, on=RETURNED_ON)
    office.sync(RETURN_DAY)

    assert corrections(office) == [[(1, "1", "vat22")]]
    assert len(office.rows("payments")) == 1
    assert held(office, gone) == BY_HAND
    assert "больше нет" in office.entry(f"{key_of(office, gone)}/correction1").detail


def test_delivery_that_was_forgiven_is_no_return(office, till):
    order = till.sell(goods("100.00", "3"), delivery="350.00")
    office.sync()
    (shipment,) = office.sandbox.parts.shop.shipments.of(order.id)
    shipment.price_delivery = Decimal(0)
    order.price -= Decimal("350.00")
    till.take_in(order, "3", on=RETURNED_ON)
    office.sync(RETURN_DAY)

    assert corrections(office) == []
    assert outcome(office) == (Outcome.CHANGED_AFTER_POSTING, Decimal("-350.00"))


def send_apart(shop, order, quantity):
    """Let so much of what the order's first shipment has leave in one more."""
    (first,) = shop.shipments.of(order.id)
    (item, *_) = shop.shipment_items.of(first.id)
    second = replace(first, id=shop.shipments.next_id, account_number=f"{order.id}/2")
    shop.shipments.add(second)
    item_id = shop.shipment_items.next_id
    moved = replace(item, id=item_id, order_delivery_id=second.id, quantity=Decimal(quantity))
    shop.shipment_items.add(moved)


def test_goods_that_left_in_another_shipment_did_not_come_back(office, till):
    order = till.sell(goods("100.00", "3"))
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    send_apart(till.shop, order, "2")
    office.sync(RETURN_DAY)

    assert corrections(office) == []
    assert sorted(Decimal(row["totalAmount"]) for row in office.rows("documents")) == [200, 300]
    assert outcome(office)[0] is Outcome.CHANGED_AFTER_POSTING


@pytest.mark.parametrize(("there", "expected"), [(1, (Status.POSTED, None)), (2, BY_HAND)])
def test_a_correction_with_our_mark_is_ours_if_it_says_the_same(office, till, sold, there, expected):
    """The ledger was lost after a first return, say."""
    order, _ = sold
    _, order_id, shipment_id = key_of(office, order).split("/")
    correct_by_hand(office, there, f"[b2:correction:{order_id}:{shipment_id}:1]")
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    office.sync(RETURN_DAY)

    assert len(corrections(office)) == 1
    assert held(office, order) == expected


def test_a_sale_that_an_accountant_corrected_first_is_left_to_him(office, till, sold):
    order, _ = sold
    correct_by_hand(office, 1)
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)

    assert len(corrections(office)) == 1
    assert held(office, order) == BY_HAND
    assert "исправлен вручную" in office.entry(f"{key_of(office, order)}/correction1").detail


def test_a_plan_after_a_worker_died_corrects_nothing_twice(office, till, sold):
    """He died after the correction was bound, and before the sale was known as what is left of it."""
    order, _ = sold
    sale = office.entry(key_of(office, order))
    content = sent_contents(office.ledger.engine, [sale])[sale.key]
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    was = {"content": content, "total": sale.total, "vat": sale.vat, "sent_hash": sale.sent_hash}
    office.ledger.brought_up(sale.key, was)

    end = office._midnight_after(RETURN_DAY)
    plan = plan_of(read_shop(office.staging), office.company, end, office.ledger, office.open_books())

    assert Fate.CORRECT not in {document.fate for document in plan.documents}


def test_with_changes_followed_goods_that_left_again_are_left_to_a_person(new_kontur, sandbox, till):
    office = new_kontur(sandbox, documents=["sale"], on_change="update")
    order = till.sell(goods("100.00", "3"))
    till.take(order)
    office.sync()
    till.take_in(order, "1", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    till.take_in(order, "3", on=RETURNED_ON)
    office.sync(RETURN_DAY)
    office.sync(RETURN_DAY)

    assert corrections(office) == [[(1, "1", "vat22")]]
    sale, update = (office.entry(key_of(office, order) + of) for of in ("", "/update1"))
    assert (sale.total, sale.changed) == (Decimal("100.00"), True)
    assert (update.status, update.reason) == (Status.HELD, HoldReason.CHANGED_AFTER_POSTING)
