"""A shop whose orders are all alike: for measuring, at any size."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.shop import people
from sandbox.shop.arithmetic import line_vat, order_total, standard_rates
from sandbox.shop.catalogue import GOODS, Vat
from sandbox.shop.dictionaries import (
    DELIVERY_DONE,
    DELIVERY_WAITS,
    PAID_DELIVERIES,
    PROPERTIES,
    SITES,
    TRANSFER,
)
from sandbox.shop.model import (
    LEGAL_ENTITY,
    BasketItem,
    Order,
    Payment,
    Property,
    PropertyValue,
    Shipment,
    ShipmentItem,
    Shop,
)
from sandbox.shop.world import open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sandbox.shop.catalogue import Product
    from sandbox.shop.dictionaries import Delivery

DAY = 24 * 3600
AGE_OF_OLD = timedelta(days=30)

BUYERS = 89
LINES = 3
TWO_PAYMENTS_EVERY, TWO_SHIPMENTS_EVERY = 10, 20
# Of ten orders in a row.
PAID, SENT = {0, 1, 3, 5, 6, 8}, {2, 5, 8}

QUANTITIES = (Decimal(1), Decimal(2), Decimal(5))
PLAIN = tuple(product for product in GOODS if product.vat is Vat.STANDARD)
FORM = (
    *(question for question in PROPERTIES if question.person_type_id == LEGAL_ENTITY),
    Property(15, LEGAL_ENTITY, "ZIP", "Индекс"),
    Property(16, LEGAL_ENTITY, "CITY", "Город"),
    Property(17, LEGAL_ENTITY, "ADDRESS", "Адрес доставки"),
)
XML_ID = "bx_65df3d512af60"


def uniform_shop(
    orders: int,
    *,
    day: date,
    seed: int = 7,
    timezone: str = "Europe/Moscow",
    dense: bool = True,
    old: int = 0,
) -> Shop:
    """Make a shop with so many orders of one day; the same arguments always make the same shop.

    Each order is placed and changed for the last time on that day. It has three positions and ten answers
    of a company; every tenth has two payments, every twentieth two shipments. Six of ten are paid on that
    day, three of ten shipped. The positions and the delivery add up to the price.

    :param dense: whether the day's orders follow each other; else the old ones stand between them.
    :param old: how many orders there are besides, all a month older.
    """
    zone = ZoneInfo(timezone)
    maker = Maker(open_shop(zone), Random(seed))
    midnight, total = datetime.combine(day, time(), zone), orders + old
    moments = {True: _through(midnight - AGE_OF_OLD, old), False: _through(midnight, orders)}
    for number in range(total):
        is_old = number < old if dense else number * orders // total == (number + 1) * orders // total
        maker.add_order(number, next(moments[is_old]))
    return maker.shop


def _through(midnight: datetime, count: int) -> Iterator[datetime]:
    """So many moments of a day, evenly spread."""
    return (midnight + timedelta(seconds=DAY * number // count) for number in range(count))


class Maker:
    """Adds orders to a shop, each from its number."""

    def __init__(self, shop: Shop, chance: Random) -> None:
        self.shop = shop
        self.shop.properties = [*shop.properties, *FORM[-3:]]
        self._chance = chance
        self._buyers = [answers(chance) for _ in range(BUYERS)]

    def add_order(self, number: int, placed: datetime) -> None:
        """Add the order of that number with all that belongs to it."""
        changed = min(placed + timedelta(minutes=20), placed.replace(hour=23, minute=59, second=59))
        order = self._open(number, placed, changed)
        items = [self._put(order, place) for place in range(LINES)]
        self._ship(order, items, number)
        order.price = order_total(items, self.shop.shipments.of(order.id))
        order.tax_value = sum(map(line_vat, items), Decimal(0))
        self._fill_in(order, self._buyers[number % BUYERS])
        self._bill(order, number)

    def _open(self, number: int, placed: datetime, changed: datetime) -> Order:
        order_id = self.shop.orders.next_id
        order = Order(
            id=order_id,
            account_number=str(order_id),
            lid=SITES[0],
            person_type_id=LEGAL_ENTITY,
            user_id=11 + number % BUYERS,
            currency="RUB",
            date_insert=placed,
            date_update=changed,
            date_status=placed,
            xml_id=XML_ID,
            payed=number % 10 in PAID,
            deducted=number % 10 in SENT,
            version=3,
        )
        return self.shop.orders.add(order)

    def _put(self, order: Order, place: int) -> BasketItem:
        product: Product = self._chance.choice(PLAIN)
        label, code = product.measure.value
        table = self.shop.basket_items
        return table.add(
            BasketItem(
                id=table.next_id,
                order_id=order.id,
                sort=100 * (place + 1),
                product_id=product.id,
                name=product.name,
                quantity=QUANTITIES[place],
                price=product.price,
                base_price=product.price,
                discount_price=Decimal(0),
                currency=order.currency,
                vat_rate=standard_rates(order.date_insert)[0],
                vat_included=True,
                measure_code=code,
                measure_name=label,
                lid=order.lid,
                date_insert=order.date_insert,
                date_update=order.date_insert,
                xml_id=XML_ID,
            )
        )

    def _ship(self, order: Order, items: list[BasketItem], number: int) -> None:
        """Pack all positions into one shipment, or the last one into a second, which costs nothing."""
        is_split = number % TWO_SHIPMENTS_EVERY == 0
        delivery = PAID_DELIVERIES[number % len(PAID_DELIVERIES)]
        first = self._send(order, 1, delivery)
        second = self._send(order, 2, replace(delivery, price=Decimal(0))) if is_split else first
        table = self.shop.shipment_items
        for item, shipment in zip(items, (first, first, second), strict=True):
            row = ShipmentItem(table.next_id, shipment.id, item.id, item.quantity, order.date_insert, XML_ID)
            table.add(row)

    def _send(self, order: Order, place: int, delivery: Delivery) -> Shipment:
        table = self.shop.shipments
        return table.add(
            Shipment(
                id=table.next_id,
                order_id=order.id,
                account_number=f"{order.account_number}/{place}",
                delivery_id=delivery.id,
                delivery_name=delivery.name,
                currency=order.currency,
                date_insert=order.date_insert,
                xml_id=XML_ID,
                base_price_delivery=delivery.price,
                price_delivery=delivery.price,
                status_id=DELIVERY_DONE if order.deducted else DELIVERY_WAITS,
                allow_delivery=order.deducted,
                deducted=order.deducted,
                date_deducted=order.date_update if order.deducted else None,
            )
        )

    def _fill_in(self, order: Order, buyer: Mapping[str, str]) -> None:
        table = self.shop.property_values
        for question in FORM:
            code = question.code
            row = PropertyValue(table.next_id, order.id, question.id, code, question.name, buyer[code])
            table.add(row)

    def _bill(self, order: Order, number: int) -> None:
        first = (order.price / 2).quantize(Decimal("0.01"))
        parts = (first, order.price - first) if number % TWO_PAYMENTS_EVERY == 0 else (order.price,)
        table = self.shop.payments
        for place, part in enumerate(parts, 1):
            table.add(
                Payment(
                    id=table.next_id,
                    order_id=order.id,
                    account_number=f"{order.account_number}/{place}",
                    pay_system_id=TRANSFER.id,
                    pay_system_name=TRANSFER.name,
                    pay_system_is_cash=TRANSFER.is_cash,
                    sum=part,
                    currency=order.currency,
                    date_bill=order.date_insert,
                    xml_id=XML_ID,
                    paid=order.payed,
                    date_paid=order.date_update if order.payed else None,
                )
            )


def answers(chance: Random) -> dict[str, str]:
    """What one company answers to the questions of the form."""
    region, postcode, town = chance.choice(people.TOWNS)
    inn, name = people.company_inn(chance, region), people.full_name(chance)
    address = people.address(chance, postcode, town)
    return {
        "COMPANY": people.company_name(chance),
        "COMPANY_ADR": address,
        "INN": inn,
        "KPP": people.kpp(inn[:4]),
        "FIO": name,
        "EMAIL": people.email(name, chance.randrange(1000)),
        "PHONE": people.phone(chance),
        "ZIP": postcode,
        "CITY": town,
        "ADDRESS": address,
    }
