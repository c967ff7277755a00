"""Kopecks and VAT: the same arithmetic in all of the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

KOPECK = Decimal("0.01")
HUNDRED = Decimal(100)

# The days on which a rate is a rate; those that are not here always are.
RATE_DAYS = {
    5: (date(2025, 1, 1), date.max),
    7: (date(2025, 1, 1), date.max),
    18: (date.min, date(2018, 12, 31)),
    20: (date(2019, 1, 1), date(2025, 12, 31)),
    22: (date(2026, 1, 1), date.max),
}


@dataclass(frozen=True)
class LineSums:
    """A line's sum with its VAT, and that VAT."""

    amount: Decimal
    vat: Decimal


def to_kopecks(value: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return value.quantize(KOPECK, ROUND_HALF_UP)


def vat_inside(amount: Decimal, percent: int) -> Decimal:
    """The VAT that *amount* contains."""
    return to_kopecks(amount * percent / (HUNDRED + percent))


def line_sums(price: Decimal, quantity: Decimal, percent: int, *, vat_included: bool = True) -> LineSums:
    """Sum a line: rounded first, its VAT taken from the rounded sum or put on top of it."""
    line = to_kopecks(price * quantity)
    if vat_included:
        return LineSums(line, vat_inside(line, percent))
    vat = to_kopecks(line * percent / HUNDRED)
    return LineSums(line + vat, vat)


def is_rate_of(day: date, percent: int) -> bool:
    """Whether the law knows this rate on *day*."""
    first, last = RATE_DAYS.get(percent, (date.min, date.max))
    return first <= day <= last
