"""How an order's life ends: kept, cancelled or paid back, and what its row then says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shop.dictionaries import FINISHED, PAID, SHIPPED
from sandbox.shop.moments import at_work
from sandbox.shop.story import Leaving, Life

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.shop.cashier import Cashier
    from sandbox.shop.model import Order, Shop
    from sandbox.shop.story import Story

REASONS = ("Покупатель передумал", "Нет в наличии", "Дубль заказа", "Не удалось связаться с покупателем", "")


class Endings:
    """Brings the stories of a shop's orders to their end."""

    def __init__(self, shop: Shop, chance: Random, cashier: Cashier) -> None:
        self._shop = shop
        self._chance = chance
        self._cashier = cashier

    def tell(self, story: Story) -> None:
        """Cancel or pay back if that is its fate, then write what all the events amount to."""
        self._settle_status(story)
        match story.fate.life:
            case Life.CANCELLED_UNPAID | Life.CANCELLED_PAID | Life.CANCELLED_SHIPPED:
                self._cancel(story)
            case Life.CANCELLED_REPAID:
                self._pay_back(story, self._cancel(story))
            case Life.REFUNDED | Life.REFUNDED_UNDATED | Life.REFUNDED_INWARDS:
                self._refund(story)
        self._sum_up(story)

    def _cancel(self, story: Story) -> datetime:
        order, at = story.order, at_work(self._chance, story.now, self._chance.randint(0, 2))
        order.canceled = True
        order.date_canceled = at
        order.reason_canceled = self._chance.choice(REASONS)
        story.events.append(at)
        return at

    def _pay_back(self, story: Story, at: datetime) -> None:
        for payment in self._shop.payments.of(story.order.id):
            self._cashier.repay(payment, at)

    def _refund(self, story: Story) -> None:
        at = at_work(self._chance, story.now, self._chance.randint(1, 10))
        *_, payment = self._shop.payments.of(story.order.id)
        match story.fate.life:
            case Life.REFUNDED:
                self._cashier.repay(payment, at)
            case Life.REFUNDED_UNDATED:
                self._cashier.promise(payment)
            case Life.REFUNDED_INWARDS:
                self._cashier.credit(payment)
        story.events.append(at)

    def _settle_status(self, story: Story) -> None:
        order = story.order
        paid_at = max(self._payments(order), default=None)
        sent_at = max(self._departures(story), default=None)
        if paid_at and sent_at:
            order.status_id, order.date_status = FINISHED, max(paid_at, sent_at)
        elif sent_at:
            order.status_id, order.date_status = SHIPPED, sent_at
        elif paid_at:
            order.status_id, order.date_status = PAID, paid_at

    def _payments(self, order: Order) -> list[datetime]:
        return [payment.date_paid for payment in self._shop.payments.of(order.id) if payment.date_paid]

    def _departures(self, story: Story) -> list[datetime]:
        """When the shipments left; nothing unless all of the order has left."""
        moments = [shipment.date_deducted for shipment in self._shop.shipments.of(story.order.id)]
        left = [moment for moment in moments if moment]
        is_whole = len(left) == len(moments) and story.fate.leaving is not Leaving.PARTLY_UNPLANNED
        return left if is_whole else []

    def _sum_up(self, story: Story) -> None:
        order = story.order
        paid = (payment.sum for payment in self._shop.payments.of(order.id) if payment.paid)
        order.payed = sum(paid, Decimal(0)) >= order.price
        order.deducted = bool(self._departures(story))
        for moment in sorted(story.events):
            order.touch(moment)
