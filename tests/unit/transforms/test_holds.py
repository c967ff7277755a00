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


def test_only_roubles_are_sent():
    orders = [
        order(line(), order_id=f"100{n}", currency=code) for n, code in enumerate(["RUB", "RUR", "USD"])
    ]

    assert reasons(due(*orders, documents=["sale"])) == [None, None, HoldReason.UNSUPPORTED_CURRENCY]


def test_an_order_whose_lines_are_not_its_price_is_held_with_both_sums():
    prices = ["99.99", "100.01", "0.00", "100.005"]
    orders = [order(line("100.00"), order_id=f"100{n}", price=price) for n, price in enumerate(prices)]

    sales = due(*orders, documents=["sale"])

    assert reasons(sales) == [HoldReason.TOTAL_MISMATCH] * 4
    assert sales[0].detail == "сумма заказа 99.99, строки с доставкой дают 100.00"


def test_an_order_with_a_price_and_lines_of_nothing_is_held_and_not_passed_over():
    sale = one(order(line("0.00"), price="100.00"), documents=["sale"])

    assert (sale.reason, sale.document.total) == (HoldReason.TOTAL_MISMATCH, 0)


def test_delivery_counts_into_the_price():
    delivered = [shipment(delivery="50.00"), shipment({}, delivery="25.00", shipped=None)]
    orders = [
        order(line("100.00"), order_id=f"100{n}", price=price, shipments=delivered)
        for n, price in enumerate(["175.00", "150.00"])
    ]

    assert reasons(due(*orders, documents=["sale"])) == [None, HoldReason.TOTAL_MISMATCH]


@pytest.mark.parametrize(
    "odd",
    [
        order(line("100.00", "0.33333"), price="33.33"),
        order(line("100.00", "0.00000001"), price="0.01"),
        order(line("100.00"), shipments=[shipment({0: "0.33333"})]),
        order(line("100.00"), shipments=[shipment({0: "1000000000000000"})]),
        order(line("100.00", "100000000000"), price="1.00"),
        order(line("100000000000000000.00"), price="1.00"),
        order(line("99999.00", "9999999"), price="1.00"),
        order(line("100.00", vat="123.5"), price="1.00"),
        order(line("100.00"), shipments=[shipment(delivery="1000000000000000")], price="1.00"),
        order(line("100.00"), price="10000000000.00"),
    ],
)
def test_a_number_that_nobody_can_mean_is_held_and_stops_nobody(odd):
    sound = order(line("100.00"), order_id="2002")

    held, sent = due(odd, sound, documents=["bill"])

    assert (held.reason, sent.reason) == (HoldReason.IMPLAUSIBLE_AMOUNT, None)
    assert str(odd["orders"][0]["price"]) in held.detail


def test_an_order_with_anything_below_zero_is_held_and_stops_nobody():
    odd = {
        "a discount as a line": order(line("100.00"), line("-10.00"), order_id="1001"),
        "a quantity of nothing": order(line("100.00"), line("10.00", "0"), order_id="1002"),
        "a negative quantity": order(line("100.00"), line("10.00", "-1"), order_id="1003"),
        "both negative": order(line("100.00"), line("-10.00", "-1"), order_id="1004"),
        "a discount as delivery": order(
            line("100.00"), order_id="1005", shipments=[shipment(delivery="-10.00")]
        ),
        "a negative price": order(line("100.00"), order_id="1006", price="-100.00"),
    }

    documents = due(*odd.values(), order(line(), order_id="1007"), documents=["bill", "sale"])

    by_order = {item.document.key.order_id: item.reason for item in documents}
    held = {f"100{n}": HoldReason.NEGATIVE_AMOUNT for n in range(1, 7)}
    assert by_order == held | {"1007": None}


def test_more_in_shipments_than_was_ordered_is_held():
    twice = order(line("10.00", "2"), shipments=[shipment({0: "2"}), shipment({0: "1"})])

    assert set(reasons(due(twice))) == {HoldReason.TOTAL_MISMATCH}


def test_a_document_with_several_troubles_is_held_for_the_first():
    orders = [
        order(line(vat="0.2"), order_id="1001", currency="USD", price="1.00", **BAD_INN),
        order(line("-1.00", vat="0.2"), order_id="1002", price="1.00", **BAD_INN),
        order(line(vat="0.2"), order_id="1003", price="1.00", **BAD_INN),
        order(line(vat="0.2"), order_id="1004", **BAD_INN),
        order(line(vat="0.2"), order_id="1005"),
        order(line(), order_id="1006"),
    ]

    assert reasons(due(*orders, documents=["sale"], closed_through="2026-12-31")) == [
        HoldReason.UNSUPPORTED_CURRENCY,
        HoldReason.NEGATIVE_AMOUNT,
        HoldReason.TOTAL_MISMATCH,
        HoldReason.INN_INVALID,
        HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
        HoldReason.PERIOD_CLOSED,
    ]


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


@pytest.mark.parametrize(("closed_through", "held"), [("2026-10-02", []), ("2026-10-03", ["2026-10-03"])])
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
