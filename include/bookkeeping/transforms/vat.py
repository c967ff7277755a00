"""Which VAT rate a line bears: by the seller's mode, the shop's rate and the law of the day (DESIGN R5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.errors import RejectedError


@dataclass(frozen=True)
class Law:
    """A rate, the days on which it is in force, both included, and where that is written."""

    rate: VatRate
    first: date
    last: date
    source: str

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.first <= day <= self.last


CHAPTER_21 = date(2001, 1, 1)
"""From this day on VAT is what chapter 21 of the Tax Code says (118-ФЗ of 05.08.2000)."""

STANDARD_RATES = (
    Law(VatRate.VAT18, date(2004, 1, 1), date(2018, 12, 31), "НК РФ ст. 164 п. 3; 117-ФЗ of 07.07.2003"),
    Law(VatRate.VAT20, date(2019, 1, 1), date(2025, 12, 31), "НК РФ ст. 164 п. 3; 303-ФЗ of 03.08.2018"),
    Law(VatRate.VAT22, date(2026, 1, 1), date.max, "НК РФ ст. 164 п. 3; 425-ФЗ of 28.11.2025"),
)
OTHER_RATES = (
    Law(VatRate.VAT10, CHAPTER_21, date.max, "НК РФ ст. 164 п. 2"),
    Law(VatRate.VAT0, CHAPTER_21, date.max, "НК РФ ст. 164 п. 1"),
    Law(VatRate.NONE, CHAPTER_21, date.max, "НК РФ ст. 145, 149 and 346.11"),
)
SIMPLIFIED_RATES = (
    Law(VatRate.VAT5, date(2025, 1, 1), date.max, "НК РФ ст. 164 п. 8; 176-ФЗ of 12.07.2024"),
    Law(VatRate.VAT7, date(2025, 1, 1), date.max, "НК РФ ст. 164 п. 8; 176-ФЗ of 12.07.2024"),
)
"""Rates of a seller on the simplified system, who has one of them for everything."""

ORDINARY = STANDARD_RATES + OTHER_RATES
"""What may stand in the lines of an ordinary seller."""

STALE = frozenset(law.rate for law in STANDARD_RATES)
"""Rates that were or are the standard one: what `on_stale_vat: recompute` may replace."""


def standard_rate_on(day: date) -> VatRate:
    """Return the standard rate on a day.

    >>> standard_rate_on(date(2025, 12, 31)), standard_rate_on(date(2026, 1, 1))
    (<VatRate.VAT20: 'vat20'>, <VatRate.VAT22: 'vat22'>)
    """
    return next(law.rate for law in reversed(STANDARD_RATES) if law.first <= day)


def shop_rate(fraction: Decimal | None) -> VatRate:
    """Turn the shop's fraction into a rate; nothing means no VAT, which is not 0 %.

    :raises RejectedError: no such rate exists.
    """
    if fraction is None:
        return VatRate.NONE
    try:
        return VatRate(f"vat{(fraction * 100).normalize():f}")
    except ValueError:
        raise RejectedError(
            f"ставки НДС {(fraction * 100).normalize():f} % не существует",
            reason=HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
        ) from None


def rate_on(day: date, mode: str, fraction: Decimal | None, *, recompute: bool) -> VatRate:
    """Return the rate of a line in a document of this day.

    :param mode: the seller's: ``standard`` takes the line's rate and checks it, any other overrides it.
    :param recompute: replace an outdated standard rate by the one of the day.
    :raises RejectedError: the rate is not in force on that day.
    """
    if mode != "standard":
        return in_force(VatRate(mode), day, SIMPLIFIED_RATES + OTHER_RATES)
    rate = shop_rate(fraction)
    return standard_rate_on(day) if recompute and rate in STALE else in_force(rate, day, ORDINARY)


def delivery_rate_on(day: date, mode: str, own: VatRate | None, *, recompute: bool) -> VatRate:
    """Return the rate of paid delivery: its own if the company has one for it, else the seller's.

    :raises RejectedError: the rate is not in force on that day.
    """
    if own is None:
        return standard_rate_on(day) if mode == "standard" else rate_on(day, mode, None, recompute=recompute)
    if recompute and own in STALE:
        return standard_rate_on(day)
    return in_force(own, day, ORDINARY + SIMPLIFIED_RATES)


def in_force(rate: VatRate, day: date, allowed: Sequence[Law]) -> VatRate:
    """Return a rate that the law knows on a day.

    :raises RejectedError: it is not in force on that day, or not for this seller.
    """
    if any(law.rate is rate and law.covers(day) for law in allowed):
        return rate
    raise RejectedError(
        f"ставка НДС {rate.percent} %, на {day:%d.%m.%Y} действует {standard_rate_on(day).percent} %",
        reason=HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
    )
