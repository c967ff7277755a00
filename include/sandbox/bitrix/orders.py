"""One order read whole, or updated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.bitrix import wire
from sandbox.bitrix.calls import Call, Reply
from sandbox.bitrix.columns import Columns, to_json
from sandbox.bitrix.errors import RestError
from sandbox.bitrix.php import as_int
from sandbox.bitrix.values import read_value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sandbox.shop import Shop
    from sandbox.shop.model import BasketItem, Order, Shipment

WRITABLE = (
    "statusId", "price", "discountValue", "comments", "userDescription", "canceled", "reasonCanceled",
    "marked", "reasonMarked", "responsibleId", "companyId", "dateInsert", "xmlId", "id1c", "version1c",
    "updated1c", "externalOrder", "additionalInfo", "orderTopic",
)  # fmt: skip

ANSWER = {name: column for name, column in wire.PROPERTY_VALUE.items() if name != "orderId"}


def get_order(call: Call) -> Reply:
    """An order with its positions, payments, shipments and answers."""
    order, shop = _wanted(call), call.shop
    whole = to_json(order, wire.ORDER) | {
        "basketItems": [_basket_item(item) for item in shop.basket_items.of(order.id)],
        "payments": _rows(shop.payments.of(order.id), wire.PAYMENT),
        "shipments": [_shipment(shop, shipment) for shipment in shop.shipments.of(order.id)],
        "propertyValues": _rows(shop.property_values.of(order.id), ANSWER),
        "clients": [],
        "requisiteLink": [],
    }
    if bindings := _rows(shop.trade_bindings.of(order.id), wire.TRADE_BINDING):
        whole["tradeBindings"] = bindings
    return Reply({"order": whole})


def update_order(call: Call) -> Reply:
    """Write the fields that may be written, drop the others without a word, and count one more save."""
    order, fields = _wanted(call), call.params.get("fields")
    if not isinstance(fields, dict):
        raise RestError(400, 100, "Could not find value for parameter {fields}")
    before = replace(order)
    for name in (name for name in WRITABLE if name in fields):
        _write(order, name, fields[name], call.shop.zone)
    _date_changes(before, order, call.now)
    order.touch(call.now)
    return Reply({"order": to_json(order, wire.ORDER)})


def _wanted(call: Call) -> Order:
    if "id" not in call.params:
        raise RestError(400, 100, "Could not find value for parameter {id}")
    order = call.shop.orders.get(as_int(call.params["id"]))
    if order is None:
        raise RestError(400, 200540400001, "order is not exists")
    return order


def _basket_item(item: BasketItem) -> dict[str, object]:
    return to_json(item, wire.BASKET_ITEM) | {"properties": [], "reservations": []}


def _shipment(shop: Shop, shipment: Shipment) -> dict[str, object]:
    items = _rows(shop.shipment_items.of(shipment.id), wire.SHIPMENT_ITEM)
    return to_json(shipment, wire.SHIPMENT) | {"shipmentItems": items}


def _rows(rows: Iterable[object], columns: Columns) -> list[dict[str, object]]:
    return [to_json(row, columns) for row in rows]


def _write(order: Order, name: str, raw: object, zone: ZoneInfo) -> None:
    column = wire.ORDER[name]
    with suppress(ValueError):
        setattr(order, column.attribute, read_value(column.kind, raw, zone))


def _date_changes(before: Order, order: Order, now: datetime) -> None:
    if order.status_id != before.status_id:
        order.date_status = now
    if order.canceled and not before.canceled:
        order.date_canceled = now
