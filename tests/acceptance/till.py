"""Orders put into the sandbox's shop by hand: say what matters, the rest is ordinary."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sandbox.shop.dictionaries import TRANSFER
from sandbox.shop.model import (
    LEGAL_ENTITY,
    SERVICE,
    BasketItem,
    Order,
    Payment,
    PropertyValue,
    Shipment,
    ShipmentItem,
    Shop,
)

FACTORY = {
    "INN": "7736207543",
    "KPP": "773601001",
    "COMPANY": "ООО «Покупатель»",
    "EMAIL": "buyer@example.ru",
}
GUEST = {"FIO": "Иван Петров", "EMAIL": "ivan@example.ru"}
PLACED, PAID, SHIPPED = "2026-10-03T09:00", "2026-10-03T10:00", "2026-10-03T12:00"


@dataclass(frozen=True)
class Line:
    """One thing in a basket; ``price`` has the VAT inside."""

    name: str
    price: Decimal
    quantity: Decimal
    vat: Decimal | None
    type: int | None = None


def goods(price, quantity="1", vat="0.22"):
    return Line("Чайник", Decimal(price), Decimal(quantity), vat and Decimal(vat))


def service(price, quantity="1", vat="0.22"):
    return Line("Сборка", Decimal(price), Decimal(quantity), vat and Decimal(vat), SERVICE)


@dataclass(frozen=True)
class Till:
    """Sells in one shop."""

    shop: Shop

    def sell(self, *lines, buyer=FACTORY, placed=PLACED, shipped=SHIPPED, delivery="0"):
        """Let an order be placed and, unless *shipped* is None, leave in one shipment."""
        at = self._moment(placed)
        number = self.shop.orders.next_id
        order = self.shop.orders.add(
            Order(number, str(number), "s1", LEGAL_ENTITY, 1, "RUB", at, at, at, xml_id="by-hand")
        )
        for place, (code, value) in enumerate(buyer.items(), 1):
            table = self.shop.property_values
            table.add(PropertyValue(table.next_id, order.id, place, code, code, value))
        shipment = self._pack(order, Decimal(delivery))
        for line in lines:
            self._put(order, shipment, line)
        order.price = sum((line.price * line.quantity for line in lines), shipment.price_delivery)
        if shipped:
            self.send(order, shipped)
        return order

    def send(self, order, on=SHIPPED):
        """Let the order's shipment leave."""
        for shipment in self.shop.shipments.of(order.id):
            shipment.deducted, shipment.date_deducted = True, self._moment(on)
        order.touch(self._moment(on))

    def take(self, order, amount=None, on=PAID, way=TRANSFER):
        """Take money for an order, all that it costs and by transfer unless said otherwise."""
        table = self.shop.payments
        payment = Payment(
            id=table.next_id,
            order_id=order.id,
            account_number=f"{order.id}/{table.next_id}",
            pay_system_id=way.id,
            pay_system_name=way.name,
            pay_system_is_cash=way.is_cash,
            sum=order.price if amount is None else Decimal(amount),
            currency="RUB",
            date_bill=order.date_insert,
            xml_id="by-hand",
            paid=True,
            date_paid=self._moment(on),
        )
        order.touch(self._moment(on))
        return table.add(payment)

    def give_back(self, payment, on=SHIPPED):
        """Give the money back the way it came."""
        payment.is_return, payment.pay_return_date = "P", self._moment(on)
        self.shop.orders[payment.order_id].touch(self._moment(on))

    def take_in(self, order, quantity, place=0, on=SHIPPED):
        """Let goods come back: only so many of a line are still with the buyer."""
        (shipment,) = self.shop.shipments.of(order.id)
        item = self.shop.shipment_items.of(shipment.id)[place]
        item.quantity = Decimal(quantity)
        order.touch(self._moment(on))

    def _pack(self, order, price):
        table = self.shop.shipments
        return table.add(
            Shipment(
                table.next_id,
                order.id,
                f"{order.id}/1",
                delivery_id=1,
                delivery_name="Курьер",
                currency="RUB",
                date_insert=order.date_insert,
                xml_id="by-hand",
                price_delivery=price,
            )
        )

    def _put(self, order, shipment, line):
        table = self.shop.basket_items
        item = BasketItem(
            id=table.next_id,
            order_id=order.id,
            sort=100,
            product_id=1,
            name=line.name,
            quantity=line.quantity,
            price=line.price,
            base_price=line.price,
            discount_price=Decimal(0),
            currency="RUB",
            vat_rate=line.vat,
            vat_included=True,
            measure_code="796",
            measure_name="шт",
            lid="s1",
            date_insert=order.date_insert,
            date_update=order.date_insert,
            xml_id="by-hand",
            type=line.type,
        )
        table.add(item)
        packed = self.shop.shipment_items
        packed.add(
            ShipmentItem(packed.next_id, shipment.id, item.id, line.quantity, order.date_insert, "by-hand")
        )

    def _moment(self, text):
        return datetime.fromisoformat(text).replace(tzinfo=self.shop.zone)
