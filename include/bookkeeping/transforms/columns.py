"""The columns of every frame, declared once and checked where frames are made."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

TEXT = pa.string()
FLAG = pa.bool_()
MOMENT = pa.timestamp("us", tz="UTC")
EXACT = pa.decimal128(26, 8)
"""Roubles, quantities and rates as the shop has them: unit prices carry up to 8 decimals, quantities 4."""
VERSION = pa.int64()
"""How often the shop has saved an order."""
KOPECKS = pa.decimal128(18, 2)
"""Roubles that are a sum of their own, and so have no fractions of a kopeck."""


def schema(optional: Mapping[str, pa.DataType] | None = None, **columns: pa.DataType) -> pa.Schema:
    """Declare a frame; only the columns in ``optional`` may hold nothing."""
    required = [pa.field(name, kind, nullable=False) for name, kind in columns.items()]
    return pa.schema([*required, *(pa.field(name, kind) for name, kind in (optional or {}).items())])


DOCUMENT = ["kind", "order_id", "shipment_id"]
"""What makes a document one: the columns of its key."""

BUYER = ("inn", "kpp", "company", "address", "name", "email", "phone")

ORDERS = schema(
    order_id=TEXT,
    number=TEXT,
    site=TEXT,
    status=TEXT,
    platform=TEXT,
    placed_at=MOMENT,
    changed_at=MOMENT,
    version=VERSION,
    cancelled=FLAG,
    paid=FLAG,
    price=EXACT,
    currency=TEXT,
    **dict.fromkeys(BUYER, TEXT),
)

LINES = schema(
    line_id=TEXT,
    order_id=TEXT,
    parent_id=TEXT,
    name=TEXT,
    unit=TEXT,
    quantity=EXACT,
    price=EXACT,
    vat_inside=FLAG,
    is_service=FLAG,
    optional={"vat_fraction": EXACT},
)

SHIPMENTS = schema(
    shipment_id=TEXT,
    order_id=TEXT,
    delivery_price=KOPECKS,
    shipped=FLAG,
    optional={"shipped_at": MOMENT},
)

SHIPMENT_ITEMS = schema(shipment_id=TEXT, line_id=TEXT, quantity=EXACT)

PAYMENTS = schema(
    payment_id=TEXT,
    order_id=TEXT,
    paid=FLAG,
    amount=KOPECKS,
    is_cash=FLAG,
    is_card=FLAG,
    is_inner=FLAG,
    returned=TEXT,
    optional={"paid_at": MOMENT, "returned_at": MOMENT},
)

SCHEMAS = {
    "orders": ORDERS,
    "lines": LINES,
    "shipments": SHIPMENTS,
    "shipment_items": SHIPMENT_ITEMS,
    "payments": PAYMENTS,
}


def to_table(rows: Iterable[Mapping[str, Any]], declared: pa.Schema) -> pa.Table:
    """Make a table of rows; a wrong type, a lost digit or a missing value is an error."""
    table = pa.Table.from_pylist(list(rows), schema=declared)
    for field in declared:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"column {field.name} must not be empty")
    return table


@dataclass(frozen=True)
class ShopFrames:
    """The orders of a day, each whole: five frames with the columns declared above."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    shipments: pd.DataFrame
    shipment_items: pd.DataFrame
    payments: pd.DataFrame

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table]) -> "ShopFrames":
        """Turn staged tables into frames; decimals stay Arrow's, exact and a column at a time."""
        return cls(**{name: to_frame(tables[name].cast(declared)) for name, declared in SCHEMAS.items()})

    def only(self, order_ids: Collection[str]) -> "ShopFrames":
        """Return the same of some orders."""
        frames = {
            name: frame[frame["order_id"].isin(order_ids)]
            for name, frame in vars(self).items()
            if name != "shipment_items"
        }
        items = self.shipment_items
        kept = items[items["shipment_id"].isin(frames["shipments"]["shipment_id"])]
        return ShopFrames(**frames, shipment_items=kept)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Turn a table into a frame without turning its decimals into objects, let alone into floats."""
    return table.to_pandas(types_mapper={kind: pd.ArrowDtype(kind) for kind in (EXACT, KOPECKS)}.get)
