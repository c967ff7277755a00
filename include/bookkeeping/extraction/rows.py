"""Turning what Bitrix sends into the rows of our frames, whatever build it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bookkeeping.companies import Shop
from bookkeeping.domain import to_kopecks
from bookkeeping.transforms.columns import BUYER
from bookkeeping.wire import (
    UnreadableError,
    to_count,
    to_decimal,
    to_flag,
    to_fraction,
    to_id,
    to_moment,
    to_text,
)

Row = Mapping[str, Any]
Rows = dict[str, list[dict[str, Any]]]
"""Rows by table, as :data:`~bookkeeping.transforms.columns.SCHEMAS` declares them."""

SERVICE = "2"

ACQUIRING = "A"
"""Of a pay system: its money comes from an acquirer, a day of cards in one sum."""


def to_rows(
    orders: Iterable[Row], children: Mapping[str, list[Row]], shop: Shop, inner: frozenset[str]
) -> Rows:
    """Turn the wire's rows into the rows of our frames.

    :param children: the rows of :data:`~bookkeeping.extraction.lists.CHILDREN` and of what is in shipments.
    What lies in a cancelled shipment will never leave with it, and so is in none.

    :param inner: the pay systems that spend the buyer's inner account.
    """
    buyers = _buyers(children["properties"], shop)
    platforms = _platforms(children["platforms"], shop)
    by_id = {to_id(order["id"]): order for order in orders}
    nobody = dict.fromkeys(BUYER, "")
    sent = {to_id(row["id"]) for row in children["shipments"] if not to_flag(row["canceled"])}
    return {
        "orders": [
            _order(row) | {"platform": platforms.get(id_, "")} | nobody | buyers.get(id_, {})
            for id_, row in by_id.items()
        ],
        "lines": [_line(row) for row in children["lines"]],
        "shipments": [_shipment(row, by_id[to_id(row["orderId"])], shop) for row in children["shipments"]],
        "shipment_items": [_item(row) for row in children["items"] if to_id(row["orderDeliveryId"]) in sent],
        "payments": [_payment(row, inner) for row in children["payments"]],
    }


def _platforms(bindings: Iterable[Row], shop: Shop) -> dict[str, str]:
    """Return the platform of each order; of several, one whose orders are never documents."""
    platforms: dict[str, str] = {}
    for row in bindings:
        order_id, platform = to_id(row["orderId"]), to_id(row["tradingPlatformId"])
        if platforms.get(order_id) not in shop.skip_platforms:
            platforms[order_id] = platform
    return platforms


def _buyers(properties: Iterable[Row], shop: Shop) -> dict[str, dict[str, str]]:
    """Gather what each order says of its buyer; of a code that repeats, the first filled value."""
    columns = {code: column for column, code in shop.properties.model_dump().items()}
    buyers: dict[str, dict[str, str]] = {}
    for row in properties:
        column, value = columns.get(to_text(row["code"])), to_text(row["value"])
        if column and value:
            buyers.setdefault(to_id(row["orderId"]), {}).setdefault(column, value)
    return buyers


def _order(row: Row) -> dict[str, Any]:
    return {
        "order_id": to_id(row["id"]),
        "number": to_text(row["accountNumber"]) or to_id(row["id"]),
        "site": to_text(row["lid"]),
        "status": to_text(row["statusId"]),
        "placed_at": _date(row, "dateInsert"),
        "changed_at": _date(row, "dateUpdate"),
        "version": to_count(row["version"]),
        "cancelled": to_flag(row["canceled"]),
        "paid": to_flag(row["payed"]),
        "price": to_decimal(row["price"]),
        "currency": to_text(row["currency"]),
    }


def _date(order: Row, field: str) -> datetime:
    moment = to_moment(order[field])
    if moment is None:
        raise UnreadableError(
            f"order {to_id(order['id'])} has no {field}: save it once in the shop, and try again"
        )
    return moment


def _line(row: Row) -> dict[str, Any]:
    return {
        "line_id": to_id(row["id"]),
        "order_id": to_id(row["orderId"]),
        "parent_id": to_id(row["setParentId"]),
        "name": to_text(row["name"]),
        "unit": to_text(row["measureName"]) or "шт",
        "quantity": to_decimal(row["quantity"]),
        "price": to_decimal(row["price"]),
        "vat_fraction": to_fraction(row["vatRate"]),
        "vat_inside": to_flag(row["vatIncluded"]),
        "is_service": to_id(row["type"]) == SERVICE,
    }


def _shipment(row: Row, order: Row, shop: Shop) -> dict[str, Any]:
    """A cancelled shipment costs nothing and never leaves, yet keeps its place among the others (R4)."""
    stands = not to_flag(row["canceled"])
    shipped_at = order["dateStatus"] if shop.shipped_when else row["dateDeducted"]
    return {
        "shipment_id": to_id(row["id"]),
        "order_id": to_id(row["orderId"]),
        "delivery_price": to_kopecks(to_decimal(row["priceDelivery"] if stands else 0)),
        "shipped": has_left(row, order, shop),
        "shipped_at": to_moment(shipped_at),
    }


def _item(row: Row) -> dict[str, Any]:
    return {
        "shipment_id": to_id(row["orderDeliveryId"]),
        "line_id": to_id(row["basketId"]),
        "quantity": to_decimal(row["quantity"]),
    }


def _payment(row: Row, inner: frozenset[str]) -> dict[str, Any]:
    return {
        "payment_id": to_id(row["id"]),
        "order_id": to_id(row["orderId"]),
        "paid": to_flag(row["paid"]),
        "paid_at": to_moment(row["datePaid"]),
        "amount": to_kopecks(to_decimal(row["sum"])),
        "is_cash": to_flag(row["paySystemIsCash"]),
        "is_card": to_text(row["paySystemIsCash"]) == ACQUIRING,
        "is_inner": to_id(row["paySystemId"]) in inner,
        "returned": to_text(row["isReturn"]) or "N",
        "returned_at": to_moment(row["payReturnDate"]),
    }


def has_left(shipment: Row, order: Row, shop: Shop) -> bool:
    """Whether a shipment left the warehouse, at a known moment and for good."""
    if to_flag(shipment["canceled"]):
        return False
    if shop.shipped_when:
        return (
            to_text(order["statusId"]) in shop.shipped_when.status
            and to_moment(order["dateStatus"]) is not None
        )
    return to_flag(shipment["deducted"]) and to_moment(shipment["dateDeducted"]) is not None
