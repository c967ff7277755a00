"""Goods that came back and money that went back are two facts, each in the books once (DESIGN R11)."""

from datetime import date
from decimal import Decimal

import pytest
from tests.acceptance.till import goods, service

from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.outcomes import Outcome

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
