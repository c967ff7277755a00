"""Reading a day of the shop: every order with an event in it, each whole (DESIGN R1)."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.companies import Shop
from bookkeeping.domain import to_kopecks
from bookkeeping.transforms.columns import BUYER, SCHEMAS, to_table
from bookkeeping.wire import to_decimal, to_flag, to_fraction, to_id, to_moment, to_text

log = logging.getLogger(__name__)

Row = Mapping[str, Any]

ORDER = (
    *("id", "accountNumber", "lid", "statusId", "price", "currency", "payed", "canceled"),
    *("version", "dateInsert", "dateUpdate", "dateStatus"),
)
LINE = (
    "id",
    "orderId",
    "setParentId",
    "name",
    "measureName",
    "quantity",
    "price",
    "vatRate",
    "vatIncluded",
    "type",
)
PROPERTY = ("id", "orderId", "code", "value")
SHIPMENT = ("id", "orderId", "priceDelivery", "deducted", "dateDeducted", "canceled")
SHIPMENT_ITEM = ("id", "orderDeliveryId", "basketId", "quantity")
PAYMENT = (
    "id",
    "orderId",
    "paid",
    "datePaid",
    "sum",
    "paySystemId",
    "paySystemIsCash",
    "isReturn",
    "payReturnDate",
)
BINDING = ("id", "orderId", "tradingPlatformId")

PAGE = 50
SERVICE = "2"
INNER_ACCOUNT = "inner"


def read_day(
    client: BitrixClient, shop: Shop, start: datetime, end: datetime, still_open: Iterable[str] = ()
) -> dict[str, pa.Table]:
    """Return the tables of all orders with an event in [start, end), as `columns.SCHEMAS` declares them.

    :param still_open: orders to read as well: something of theirs waits, whose cause may be gone by now.

    :raises MisconfiguredError: the portal ignored a filter, or a right is missing.
    :raises TransientError: the portal cannot be reached.
    """
    ids = {*changed_order_ids(client, shop, start, end), *still_open}
    orders = read_orders(client, shop, sorted(ids, key=int))
    children = read_children(client, shop, [to_id(order["id"]) for order in orders])
    rows = to_rows(orders, children, shop)
    log.info("read %s orders with %s lines", len(rows["orders"]), len(rows["lines"]))
    return {name: to_table(rows[name], declared) for name, declared in SCHEMAS.items()}


def changed_order_ids(client: BitrixClient, shop: Shop, start: datetime, end: datetime) -> list[str]:
    """Return the ids of orders placed, changed, shipped, paid or returned within the day."""
    events = {
        "placed": ("sale.order.list", "orders", "id", "dateInsert"),
        "changed": ("sale.order.list", "orders", "id", "dateUpdate"),
        "shipped": ("sale.shipment.list", "shipments", "orderId", "dateDeducted"),
        "paid": ("sale.payment.list", "payments", "orderId", "datePaid"),
        "returned": ("sale.payment.list", "payments", "orderId", "payReturnDate"),
    }
    if shop.shipped_when:
        events["moved"] = ("sale.order.list", "orders", "id", "dateStatus")
    queries = [
        ListQuery(name, method, wrapper, tuple(dict.fromkeys(("id", key, date))), _within(date, start, end))
        for name, (method, wrapper, key, date) in events.items()
    ]
    found = client.read_lists(queries)
    ids = {to_id(row[events[name][2]]) for name, rows in found.items() for row in rows}
    return sorted(ids, key=int)


def _within(field: str, start: datetime, end: datetime) -> dict[str, str]:
    return {f">={field}": start.isoformat(timespec="seconds"), f"<{field}": end.isoformat(timespec="seconds")}


def read_orders(client: BitrixClient, shop: Shop, ids: Sequence[str]) -> list[Row]:
    """Return these orders, of the company's site only, in the order of their ids."""
    queries = [
        ListQuery(f"orders{n}", "sale.order.list", "orders", ORDER, {"@id": chunk})
        for n, chunk in enumerate(_chunks(ids))
    ]
    rows = _read(client, queries)["orders"]
    return [row for row in rows if shop.site is None or to_text(row["lid"]) == shop.site]


def read_children(client: BitrixClient, shop: Shop, ids: Sequence[str]) -> "Answers":
    """Return all lines, buyer's properties, shipments with items, payments and platforms of these orders."""
    queries = [query for n, chunk in enumerate(_chunks(ids)) for query in _child_queries(n, chunk, shop)]
    # Property values take no list of ids: the core would answer with order 1's (contract, section 6).
    queries += [
        ListQuery(f"properties{id_}", "sale.propertyvalue.list", "propertyValues", PROPERTY, {"orderId": id_})
        for id_ in ids
    ]
    children = _read(client, queries)
    shipment_ids = [to_id(row["id"]) for row in children["shipments"] if not to_flag(row["canceled"])]
    items = [
        ListQuery(
            f"items{n}", "sale.shipmentitem.list", "shipmentItems", SHIPMENT_ITEM, {"@orderDeliveryId": chunk}
        )
        for n, chunk in enumerate(_chunks(shipment_ids))
    ]
    inner = inner_pay_systems(client) if children["payments"] else frozenset()
    children["payments"] = [
        {**row, "inner": to_id(row["paySystemId"]) in inner} for row in children["payments"]
    ]
    children["items"] = _read(client, items)["items"]
    return children


