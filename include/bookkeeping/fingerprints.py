"""What an order looks like from afar: the same of a staged order as of one on the wire."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from bookkeeping.domain import to_kopecks
from bookkeeping.ledger.shop import Fingerprint
from bookkeeping.wire import UnreadableError, to_count, to_decimal, to_flag, to_id, to_moment, to_text

COLUMNS = [field.name for field in fields(Fingerprint)]
FIELDS = ("id", "version", "dateInsert", "dateUpdate", "price", "payed", "canceled", "statusId", "lid")
"""What has to be read of an order."""


def staged_fingerprints(orders: pd.DataFrame) -> list[Fingerprint]:
    """Return what staged orders look like."""
    rows = zip(*(orders[name] for name in COLUMNS), strict=True)
    return [_staged(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _staged(row: Mapping[str, Any]) -> Fingerprint:
    moments = {name: row[name].to_pydatetime() for name in ("placed_at", "changed_at")}
    return Fingerprint(**{**row, **moments, "price": to_kopecks(row["price"])})


def fingerprint(row: Mapping[str, Any]) -> Fingerprint:
    """Return what an order on the wire looks like.

    :raises UnreadableError: it does not say when it was placed or changed.
    """
    placed_at, changed_at = to_moment(row["dateInsert"]), to_moment(row["dateUpdate"])
    if placed_at is None or changed_at is None:
        raise UnreadableError(f"order {row['id']} does not say when it was placed and changed")
    return Fingerprint(
        order_id=to_id(row["id"]),
        version=to_count(row["version"]),
        placed_at=placed_at,
        changed_at=changed_at,
        price=to_kopecks(to_decimal(row["price"])),
        paid=to_flag(row["payed"]),
        cancelled=to_flag(row["canceled"]),
        status=to_text(row["statusId"]),
    )
