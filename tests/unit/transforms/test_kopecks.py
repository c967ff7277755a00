"""Not a kopeck is lost or made up between an order and its documents (DESIGN R6)."""

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.builders import due, line, one, order, shipment, shop, shown

from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.transforms.building import document_lines
from bookkeeping.transforms.kopecks import TEN_THOUSANDTHS
from bookkeeping.transforms.lines import sold_lines, split

KOPECK = Decimal("0.01")


def to_kopecks(amount):
    """Reckon in a way of our own."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def pieces(quantity, total, rate=VatRate.VAT22, name="Болт", unit="шт"):
    """Split one row, and read it as a document does."""
    row = {
        "name": name,
        "unit": unit,
        "pieces": int(Decimal(quantity) * TEN_THOUSANDTHS),
        "total": int(Decimal(total) * 100),
        "rate": rate.value,
        "percent": int(rate.percent),
        "is_service": False,
    }
    return list(document_lines(split(pd.DataFrame([row]))))


def priced(quantity, total):
    return [f"{row.quantity} × {row.price}" for row in pieces(quantity, total)]


# VAT.


@pytest.mark.parametrize(
    ("rate", "total", "vat"),
    [
        (VatRate.VAT20, "3590.00", "598.33"),
        (VatRate.VAT20, "0.03", "0.01"),
        (VatRate.VAT20, "0.02", "0.00"),
        (VatRate.VAT22, "300.00", "54.10"),
        (VatRate.VAT10, "0.11", "0.01"),
        (VatRate.VAT5, "105.00", "5.00"),
        (VatRate.VAT7, "107.00", "7.00"),
        (VatRate.VAT18, "118.00", "18.00"),
        (VatRate.VAT0, "100.00", "0.00"),
        (VatRate.NONE, "100.00", "0.00"),
    ],
)
def test_vat_is_the_rate_s_share_of_the_price_and_half_a_kopeck_counts_up(rate, total, vat):
    assert [row.vat for row in pieces("1", total, rate)] == [Decimal(vat)]


@pytest.mark.parametrize(
    ("price", "quantity", "vat", "total"),
    [
        ("100.00", "3", "0.22", "366.00"),
        ("0.10", "1", "0.22", "0.12"),
        ("17.925", "10", "0.1", "197.18"),
        ("33.3333", "3", "0.2", "120.00"),
        ("100.00", "1", None, "100.00"),
    ],
)
def test_vat_on_top_is_added_and_rounded_by_itself(price, quantity, vat, total):
    frames = shop(order(line(price, quantity, vat, vat_inside=False)))

    assert sold_lines(frames.lines)["total"].tolist() == [Decimal(total) * 100]


def test_vat_on_top_in_the_shop_is_inside_in_the_books():
    sale = one(order(line("100.00", "3", vat_inside=False)), documents=["sale"])

    assert (sale.reason, shown(sale)) == (None, ["Чайник: 3 × 122.00"])
    assert sale.document.vat == Decimal("66.00")


# Prices that are not whole kopecks.


@pytest.mark.parametrize(
    ("quantity", "total", "lines"),
    [
        ("1", "0.00", ["1 × 0.00"]),
        ("3", "100.00", ["2 × 33.33", "1 × 33.34"]),
        ("100", "1E+2", ["100 × 1.00"]),
        ("10", "0.05", ["5 × 0.00", "5 × 0.01"]),
        ("7", "0.05", ["2 × 0.00", "5 × 0.01"]),
        ("0.350", "100.00", ["0.35 × 285.71"]),
    ],
)
def test_a_sum_is_split_into_at_most_two_prices(quantity, total, lines):
    assert priced(quantity, total) == lines


def test_a_fraction_that_has_no_price_becomes_one_piece_with_the_amount_in_its_name():
    (only,) = pieces("7.5", "100.01", name="Кабель ВВГ 3х1.5", unit="м")

    assert (only.name, only.unit) == ("Кабель ВВГ 3х1.5 (7,5 м)", "шт")
    assert (only.quantity, only.price, only.total) == (Decimal(1), Decimal("100.01"), Decimal("100.01"))


def test_quantities_are_written_without_needless_zeros():
    assert [str(row.quantity) for row in pieces("20.000", "40.00")] == ["20"]


amounts = st.decimals("0.00", "99999.99", places=2)


@given(st.integers(1, 2000), amounts, st.sampled_from(VatRate))
@settings(max_examples=40)
def test_a_split_is_always_the_sum_itself(quantity, total, rate):
    rows = pieces(str(quantity), str(total), rate)

    assert sum(row.total for row in rows) == total
    assert sum(row.quantity for row in rows) == quantity
    assert len(rows) <= 2
    for row in rows:
        assert row.quantity > 0
        assert row.price >= 0
        assert row.total == to_kopecks(row.price * row.quantity)
        assert row.vat == to_kopecks(row.total * rate.percent / (100 + rate.percent))


@given(st.decimals("0.001", "999.999", places=3), amounts)
@settings(max_examples=40)
def test_a_fraction_is_always_the_sum_itself(quantity, total):
    rows = pieces(str(quantity), str(total))

    assert sum(row.total for row in rows) == total
    assert all(row.total == to_kopecks(row.price * row.quantity) and row.price >= 0 for row in rows)


# Shipments.


def totals(documents):
    return [str(item.document.total) for item in documents]


def test_the_last_shipment_takes_the_kopecks_that_rounding_left():
    shipments = [shipment({0: "1"}, shipment_id=id_) for id_ in ("10", "9", "11")]

    sales = due(order(line("33.335", "3"), shipments=shipments), documents=["sale"])

    assert {item.document.key.shipment_id: str(item.document.total) for item in sales} == {
        "9": "33.34",
        "10": "33.34",
        "11": "33.33",
    }


def test_while_a_part_is_not_in_any_shipment_there_is_no_remainder():
    shipments = [shipment({0: "1"}), shipment({0: "1"})]

    assert totals(due(order(line("33.335", "3"), shipments=shipments), documents=["sale"])) == [
        "33.34",
        "33.34",
    ]


def test_a_shipment_that_went_earlier_keeps_its_sum_whatever_is_packed_later():
    first, second = shipment({0: "1"}), shipment({0: "2"}, shipped="2026-10-09T12:00")
    alone = due(order(line("33.335", "3"), shipments=[first]), documents=["sale"])
    later = due(order(line("33.335", "3"), shipments=[first, second]), documents=["sale"])

    assert totals(later) == ["33.34", "66.67"]
    assert later[0] == alone[0]


def test_rounding_that_leaves_less_than_nothing_for_the_last_shipment_is_held():
    shipments = [shipment({0: "1"}) for _ in range(6)]

    *others, last = due(order(line("0.015", "6"), shipments=shipments), documents=["sale"])

    assert [item.reason for item in others] == [None] * 5
    assert last.reason is HoldReason.NEGATIVE_AMOUNT
