"""What Bitrix sends is read for what it means, in every shape that its builds know; nonsense is refused."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bookkeeping.errors import SyncError
from bookkeeping.wire import BEYOND, to_decimal, to_flag, to_fraction, to_id, to_moment, to_text


@pytest.mark.parametrize(("sent", "read"), [(7, "7"), ("7", "7"), (0, ""), ("0", ""), (None, ""), ("", "")])
def test_an_id_is_text_and_zero_is_none(sent, read):
    assert to_id(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (" 7707083893 ", "7707083893"),
        (7707083893, "7707083893"),
        ("081206022988", "081206022988"),
        (["first", "second"], "first"),
        ([], ""),
        ({"id": 5, "fileName": "scan.pdf"}, ""),
        (None, ""),
    ],
)
def test_a_property_is_text_and_of_several_values_the_first(sent, read):
    assert to_text(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("12590.5", "12590.5"),
        ("0.1", "0.1"),
        ("980", "980"),
        ('"0.000000"', "0"),
        ('"980.0000"', "980"),
        ("17.925000000000001", "17.925"),
        ("5.9999999999999996e-1", "0.6"),
        ("-10.5", "-10.5"),
        ("null", "0"),
        ('""', "0"),
    ],
)
def test_a_number_is_exact_to_the_noise_of_a_float(sent, read):
    assert to_decimal(json.loads(sent, parse_float=Decimal)) == Decimal(read)


@pytest.mark.parametrize("sent", ["1 000", "abc", "NaN", "Infinity", "sNaN", True, [5], "12,50"])
def test_what_is_no_number_is_refused(sent):
    with pytest.raises(SyncError, match="a number belongs"):
        to_decimal(sent)


@pytest.mark.parametrize(
    ("sent", "read"),
    [(None, None), ("", None), (0, Decimal(0)), ("0.2000", Decimal("0.2")), (0.22, Decimal("0.22"))],
)
def test_no_vat_is_nothing_and_zero_vat_is_zero(sent, read):
    assert to_fraction(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"), [("Y", True), ("N", False), ("", False), (None, False), ("A", False), ("P", False)]
)
def test_only_y_is_yes(sent, read):
    assert to_flag(sent) is read


@pytest.mark.parametrize(
    "sent",
    [
        "2026-01-01T01:30:00+03:00",
        "2025-12-31T22:30:00+00:00",
        "2026-01-01T08:30:00+10:00",
        "2025-12-31T22:30:00Z",
    ],
)
def test_a_moment_is_the_same_in_any_zone(sent):
    assert to_moment(sent) == datetime(2025, 12, 31, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize("sent", [None, ""])
def test_a_moment_that_never_was_stays_nothing(sent):
    assert to_moment(sent) is None


@pytest.mark.parametrize(
    "sent", ["2026-01-01T01:30:00", "2026-01-01", "01.02.2026 10:00:00", "yesterday", 1735689600, True]
)
def test_a_moment_without_an_offset_is_refused_for_nobody_knows_when_it_was(sent):
    with pytest.raises(SyncError, match="a date with an offset belongs"):
        to_moment(sent)


@pytest.mark.parametrize("sent", ["1e19", "-99999999999999999999", 10**30])
def test_a_number_that_nobody_means_is_cut_to_what_every_column_holds(sent):
    assert abs(to_decimal(sent)) == BEYOND
