"""Which VAT rate a line bears: by the seller's mode, the shop's rate and the law of the day (DESIGN R5)."""

from datetime import date
from decimal import Decimal

from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.errors import RejectedError

STANDARD_RATES = (
    (date(2004, 1, 1), VatRate.VAT18),  # 117-ФЗ, НК РФ ст. 164 п. 3 in the wording of 2003
    (date(2019, 1, 1), VatRate.VAT20),  # 303-ФЗ of 03.08.2018
    (date(2026, 1, 1), VatRate.VAT22),  # 425-ФЗ of 28.11.2025
)

ALWAYS = frozenset({VatRate.NONE, VatRate.VAT0, VatRate.VAT10})

STALE = frozenset(rate for _, rate in STANDARD_RATES)
"""Rates that were or are the standard one: what `on_stale_vat: recompute` may replace."""


def standard_rate_on(day: date) -> VatRate:
    """Return the standard rate on a day.

    >>> standard_rate_on(date(2025, 12, 31)), standard_rate_on(date(2026, 1, 1))
    (<VatRate.VAT20: 'vat20'>, <VatRate.VAT22: 'vat22'>)
    """
    return [rate for begins_on, rate in STANDARD_RATES if begins_on <= day][-1]


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
    :raises RejectedError: the line's rate is not in force on that day.
    """
    if mode != "standard":
        return VatRate(mode)
    return in_force(shop_rate(fraction), day, recompute=recompute)


def in_force(rate: VatRate, day: date, *, recompute: bool) -> VatRate:
    """Return a rate that the law knows on a day, or the standard one for one that it knew before.

    :raises RejectedError: it is not in force on that day.
    """
    standard = standard_rate_on(day)
    if rate in ALWAYS or rate is standard:
        return rate
    if recompute and rate in STALE:
        return standard
    raise RejectedError(
        f"ставка НДС {rate.percent} %, на {day:%d.%m.%Y} действует {standard.percent} %",
        reason=HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
    )
