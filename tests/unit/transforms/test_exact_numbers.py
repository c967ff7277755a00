"""The numbers that were agreed with accountants, each as it stands in the agreement (DESIGN R3 to R7)."""

from decimal import Decimal

import pytest
from tests.unit.builders import due, line, one, order, shipment, shown

from bookkeeping.domain import HoldReason, VatRate

STALE = HoldReason.VAT_RATE_NOT_VALID_ON_DATE
FROM_2025 = {"start_date": "2025-01-01"}


def sale_of(*lines):
    """Return the sale of an order that was shipped whole on 3 October 2026."""
    return one(order(*lines), documents=["sale"])


# Kopecks.


def test_three_lines_of_100_00_at_22_percent_have_54_09_of_vat():
    document = sale_of(*[line("100.00", vat="0.22")] * 3).document

    assert (document.total, document.vat) == (Decimal("300.00"), Decimal("54.09"))


def test_one_line_of_300_00_at_22_percent_has_54_10_of_vat():
    document = sale_of(line("100.00", "3", vat="0.22")).document

    assert (document.total, document.vat) == (Decimal("300.00"), Decimal("54.10"))


@pytest.mark.parametrize(("gross", "vat"), [("3590.00", "598.33"), ("0.03", "0.01")])
def test_at_20_percent(gross, vat):
    of_2025 = order(line(gross, vat="0.2"), shipments=[shipment(shipped="2025-10-03T12:00")])

    sale = one(of_2025, documents=["sale"], **FROM_2025)

    assert (sale.reason, sale.document.total, sale.document.vat) == (None, Decimal(gross), Decimal(vat))


def test_ten_pieces_of_23_90_less_25_percent_are_179_25_and_no_kopeck_lies_about():
    discounted = Decimal("23.90") * Decimal("0.75")

    sale = sale_of(line(str(discounted), "10", name="Болт"))

    document = sale.document
    assert document.total == Decimal("179.25")
    assert shown(sale) == ["Болт: 9 × 17.93", "Болт: 1 × 17.88"]
    assert [str(row.total) for row in document.lines] == ["161.37", "17.88"]
    assert "0.05" not in {str(number) for row in document.lines for number in (row.price, row.total, row.vat)}


# Days and rates.


def test_what_left_on_31_december_2025_at_22_30_utc_is_dated_1_january_2026_in_moscow_and_bears_22_percent():
    sold = order(line("122.00", vat="0.22"), shipments=[shipment(shipped="2025-12-31T22:30+00:00")])

    sale = one(sold, documents=["sale"], timezone="Europe/Moscow", **FROM_2025)

    assert (sale.reason, sale.document.issued_on.isoformat()) == (None, "2026-01-01")
    assert [(row.vat_rate, row.vat) for row in sale.document.lines] == [(VatRate.VAT22, Decimal("22.00"))]


@pytest.fixture
def over_new_year():
    """Return an order that was placed and paid at 20 % in December, and left in January."""
    left = shipment(shipped="2026-01-05T12:00")
    return order(line("122.00", vat="0.2"), placed_at="2025-12-30T12:00", shipments=[left])


def test_an_order_at_20_percent_that_left_in_january_2026_is_held(over_new_year):
    bill, sale = due(over_new_year, documents=["bill", "sale"], **FROM_2025)

    assert (bill.reason, bill.document.vat) == (None, Decimal("20.33"))
    assert (sale.reason, sale.document.issued_on.isoformat()) == (STALE, "2026-01-05")
    assert sale.detail == "ставка НДС 20 %, на 05.01.2026 действует 22 %"


def test_with_recompute_it_bears_22_percent_of_the_same_price(over_new_year):
    sale = one(over_new_year, documents=["sale"], on_stale_vat="recompute", **FROM_2025)

    assert (sale.reason, shown(sale)) == (None, ["Чайник: 1 × 122.00"])
    assert [(row.vat_rate, row.vat) for row in sale.document.lines] == [(VatRate.VAT22, Decimal("22.00"))]


@pytest.mark.parametrize("day", ["2026-01-01", "2026-10-03", "2026-12-31"])
def test_a_line_at_20_percent_in_a_document_of_2026_is_held(day):
    sold = order(line(vat="0.2"), shipments=[shipment(shipped=f"{day}T12:00")])

    assert one(sold, documents=["sale"]).reason is STALE


# Who buys.


@pytest.mark.parametrize(
    ("inn", "held"),
    [
        ("081206022988", None),
        ("7707083894", HoldReason.INN_INVALID),
        ("000000000000", HoldReason.INN_INVALID),
    ],
)
def test_an_inn_is_checked_by_its_last_digits_and_is_never_nothing_but_zeros(inn, held):
    sale = one(order(line(), inn=inn, kpp=""), documents=["sale"])

    assert (sale.reason, sale.document.counterparty.inn) == (held, "" if held else inn)
