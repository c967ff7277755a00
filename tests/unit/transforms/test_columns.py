"""The columns of every frame: exact numbers, aware moments, nothing where something must be (DESIGN R6)."""

from datetime import datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from tests.unit.builders import company, line, order, payment, service, shipment, shop

from bookkeeping.transforms import documents, lines, rates
from bookkeeping.transforms.columns import SCHEMAS, ShopFrames, to_table
from bookkeeping.transforms.rates import to_fraction

FULL = [
    order(
        line("17.925", "10"),
        line("5.00", vat=None),
        service("20.00"),
        shipments=[shipment({0: "4", 1: "1"}, delivery="7.00"), shipment({0: "6", 2: "1"}, shipped=None)],
        payments=[payment("100.00"), payment("1.00", None)],
    ),
    order(line(vat=None), order_id="1002", shipments=[]),
]


def frames_on_the_way(shop_frames):
    """Return the frames that are made on the way from orders to documents."""
    owner = company()
    orders = documents.documented_orders(shop_frames.orders, owner)
    sold = lines.sold_lines(shop_frames.lines)
    rows = documents.document_lines(orders, sold, shop_frames, owner)
    rated, _ = rates.rated(rows, owner)
    return {
        "sold": sold,
        "parts": lines.shipped_lines(sold, shop_frames.shipment_items),
        "document lines": rows,
        "rated": rated,
        "split": lines.split(rated),
    }


def every_frame(shop_frames):
    return {**vars(shop_frames), **frames_on_the_way(shop_frames)}


@pytest.mark.parametrize(
    "orders", [FULL, FULL[1:], []], ids=["a full day", "an order without shipments", "nothing"]
)
def test_no_frame_ever_holds_a_float(orders):
    for name, frame in every_frame(shop(*orders)).items():
        floats = [column for column in frame if pd.api.types.is_float_dtype(frame[column])]
        floats += [column for column in frame if any(isinstance(value, float) for value in frame[column])]
        assert floats == [], name


def test_what_is_reckoned_with_is_whole_numbers_or_exact_decimals_and_never_an_object():
    for name, frame in every_frame(shop(*FULL)).items():
        assert [column for column in frame if frame[column].dtype == object] == [], name
        for column in {"total", "pieces", "price", "quantity", "vat", "fraction", "percent"} & {*frame}:
            assert str(frame[column].dtype).startswith(("int64", "decimal128")), (name, column)


def test_a_document_s_lines_have_their_key_their_day_and_their_name():
    made = frames_on_the_way(shop(*FULL))["document lines"]

    assert str(made["issued_on"].dtype) == "datetime64[us]"
    assert not made[["kind", "order_id", "issued_on", "line_id", "name"]].isna().any(axis=None)


def test_no_vat_survives_the_way_through_the_frames_and_is_not_zero():
    made = frames_on_the_way(shop(*FULL))["document lines"]

    fractions = made.query("name == 'Чайник' and total == 500")["fraction"]
    assert [to_fraction(fraction) for fraction in fractions] == [None] * len(fractions) != []


def test_a_moment_that_never_was_stays_nothing():
    frames = shop(*FULL)

    assert frames.shipments["shipped_at"].isna().tolist() == [False, True]
    assert frames.payments["paid_at"].isna().tolist() == [False, True]
    assert str(frames.payments["returned_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_day_without_orders_has_all_columns(name):
    frame = getattr(shop(), name)

    assert list(frame) == SCHEMAS[name].names
    assert frame.empty


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", 1.5),
        ("quantity", Decimal("1.123456789")),
        ("quantity", None),
        ("line_id", 7),
        ("line_id", None),
    ],
)
def test_a_wrong_type_a_lost_digit_or_a_missing_value_is_an_error(column, value):
    item = {"shipment_id": "1", "line_id": "2", "quantity": Decimal(1)}

    with pytest.raises((ValueError, TypeError, pa.ArrowException)):
        to_table([item | {column: value}], SCHEMAS["shipment_items"])


def test_a_sum_with_a_fraction_of_a_kopeck_never_enters_a_frame():
    with pytest.raises(pa.ArrowInvalid):
        shop(order(line(), shipments=[shipment(delivery="10.005")]))


def test_staged_tables_are_read_back_as_they_were_written():
    rows = FULL[0]["lines"]

    frames = ShopFrames.of({name: to_table(FULL[0][name], declared) for name, declared in SCHEMAS.items()})

    assert frames.lines[["name", "price", "vat_fraction"]].to_dict("records") == [
        {name: row[name] for name in ("name", "price", "vat_fraction")} for row in rows
    ]
    assert isinstance(frames.orders["placed_at"][0], datetime)
