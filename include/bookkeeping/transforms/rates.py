"""The VAT rate of every line of a day's documents: each day and rate is judged once (DESIGN R5)."""

import logging
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from bookkeeping.companies import Company
from bookkeeping.domain import VatRate
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.lines import FRACTIONS, NO_VAT
from bookkeeping.transforms.problems import Hold
from bookkeeping.transforms.vat import delivery_rate_on, rate_on

log = logging.getLogger(__name__)

SHOWN = 5
"""Orders that a warning names."""

CASE = ["issued_on", "fraction", "is_delivery"]
"""What a line's rate depends on, the seller apart."""

GOOD = -1
"""The place of no hold."""


def rated(rows: pd.DataFrame, company: Company) -> tuple[pd.DataFrame, list[Hold]]:
    """Add ``rate``, its ``percent`` and ``hold``: the place of what forbids the rate, or GOOD.

    A line whose rate is forbidden bears none.

    :return: the rows, in their order, and the holds.
    """
    rows = rows.assign(is_delivery=rows["line_id"] == "").reset_index(drop=True)
    cases = rows[CASE].drop_duplicates().to_dict("records")
    holds: list[Hold] = []
    rates = [_judged(case, company, holds) for case in cases]
    case_of_row = rows.groupby(CASE, sort=False).ngroup().to_numpy()
    judged = rows.assign(
        rate=pd.Series([rate.value for rate, _ in rates], dtype="str").take(case_of_row).array,
        percent=np.array([int(rate.percent) for rate, _ in rates], "int64")[case_of_row],
        hold=np.array([hold for _, hold in rates], "int64")[case_of_row],
    )
    return judged, holds


def _judged(case: Mapping[str, Any], company: Company, holds: list[Hold]) -> tuple[VatRate, int]:
    day = case["issued_on"].date()
    try:
        return _rate(day, case["fraction"], company, is_delivery=case["is_delivery"]), GOOD
    except RejectedError as error:
        holds.append((error.reason, str(error)))
        return VatRate.NONE, len(holds) - 1


def _rate(day: date, fraction: int, company: Company, *, is_delivery: bool) -> VatRate:
    mode, recompute = company.vat_mode_on(day), company.on_stale_vat == "recompute"
    if is_delivery:
        return delivery_rate_on(day, mode, company.delivery.vat, recompute=recompute)
    return rate_on(day, mode, to_fraction(fraction), recompute=recompute)


def to_fraction(whole: int) -> Decimal | None:
    """Return the shop's VAT rate as it sent it; None for no VAT."""
    return None if whole == NO_VAT else Decimal(whole) / FRACTIONS


def warn_of_overrides(rows: pd.DataFrame, company: Company, numbers: Mapping[str, str]) -> None:
    """Say which orders the shop sells with a VAT that its seller does not have.

    :param rows: as :func:`rated` returns them; ``numbers`` are the orders' own, by id.
    """
    modes = {day: company.vat_mode_on(day.date()) for day in rows["issued_on"].unique()}
    ordinary = [day for day, mode in modes.items() if mode == "standard"]
    is_other = rows["fraction"] != rows["percent"] * (FRACTIONS // 100)
    is_other &= ~rows["is_delivery"] & (rows["fraction"] != NO_VAT) & ~rows["issued_on"].isin(ordinary)
    if found := sorted({numbers[order_id] for order_id in rows["order_id"][is_other].unique()}):
        shown = ", ".join(found[:SHOWN]) + (" …" if len(found) > SHOWN else "")
        log.warning(
            "The seller's VAT mode overrides the shop's rate in %s orders: № %s. Documents bear the "
            "seller's rate; set the shop's products right.",
            len(found),
            shown,
        )
