"""The money rules of the shop's core: what a line, its VAT and an order come to."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sandbox.shop.model import BasketItem, Shipment

KOPECK = Decimal("0.01")

# The standard rate of VAT by the year from which it is in force, the newest first.
STANDARD_RATES = {2026: Decimal("0.22"), 2019: Decimal("0.2"), 2004: Decimal("0.18"), 1993: Decimal("0.2")}


def rounded(amount: Decimal) -> Decimal:
    """Round to kopecks, a half away from zero."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


def standard_rates(on: date) -> list[Decimal]:
    """The standard rates of VAT up to a day: first the one in force, then those that are stale."""
    return [rate for year, rate in STANDARD_RATES.items() if year <= on.year]


def line_vat(item: BasketItem) -> Decimal:
    """The VAT of a position, inside its price or on top of it."""
    rate = item.vat_rate or Decimal(0)
    share = rate / (1 + rate) if item.vat_included else rate
    return rounded(item.price * share * item.quantity)


def line_total(item: BasketItem) -> Decimal:
    """What the buyer pays for a position, VAT included."""
    total = rounded(item.price * item.quantity)
    return total if item.vat_included else total + line_vat(item)


def order_total(items: Iterable[BasketItem], shipments: Iterable[Shipment]) -> Decimal:
    """What an order comes to: its lines, and the delivery of all its shipments."""
    lines = sum((line_total(item) for item in items if item.is_line), Decimal(0))
    return lines + sum((shipment.price_delivery for shipment in shipments), Decimal(0))
