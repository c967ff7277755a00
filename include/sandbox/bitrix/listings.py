"""The list methods: which table each reads, and what wraps its rows."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sandbox.bitrix import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sandbox.bitrix.columns import Columns
    from sandbox.shop import Shop
    from sandbox.shop.table import Table


@dataclass(frozen=True, slots=True)
class Listing:
    """A table as one list method shows it.

    :ivar wrapper: the one key of the result.
    :ivar rows: the table, or a short list of settings.
    :ivar casts_arrays: whether the filter makes 1 of an array for a whole number.
    """

    wrapper: str
    rows: Callable[[Shop], Table[Any] | Collection[Any]]
    columns: Columns
    casts_arrays: bool = False


def _entity(wrapper: str, table: str, columns: Columns) -> Listing:
    return Listing(wrapper, attrgetter(table), columns)


def _view(wrapper: str, table: str, columns: Columns) -> Listing:
    return Listing(wrapper, attrgetter(table), columns, casts_arrays=True)


LISTINGS = {
    "sale.order.list": _entity("orders", "orders", wire.ORDER),
    "sale.basketitem.list": _entity("basketItems", "basket_items", wire.BASKET_ITEM),
    "sale.payment.list": _entity("payments", "payments", wire.PAYMENT),
    "sale.shipment.list": _entity("shipments", "shipments", wire.SHIPMENT),
    "sale.shipmentitem.list": _entity("shipmentItems", "shipment_items", wire.SHIPMENT_ITEM),
    "sale.property.list": _entity("properties", "properties", wire.PROPERTY),
    "sale.propertyvalue.list": _view("propertyValues", "property_values", wire.PROPERTY_VALUE),
    "sale.status.list": _view("statuses", "statuses", wire.STATUS),
    "sale.persontype.list": _view("personTypes", "person_types", wire.PERSON_TYPE),
    "sale.businessvaluepersondomain.list": _view(
        "businessValuePersonDomains", "person_domains", wire.PERSON_DOMAIN
    ),
    "sale.tradeplatform.list": _view("tradePlatforms", "trade_platforms", wire.TRADE_PLATFORM),
    "sale.tradebinding.list": _view("tradeBindings", "trade_bindings", wire.TRADE_BINDING),
}

PAY_SYSTEMS = _entity("", "pay_systems", wire.PAY_SYSTEM)
