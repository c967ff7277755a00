"""What is read from a shop: the lists, their fields, and which of them hang on an order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix import ListQuery
from bookkeeping.companies import Shop
from bookkeeping.extraction.ranges import beyond

ORDER = (
    *("id", "accountNumber", "lid", "statusId", "price", "currency", "payed", "canceled"),
    *("version", "dateInsert", "dateUpdate", "dateStatus"),
)
LINE = (
    *("id", "orderId", "setParentId", "name", "measureName", "quantity", "price", "vatRate", "vatIncluded"),
    "type",
)
PROPERTY = ("id", "orderId", "code", "value")
SHIPMENT = ("id", "orderId", "priceDelivery", "deducted", "dateDeducted", "canceled")
PAYMENT = (
    *("id", "orderId", "paid", "datePaid", "sum", "paySystemId", "paySystemIsCash", "isReturn"),
    "payReturnDate",
)
ITEM = ("id", "orderDeliveryId", "basketId", "quantity")
BINDING = ("id", "orderId", "tradingPlatformId")


@dataclass(frozen=True)
class ChildList:
    """A list whose rows belong to an order, or to a shipment.

    :ivar parent: the field that says to which.
    :ivar several: the key of a filter for several parents at once; empty where an array is no filter.
    :ivar usual: how many rows a parent usually has, until a shop shows better.
    """

    name: str
    method: str
    wrapper: str
    select: tuple[str, ...]
    parent: str
    several: str
    usual: float

    @property
    def is_rare(self) -> bool:
        """Whether a parent usually has but one row."""
        return round(self.usual) <= 1

    def query(self, name: str, parents: Mapping[str, Json], expected: int) -> ListQuery:
        """Return the query for some parents."""
        is_list = any(isinstance(each, list | tuple) for each in parents.values())
        return ListQuery(
            name, self.method, self.wrapper, self.select, parents, expected, takes_arrays=is_list
        )


LINES = ChildList("lines", "sale.basketitem.list", "basketItems", LINE, "orderId", "@orderId", 3)
PROPERTIES = ChildList("properties", "sale.propertyvalue.list", "propertyValues", PROPERTY, "orderId", "", 10)
SHIPMENTS = ChildList("shipments", "sale.shipment.list", "shipments", SHIPMENT, "orderId", "=orderId", 1.1)
PAYMENTS = ChildList("payments", "sale.payment.list", "payments", PAYMENT, "orderId", "=orderId", 1.1)
PLATFORMS = ChildList("platforms", "sale.tradebinding.list", "tradeBindings", BINDING, "orderId", "", 0.5)
ITEMS = ChildList(
    "items", "sale.shipmentitem.list", "shipmentItems", ITEM, "orderDeliveryId", "@orderDeliveryId", 3
)
ORDERS = ChildList("orders", "sale.order.list", "orders", ORDER, "id", "@id", 1)
STILL_THERE = ChildList("still_there", ORDERS.method, ORDERS.wrapper, ("id",), "id", "@id", 1)
"""The orders once more, to see which of them are there."""
CHILDREN = (SHIPMENTS, LINES, PAYMENTS, PROPERTIES)
"""In the order in which they are asked for: what is in the shipments is asked for in turn."""


@dataclass(frozen=True)
class Day:
    """The moments from *start* on and before *end*."""

    start: datetime
    end: datetime

    def within(self, field: str) -> dict[str, Json]:
        """Return the filter for what happened on the day."""
        return {f">={field}": self.start, f"<{field}": self.end}


def changed(day: Day, shop: Shop) -> ListQuery:
    """The orders whose newest change was made on the day."""
    return _orders("changed", day.within("dateUpdate"), shop)


def dated(day: Day, shop: Shop, *, later: bool) -> Iterator[ListQuery]:
    """The orders with a date on the day, whose newest change was made after it or, strangely, before it."""
    change = {">=dateUpdate": day.end} if later else {"<dateUpdate": day.start}
    for field in ("dateInsert", *(("dateStatus",) if shop.shipped_when else ())):
        yield _orders(f"{field} {later}", {**day.within(field), **change}, shop)


def touched(day: Day) -> Iterator[ListQuery]:
    """What was shipped, paid or returned on the day; the rows name the orders."""
    for child, field in ((SHIPMENTS, "dateDeducted"), (PAYMENTS, "datePaid"), (PAYMENTS, "payReturnDate")):
        yield ListQuery(field, child.method, child.wrapper, ("id", "orderId"), day.within(field))


def leaving_out(query: ListQuery, found: Collection[int]) -> Iterator[ListQuery]:
    """The same list without the long unbroken runs of orders that are read in any case."""
    for gap in beyond(sorted(found), "orderId"):
        yield replace(query, filter={**query.filter, **gap})


def of_site(shop: Shop) -> dict[str, Json]:
    """Return the filter that leaves out other sites' orders."""
    return {} if shop.site is None else {"=lid": shop.site}


def _orders(name: str, wanted: Mapping[str, Json], shop: Shop) -> ListQuery:
    return ListQuery(name, ORDERS.method, ORDERS.wrapper, ORDER, {**wanted, **of_site(shop)})


def codes(shop: Shop) -> Sequence[str]:
    """Return the codes of the properties that say who buys."""
    return sorted({code for code in shop.properties.model_dump().values() if code})
