"""How an order is paid: by what, in how many parts, and when."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shop.arithmetic import rounded
from sandbox.shop.chance import Deck, bx_id
from sandbox.shop.dictionaries import CARD, CASH, INNER, TRANSFER
from sandbox.shop.model import Payment
from sandbox.shop.moments import at_work, date_only, soon
from sandbox.shop.story import Paying

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.shop.model import Order, PaySystem, Shop
    from sandbox.shop.story import Story

COMPANY_WAYS = {TRANSFER: 9, CARD: 1}
PERSON_WAYS = {CARD: 7, CASH: 3}
THROUGH_SYSTEM, TO_INNER = "P", "Y"
TAKEN_BACK = {True: 1, False: 2}
TOO_MUCH = (Decimal("0.10"), Decimal("50.00"), Decimal("1000.00"))


class Cashier:
    """Writes out the payments of a shop's orders and takes the money."""

    def __init__(self, shop: Shop, chance: Random) -> None:
        self._shop = shop
        self._chance = chance
        self._company_ways = Deck(chance, COMPANY_WAYS)
        self._person_ways = Deck(chance, PERSON_WAYS)
        self._taken_back = Deck(chance, TAKEN_BACK)

    def bill(self, story: Story) -> None:
        """Write out what the buyer is to pay, and by what."""
        way = (self._company_ways if story.is_legal_entity else self._person_ways).draw()
        price = story.order.price
        part = rounded(price * self._chance.randint(20, 80) / 100)
        match story.fate.paying:
            case Paying.ONCE:
                self._write(story, way, price)
            case Paying.TWICE:
                self._write(story, way, part)
                self._write(story, way, price - part)
            case Paying.TOO_MUCH:
                self._write(story, way, price + self._chance.choice(TOO_MUCH))
            case Paying.FROM_INNER:
                self._write(story, INNER, part)
                self._write(story, way, price - part)

    def take(self, story: Story) -> None:
        """Receive all that was billed, later parts on later days."""
        if not story.pays:
            return
        for payment in self._shop.payments.of(story.order.id):
            at = self._moment(story.order, payment)
            self._receive(payment, at)
            story.events.append(at)

    def repay(self, payment: Payment, at: datetime) -> None:
        """Give money back the way it came, and date it; some gateways then call the payment unpaid."""
        if payment.pay_system_id == INNER.id:
            self.credit(payment)
            return
        self.promise(payment)
        payment.pay_return_date = date_only(at)
        payment.pay_return_num = str(payment.id)
        payment.paid = payment.pay_system_id != CARD.id or not self._taken_back.draw()

    def promise(self, payment: Payment) -> None:
        """Give money back the way it came, and forget to write down when."""
        payment.is_return = THROUGH_SYSTEM
        payment.pay_return_comment = "Возврат по заявлению покупателя"

    def credit(self, payment: Payment) -> None:
        """Give money back to the buyer's inner account, from which it does not leave the shop."""
        payment.is_return = TO_INNER

    def _write(self, story: Story, way: PaySystem, total: Decimal) -> None:
        order, table = story.order, self._shop.payments
        table.add(
            Payment(
                id=table.next_id,
                order_id=order.id,
                account_number=f"{order.account_number}/{len(table.of(order.id)) + 1}",
                pay_system_id=way.id,
                pay_system_name=way.name,
                pay_system_is_cash=way.is_cash,
                sum=total,
                currency=order.currency,
                date_bill=order.date_insert,
                xml_id=bx_id(self._chance),
            )
        )

    def _moment(self, order: Order, payment: Payment) -> datetime:
        if earlier := self._paid_the_same_way(order, payment):
            return at_work(self._chance, max(earlier), self._chance.randint(1, 5))
        match payment.pay_system_id:
            case CARD.id | INNER.id:
                return soon(self._chance, order.date_insert)
            case CASH.id:
                return self._handed_over(order)
        return at_work(self._chance, order.date_insert, self._chance.randint(0, 4))

    def _paid_the_same_way(self, order: Order, payment: Payment) -> list[datetime]:
        payments = self._shop.payments.of(order.id)
        alike = (other for other in payments if other.pay_system_id == payment.pay_system_id)
        return [other.date_paid for other in alike if other.date_paid]

    def _handed_over(self, order: Order) -> datetime:
        shipments = self._shop.shipments.of(order.id)
        sent = (shipment.date_deducted for shipment in shipments if shipment.date_deducted)
        return min(sent, default=at_work(self._chance, order.date_insert, self._chance.randint(0, 3)))

    def _receive(self, payment: Payment, at: datetime) -> None:
        payment.paid = True
        payment.date_paid = at
        match payment.pay_system_id:
            case CARD.id:
                self._confirm(payment, at)
            case TRANSFER.id:
                payment.pay_voucher_num = str(self._chance.randint(1, 999))
                payment.pay_voucher_date = date_only(at)

    def _confirm(self, payment: Payment, at: datetime) -> None:
        payment.ps_status = "Y"
        payment.ps_sum = payment.sum
        payment.ps_currency = payment.currency
        payment.ps_invoice_id = f"{self._chance.getrandbits(128):032x}"
        payment.ps_response_date = at
