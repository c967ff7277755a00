"""Which VAT rate a line bears: by the seller's mode, the shop's rate and the law of the day (DESIGN R5)."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.builders import due, line, one, order, shipment

from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.vat import rate_on

STALE = HoldReason.VAT_RATE_NOT_VALID_ON_DATE
DAYS = {
    "2018-12-31": "0.18",
    "2019-01-01": "0.20",
    "2025-12-31": "0.2",
    "2026-01-01": "0.22",
    "2026-10-03": "0.220000",
}


def rate(day, fraction, *, mode="standard", recompute=False):
    return rate_on(
        date.fromisoformat(day), mode, None if fraction is None else Decimal(fraction), recompute=recompute
    )


@pytest.mark.parametrize(("day", "fraction"), DAYS.items())
def test_the_standard_rate_of_the_day_is_taken_as_it_is(day, fraction):
    assert rate(day, fraction).percent == Decimal(fraction) * 100


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    ("fraction", "expected"),
    [(None, VatRate.NONE), ("0", VatRate.VAT0), ("0E-8", VatRate.VAT0), ("0.1", VatRate.VAT10)],
)
def test_ten_percent_nothing_and_no_vat_are_right_on_any_day(day, fraction, expected):
    assert rate(day, fraction) is expected


@pytest.mark.parametrize(
    ("day", "fraction", "words"),
    [
        ("2026-01-01", "0.2", "ставка НДС 20 %, на 01.01.2026 действует 22 %"),
        ("2026-01-01", "0.18", "ставка НДС 18 %, на 01.01.2026 действует 22 %"),
        ("2025-12-31", "0.22", "ставка НДС 22 %, на 31.12.2025 действует 20 %"),
        ("2025-12-31", "0.18", "ставка НДС 18 %, на 31.12.2025 действует 20 %"),
        ("2019-01-01", "0.18", "ставка НДС 18 %, на 01.01.2019 действует 20 %"),
        ("2018-12-31", "0.20", "ставка НДС 20 %, на 31.12.2018 действует 18 %"),
        ("2026-10-03", "0.05", "ставка НДС 5 %, на 03.10.2026 действует 22 %"),
        ("2026-10-03", "0.07", "ставка НДС 7 %, на 03.10.2026 действует 22 %"),
    ],
)
def test_a_rate_that_is_not_in_force_is_held_and_named(day, fraction, words):
    with pytest.raises(RejectedError, match=words) as refusal:
        rate(day, fraction)

    assert refusal.value.reason is STALE


@pytest.mark.parametrize("fraction", ["0.13", "0.2200001", "20", "22", "-0.2", "1"])
@pytest.mark.parametrize("recompute", [True, False])
def test_a_rate_that_never_existed_is_held_and_not_recomputed(fraction, recompute):
    with pytest.raises(RejectedError) as refusal:
        rate("2026-10-03", fraction, recompute=recompute)

    assert refusal.value.reason is STALE


@pytest.mark.parametrize(
    ("day", "fraction", "expected"),
    [
        ("2026-10-03", "0.2", VatRate.VAT22),
        ("2026-10-03", "0.18", VatRate.VAT22),
        ("2020-10-03", "0.18", VatRate.VAT20),
        ("2026-10-03", "0.1", VatRate.VAT10),
        ("2026-10-03", "0", VatRate.VAT0),
        ("2026-10-03", None, VatRate.NONE),
    ],
)
def test_recomputing_replaces_an_outdated_standard_rate_only(day, fraction, expected):
    assert rate(day, fraction, recompute=True) is expected


@pytest.mark.parametrize("fraction", ["0.05", "0.07"])
def test_the_rates_of_the_simplified_system_are_never_recomputed_for_an_ordinary_seller(fraction):
    with pytest.raises(RejectedError) as refusal:
        rate("2026-10-03", fraction, recompute=True)

    assert refusal.value.reason is STALE


@pytest.mark.parametrize("mode", ["none", "vat5", "vat7"])
@pytest.mark.parametrize("fraction", [None, "0", "0.1", "0.2", "0.22", "0.13"])
def test_a_seller_outside_the_ordinary_system_has_one_rate_for_everything(mode, fraction):
    assert rate("2026-10-03", fraction, mode=mode) == mode


# The same through whole documents.


def rates(item):
    return [row.vat_rate.value for row in item.document.lines]


def test_no_vat_is_not_zero_vat_in_a_document():
    sale = one(order(line(vat=None), line(vat="0"), line(vat="0.1"), line()), documents=["sale"])

    assert rates(sale) == ["none", "vat0", "vat10", "vat22"]


def test_a_document_all_of_whose_lines_are_without_vat_has_none():
    assert rates(one(order(line(vat=None), line(vat=None)), documents=["sale"])) == ["none", "none"]


def test_vat_goes_by_the_document_s_date_and_not_by_the_order_s():
    shipments = [shipment(shipped="2026-01-01T00:00")]
    bill, sale = due(
        order(line(vat="0.2"), placed_at="2025-12-31T23:59:59", shipments=shipments),
        documents=["bill", "sale"],
        start_date="2025-01-01",
    )

    assert (rates(bill), bill.reason) == (["vat20"], None)
    assert sale.reason is STALE


def test_the_seller_s_mode_changes_on_its_day():
    vat = [{"from": "2025-01-01", "mode": "none"}, {"from": "2026-10-01", "mode": "vat5"}]
    shipments = [shipment({0: "1"}, shipped=f"2026-{day}T12:00") for day in ("09-30", "10-01")]

    sales = due(order(line("10.00", "2", vat="0.22"), shipments=shipments), documents=["sale"], vat=vat)

    assert [rates(sale) for sale in sales] == [["none"], ["vat5"]]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "vat22"),
        ({"vat": [{"from": "2019-01-01", "mode": "vat7"}]}, "vat7"),
        ({"delivery": {"vat": "none"}}, "none"),
    ],
)
def test_delivery_has_the_seller_s_vat_unless_the_company_says_otherwise(settings, expected):
    delivered = order(line(vat="0.1"), shipments=[shipment(delivery="122.00")])

    assert rates(one(delivered, documents=["sale"], **settings))[1] == expected


def test_vat_is_recomputed_out_of_the_price_and_the_price_stays():
    stale = order(line("122.00", vat="0.2"), line("10.00", vat="0.1"))

    sale = one(stale, documents=["sale"], on_stale_vat="recompute")

    assert (sale.reason, rates(sale)) == (None, ["vat22", "vat10"])
    assert (sale.document.total, sale.document.vat) == (Decimal("132.00"), Decimal("22.91"))
