"""How an order leaves the shop: its shipments, what is in them, and when they go."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shop.chance import Deck, bx_id
from sandbox.shop.dictionaries import DELIVERY_DONE, FREE_DELIVERIES, NO_DELIVERY, PAID_DELIVERIES
from sandbox.shop.model import SERVICE, SET, BasketItem, Shipment, ShipmentItem
from sandbox.shop.moments import at_work
from sandbox.shop.story import Leaving

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.shop.dictionaries import Delivery
    from sandbox.shop.model import Order, Shop
    from sandbox.shop.story import Story

Load = list[tuple[BasketItem, Decimal]]

DELIVERIES = {PAID_DELIVERIES: 1, FREE_DELIVERIES: 1}
SHARED = {True: 1, False: 2}
PAID_TWICE = {True: 1, False: 3}


class Warehouse:
    """Plans the shipments of a shop's orders and sends them off."""

    def __init__(self, shop: Shop, chance: Random) -> None:
        self._shop = shop
        self._chance = chance
        self._deliveries = Deck(chance, DELIVERIES)
        self._shared = Deck(chance, SHARED)
        self._paid_twice = Deck(chance, PAID_TWICE)

    def plan(self, story: Story) -> None:
        """Lay the positions into shipments, the first of which bears the price of delivery."""
        delivery = self._delivery(story.order)
        match self._loads(story):
            case [whole]:
                self._pack(story.order, delivery, whole)
            case [first, _] if story.fate.leaving is Leaving.PARTLY_UNPLANNED:
                self._pack(story.order, delivery, first)
            case [first, second]:
                self._pack(story.order, delivery, first)
                self._pack(story.order, self._next_delivery(delivery), second)

    def send(self, story: Story) -> None:
        """Let go what is to leave, each shipment on a day of its own."""
        if not story.ships:
            return
        first, *others = self._shop.shipments.of(story.order.id)
        self._deduct(story, first, at_work(self._chance, story.now, self._chance.randint(0, 3)))
        if story.fate.leaving is Leaving.IN_TWO:
            for shipment in others:
                self._deduct(story, shipment, at_work(self._chance, story.now, self._chance.randint(1, 3)))

    def _delivery(self, order: Order) -> Delivery:
        items = self._shop.basket_items.of(order.id)
        if all(item.type == SERVICE for item in items):
            return NO_DELIVERY
        return self._chance.choice(self._deliveries.draw())

    def _next_delivery(self, delivery: Delivery) -> Delivery:
        return delivery if self._paid_twice.draw() else replace(delivery, price=Decimal(0))

    def _loads(self, story: Story) -> list[Load]:
        items = self._shop.basket_items.of(story.order.id)
        if story.fate.is_split:
            return split(items, share=self._shared.draw())
        return [[(item, item.quantity) for item in items]]

    def _pack(self, order: Order, delivery: Delivery, load: Load) -> None:
        shipments = self._shop.shipments
        shipment = shipments.add(
            Shipment(
                id=shipments.next_id,
                order_id=order.id,
                account_number=f"{order.account_number}/{len(shipments.of(order.id)) + 1}",
                delivery_id=delivery.id,
                delivery_name=delivery.name,
                currency=order.currency,
                date_insert=order.date_insert,
                xml_id=bx_id(self._chance),
                base_price_delivery=delivery.price,
                price_delivery=delivery.price,
            )
        )
        for item, quantity in load:
            self._put(shipment, item, quantity)

    def _put(self, shipment: Shipment, item: BasketItem, quantity: Decimal) -> None:
        table = self._shop.shipment_items
        row = ShipmentItem(
            table.next_id, shipment.id, item.id, quantity, shipment.date_insert, bx_id(self._chance)
        )
        table.add(row)

    def _deduct(self, story: Story, shipment: Shipment, at: datetime) -> None:
        shipment.allow_delivery = True
        shipment.deducted = True
        shipment.date_deducted = at
        shipment.status_id = DELIVERY_DONE
        shipment.tracking_number = f"{self._chance.randrange(10**10):010}" if shipment.price_delivery else ""
        story.events.append(at)


def split(items: list[BasketItem], *, share: bool) -> list[Load]:
    """Halve an order between two positions, or through the middle of one that can be counted.

    :param items: at least two lines, each set followed by its parts.
    """
    lines = [item for item in items if item.is_line]
    border = lines[len(lines) // 2]
    first = [(item, item.quantity) for item in items if item.id < border.id]
    second = [(item, item.quantity) for item in items if item.id >= border.id]
    half = border.quantity // 2
    if share and half and border.type != SET and border.quantity % 1 == 0:
        first.append((border, half))
        second[0] = (border, border.quantity - half)
    return [first, second]
