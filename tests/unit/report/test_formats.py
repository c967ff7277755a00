"""Roubles are written the Russian way, and never lose or gain a kopeck."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.report.formats import (
    NO_BREAK_SPACE,
    counted,
    is_month,
    long_day,
    period_name,
    roubles,
    short_day,
)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_written_roubles_can_be_read_back(amount):
    written = roubles(amount)

    assert written.endswith(f"{NO_BREAK_SPACE}₽")
    assert Decimal(written[:-2].replace(NO_BREAK_SPACE, "").replace(",", ".").replace("−", "-")) == amount


@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_roubles_stand_in_groups_of_three(amount):
    first, *others = (
        roubles(amount).removesuffix(f"{NO_BREAK_SPACE}₽").partition(",")[0].split(NO_BREAK_SPACE)
    )

    assert 1 <= len(first) <= 3
    assert all(len(group) == 3 for group in others)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("1234.5"), "1 234,50 ₽"),
        (Decimal("-0.5"), "−0,50 ₽"),
        (Decimal("-0.001"), "0,00 ₽"),
        (Decimal(0), "0,00 ₽"),
        (Decimal(1000000), "1 000 000,00 ₽"),
        (None, "—"),
    ],
)
def test_roubles_look_like_this(amount, written):
    assert roubles(amount).replace(NO_BREAK_SPACE, " ") == written


def test_days_look_like_this():
    assert long_day(date(2026, 10, 3)) == "суббота, 3 октября 2026"
    assert short_day(date(2026, 10, 3)) == "03.10.2026"
    assert short_day(None) == "—"


@pytest.mark.parametrize(
    ("first", "last", "is_whole", "name"),
    [
        (date(2026, 10, 3), date(2026, 10, 3), False, "суббота, 3 октября 2026"),
        (date(2026, 10, 1), date(2026, 10, 31), True, "октябрь 2026"),
        (date(2028, 2, 1), date(2028, 2, 29), True, "февраль 2028"),
        (date(2028, 2, 1), date(2028, 2, 28), False, "01.02.2028 — 28.02.2028"),
        (date(2026, 12, 1), date(2026, 12, 31), True, "декабрь 2026"),
        (date(2026, 10, 1), date(2026, 12, 31), False, "01.10.2026 — 31.12.2026"),
        (date(2025, 10, 1), date(2026, 10, 31), False, "01.10.2025 — 31.10.2026"),
    ],
)
def test_periods_look_like_this(first, last, is_whole, name):
    assert is_month(first, last) is is_whole
    assert period_name(first, last) == name


def test_large_counts_stand_in_groups_of_three():
    assert counted(50_021, "заказ", "заказа", "заказов").replace(NO_BREAK_SPACE, " ") == "50 021 заказ"


@pytest.mark.parametrize(
    ("count", "form"),
    [(0, "ов"), (1, ""), (2, "а"), (4, "а"), (5, "ов"), (11, "ов"), (12, "ов"), (21, ""), (111, "ов")],
)
def test_nouns_follow_numbers(count, form):
    assert counted(count, "заказ", "заказа", "заказов") == f"{count}{NO_BREAK_SPACE}заказ{form}"
