"""What keeps a document from being sent, and that it never keeps the others (DESIGN R6, R8, R9)."""

from decimal import Decimal

import pytest
from tests.unit.builders import due, line, one, order, service, shipment

from bookkeeping.domain import HoldReason

BAD_INN = {"inn": "7707083894"}


def reasons(documents):
    return [item.reason for item in documents]


def reason_of(sold, **settings):
    return one(sold, documents=["sale"], **settings).reason


def test_a_good_order_is_not_held():
    assert set(reasons(due(order(line(), service(), shipments=[shipment(delivery="1.00")])))) == {None}


@pytest.mark.parametrize(
    ("currency", "reason"), [("RUB", None), ("RUR", None), ("USD", HoldReason.UNSUPPORTED_CURRENCY)]
)
def test_only_roubles_are_sent(currency, reason):
    assert reason_of(order(line(), currency=currency)) is reason


@pytest.mark.parametrize("price", ["99.99", "100.01", "0.00", "100.005"])
def test_an_order_whose_lines_are_not_its_price_is_held_with_both_sums(price):
    sale = one(order(line("100.00"), price=price), documents=["sale"])

    assert sale.reason is HoldReason.TOTAL_MISMATCH
    assert "100.00" in sale.detail


def test_delivery_counts_into_the_price():
    delivered = [shipment(delivery="50.00"), shipment({}, delivery="25.00", shipped=None)]

    assert reason_of(order(line("100.00"), price="175.00", shipments=delivered)) is None
    assert reason_of(order(line("100.00"), price="150.00", shipments=delivered)) is HoldReason.TOTAL_MISMATCH


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(order(line("100.00"), line("-10.00")), id="a discount as a line"),
        pytest.param(order(line("100.00"), line("10.00", "0")), id="a quantity of nothing"),
        pytest.param(order(line("100.00"), line("10.00", "-1")), id="a negative quantity"),
        pytest.param(order(line("100.00"), line("-10.00", "-1")), id="both negative"),
        pytest.param(
            order(line("100.00"), shipments=[shipment(delivery="-10.00")]), id="a discount as delivery"
        ),
        pytest.param(order(line("100.00"), price="-100.00"), id="a negative price"),
    ],
)
def test_an_order_with_anything_below_zero_is_held_and_stops_nobody(odd):
    good = order(line(), order_id="1002")

    documents = due(odd, good, documents=["bill", "sale"])

    by_order = {item.document.key.order_id: item.reason for item in documents}
    assert by_order == {"1001": HoldReason.NEGATIVE_AMOUNT, "1002": None}


def test_more_in_shipments_than_was_ordered_is_held():
    twice = order(line("10.00", "2"), shipments=[shipment({0: "2"}), shipment({0: "1"})])

    assert set(reasons(due(twice))) == {HoldReason.TOTAL_MISMATCH}


@pytest.mark.parametrize(
    ("troubles", "settings", "first"),
    [
        ({"currency": "USD", "price": "1.00"} | BAD_INN, {}, HoldReason.UNSUPPORTED_CURRENCY),
        ({"price": "1.00"} | BAD_INN, {}, HoldReason.TOTAL_MISMATCH),
        (BAD_INN, {"closed_through": "2026-12-31"}, HoldReason.INN_INVALID),
        ({}, {"closed_through": "2026-12-31"}, HoldReason.VAT_RATE_NOT_VALID_ON_DATE),
    ],
)
def test_a_document_with_several_troubles_is_held_for_the_first(troubles, settings, first):
    assert reason_of(order(line(vat="0.2"), **troubles), **settings) is first


def test_a_stale_rate_holds_its_own_document_and_not_the_order_s_others():
    shipments = [shipment({0: "1"}), shipment({1: "1", 2: "1"})]
    sold = order(line(vat="0.2"), line(), service(), shipments=shipments)

    held = {str(item.document.key) for item in due(sold) if item.reason}

    assert held == {"romashka/bill/1001", "romashka/sale/1001/100107"}


def test_a_held_document_keeps_its_sum():
    sale = one(order(line("100.00", "3", vat="0.2"), line("0.50")), documents=["sale"])

    assert (sale.document.total, sale.document.vat) == (Decimal("300.50"), Decimal("0.00"))


def test_the_buyer_s_trouble_holds_all_documents_of_the_order_and_no_other_order():
    documents = due(order(line(), service(), **BAD_INN), order(line(), order_id="1002"))

    assert {(item.document.key.order_id, item.reason) for item in documents} == {
        ("1001", HoldReason.INN_INVALID),
        ("1002", None),
    }


def test_a_nameless_company_is_held_until_the_books_know_it():
    nameless = order(line(), company="")

    assert reason_of(nameless) is HoldReason.COUNTERPARTY_NAME_MISSING
    assert reason_of(nameless, known=["inn:7707083893:773601001"]) is None


@pytest.mark.parametrize(
    ("closed_through", "held"), [("2026-10-02", []), ("2026-10-03", ["2026-10-03"]), (None, [])]
)
def test_what_is_dated_in_the_closed_period_is_held(closed_through, held):
    shipments = [shipment({0: "1"}, shipped=f"2026-10-{day}T00:00") for day in ("03", "04")]

    sales = due(
        order(line("1.00", "2"), shipments=shipments), documents=["sale"], closed_through=closed_through
    )

    assert [item.document.issued_on.isoformat() for item in sales if item.reason] == held
    assert set(reasons(sales)) <= {None, HoldReason.PERIOD_CLOSED}


def test_an_accountant_is_told_which_day_is_closed():
    sale = one(order(line()), documents=["sale"], closed_through="2026-10-31")

    assert sale.detail == "документ от 03.10.2026, период закрыт по 31.10.2026"
