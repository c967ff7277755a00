"""What people do to orders after they were placed: cancel, change a price, take goods in, and undo it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from sandbox.shop.arithmetic import line_total, rounded
from simulator.variants import DAYS, FIRST_DAY

if TYPE_CHECKING:
    from sandbox.shop.model import BasketItem, Order, ShipmentItem, Shop

CHANGED_AT = datetime.combine(FIRST_DAY + timedelta(days=DAYS), time(12), UTC)
"""What changes in a history is saved on the day after those that were run at its beginning."""

EVENTFUL = 3
"""So many orders of a shop may change, lest each history have a shop of its own to be worked out."""

DEARER, CHEAPER = Decimal("1.5"), Decimal("0.5")


class Deed(StrEnum):
    """What may have happened to an order since it was placed.

    ``SAVED`` alone is an order of which everything was taken back.
    """

    CANCELLED = "cancelled"
    REPRICED = "repriced"
    RETURNED = "returned"
    SAVED = "saved"


Deeds = frozenset[tuple[int, Deed]]
"""What happened to which orders: with the shop's seed, all that can be said of a shop."""


@dataclass
class Clerk:
    """Changes orders in one shop; the same deeds, in any order, leave the same shop.

    :ivar deeds: what was done and not taken back.
    """

    shop: Shop
    deeds: Deeds = frozenset()
    _prices: dict[int, Decimal] = field(default_factory=dict)
    _taken_in: dict[int, ShipmentItem] = field(default_factory=dict)

    def may_change(self) -> list[int]:
        """Return the ids of a few orders that stood when the history began."""
        cancelled = {order_id for order_id, deed in self.deeds if deed is Deed.CANCELLED}
        stood = [id_ for id_, order in self.shop.orders.items() if id_ in cancelled or not order.canceled]
        return stood[:EVENTFUL]

    def do(self, order_id: int, deed: Deed) -> None:
        """Do it, unless it is done already, and save the order."""
        order = self.shop.orders[order_id]
        if deed is Deed.CANCELLED:
            order.canceled = True
        elif deed is Deed.REPRICED and (order_id, deed) not in self.deeds:
            item = self._line(order_id)
            self._prices[order_id] = item.price
            self._set_price(order, item, rounded(item.price * _factor(order_id)))
        elif deed is Deed.RETURNED and order_id not in self._taken_in:
            self._take_in(order_id)
        self._save(order)
        self.deeds |= {(order_id, deed), (order_id, Deed.SAVED)}

    def take_back(self, order_id: int, deed: Deed) -> None:
        """Let the order be as it was, and save it."""
        order = self.shop.orders[order_id]
        if deed is Deed.CANCELLED:
            order.canceled = False
        elif deed is Deed.REPRICED and order_id in self._prices:
            self._set_price(order, self._line(order_id), self._prices.pop(order_id))
        elif deed is Deed.RETURNED and order_id in self._taken_in:
            self._taken_in.pop(order_id).quantity += 1
        self._save(order)
        self.deeds -= {(order_id, deed)}

    def _take_in(self, order_id: int) -> None:
        """Let one of something come back, if the order has anything of which there are more."""
        for shipment in self.shop.shipments.of(order_id):
            for item in self.shop.shipment_items.of(shipment.id):
                if item.quantity > 1:
                    item.quantity -= 1
                    self._taken_in[order_id] = item
                    return

    def _line(self, order_id: int) -> BasketItem:
        return next(item for item in self.shop.basket_items.of(order_id) if item.is_line)

    @staticmethod
    def _set_price(order: Order, item: BasketItem, price: Decimal) -> None:
        """Give a line another price; the order adds up, if it did before."""
        before = line_total(item)
        item.price = price
        order.price += line_total(item) - before

    @staticmethod
    def _save(order: Order) -> None:
        order.touch(CHANGED_AT)


def _factor(order_id: int) -> Decimal:
    return DEARER if order_id % 2 else CHEAPER