def _child_queries(n: int, ids: Sequence[str], shop: Shop) -> Iterator[ListQuery]:
    yield ListQuery(f"lines{n}", "sale.basketitem.list", "basketItems", LINE, {"@orderId": ids})
    yield ListQuery(f"shipments{n}", "sale.shipment.list", "shipments", SHIPMENT, {"=orderId": ids})
    yield ListQuery(f"payments{n}", "sale.payment.list", "payments", PAYMENT, {"=orderId": ids})
    if shop.skip_platforms:
        for id_ in ids:
            yield ListQuery(
                f"platforms{id_}", "sale.tradebinding.list", "tradeBindings", BINDING, {"orderId": id_}
            )


def inner_pay_systems(client: BitrixClient) -> frozenset[str]:
    """Return the ids of pay systems that spend the buyer's inner account: no new money comes in."""
    systems = client.call("sale.paysystem.list", {"SELECT": ["ID", "ACTION_FILE"]})
    return frozenset(to_id(row["ID"]) for row in systems if to_text(row["ACTION_FILE"]) == INNER_ACCOUNT)


def _read(client: BitrixClient, queries: Sequence[ListQuery]) -> "Answers":
    answers = Answers()
    for name, rows in (client.read_lists(queries) if queries else {}).items():
        answers.setdefault(name.rstrip("0123456789"), []).extend(rows)
    return answers


class Answers(dict[str, list[Row]]):
    """Rows by what was asked for; what nobody answered is no rows."""

    def __missing__(self, name: str) -> list[Row]:
        return []


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))


def to_rows(
    orders: Iterable[Row], children: Mapping[str, list[Row]], shop: Shop
) -> dict[str, list[dict[str, Any]]]:
    """Turn the wire's rows into the rows of our frames."""
    buyers = _buyers(children["properties"], shop)
    platforms = {to_id(row["orderId"]): to_id(row["tradingPlatformId"]) for row in children["platforms"]}
    by_id = {to_id(order["id"]): order for order in orders}
    nobody = dict.fromkeys(BUYER, "")
    return {
        "orders": [
            _order(row) | {"platform": platforms.get(id_, "")} | nobody | buyers.get(id_, {})
            for id_, row in by_id.items()
        ],
        "lines": [_line(row) for row in children["lines"]],
        "shipments": [_shipment(row, by_id[to_id(row["orderId"])], shop) for row in children["shipments"]],
        "shipment_items": [_item(row) for row in children["items"]],
        "payments": [_payment(row) for row in children["payments"]],
    }


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
        "placed_at": to_moment(row["dateInsert"]),
        "changed_at": to_moment(row["dateUpdate"]),
        "version": int(row["version"] or 0),
        "cancelled": to_flag(row["canceled"]),
        "paid": to_flag(row["payed"]),
        "price": to_decimal(row["price"]),
        "currency": to_text(row["currency"]),
    }


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
    if shop.shipped_when:
        shipped, shipped_at = to_text(order["statusId"]) in shop.shipped_when.status, order["dateStatus"]
    else:
        shipped, shipped_at = to_flag(row["deducted"]), row["dateDeducted"]
    return {
        "shipment_id": to_id(row["id"]),
        "order_id": to_id(row["orderId"]),
        "delivery_price": to_kopecks(to_decimal(row["priceDelivery"] if stands else 0)),
        "shipped": stands and shipped and to_moment(shipped_at) is not None,
        "shipped_at": to_moment(shipped_at),
    }


def _item(row: Row) -> dict[str, Any]:
    return {
        "shipment_id": to_id(row["orderDeliveryId"]),
        "line_id": to_id(row["basketId"]),
        "quantity": to_decimal(row["quantity"]),
    }


def _payment(row: Row) -> dict[str, Any]:
    return {
        "payment_id": to_id(row["id"]),
        "order_id": to_id(row["orderId"]),
        "paid": to_flag(row["paid"]),
        "paid_at": to_moment(row["datePaid"]),
        "amount": to_kopecks(to_decimal(row["sum"])),
        "is_cash": to_flag(row["paySystemIsCash"]),
        "is_inner": row["inner"],
        "returned": to_text(row["isReturn"]) or "N",
        "returned_at": to_moment(row["payReturnDate"]),
    }
