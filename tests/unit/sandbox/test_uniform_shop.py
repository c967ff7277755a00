"""The shop for measuring: as many orders as asked, all alike, and to the kopeck."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sandbox.shop.arithmetic import order_total
from sandbox.shop.uniform import uniform_shop

DAY = date(2026, 10, 5)
CODES = ["COMPANY", "COMPANY_ADR", "INN", "KPP", "FIO", "EMAIL", "PHONE", "ZIP", "CITY", "ADDRESS"]


@pytest.fixture(scope="module")
def shop():
    return uniform_shop(200, day=DAY, old=40)


def of_the_day(shop):
    return [order for order in shop.orders.values() if order.date_insert.date() == DAY]


def test_the_day_has_as_many_orders_as_asked_and_none_leaves_it(shop):
    assert len(of_the_day(shop)) == 200
    assert len(shop.orders) == 240
    assert {order.date_update.date() for order in of_the_day(shop)} == {DAY}
    assert max(order.date_update for order in of_the_day(shop)).astimezone(
        ZoneInfo("Europe/Moscow")
    ) < datetime(2026, 10, 6, tzinfo=ZoneInfo("Europe/Moscow"))


def test_old_orders_come_before_the_day_s_or_stand_between_them(shop):
    scattered = uniform_shop(200, day=DAY, old=40, dense=False)

    assert [order.id for order in of_the_day(shop)] == list(shop.orders)[40:]
    assert len(of_the_day(scattered)) == 200
    assert {b.id - a.id for a, b in zip(of_the_day(scattered), of_the_day(scattered)[1:], strict=False)} == {
        1,
        2,
    }


def test_an_order_s_positions_and_delivery_are_its_price(shop):
    for order in shop.orders.values():
        items, payments = shop.basket_items.of(order.id), shop.payments.of(order.id)
        assert len(items) == 3
        assert order.price == order_total(items, shop.shipments.of(order.id)) > 0
        assert sum((payment.sum for payment in payments), Decimal(0)) == order.price
        assert [value.code for value in shop.property_values.of(order.id)] == CODES
        assert all(value.value for value in shop.property_values.of(order.id))


def test_payments_and_shipments_have_their_shares(shop):
    orders = of_the_day(shop)
    shipments = [shipment for order in orders for shipment in shop.shipments.of(order.id)]

    assert sum(len(shop.payments.of(order.id)) for order in orders) == 220
    assert len(shipments) == 210
    assert sum(len(shop.shipment_items.of(shipment.id)) for shipment in shipments) == 600
    assert sum(order.payed for order in orders) == 120
    assert sum(order.deducted for order in orders) == 60
    assert {
        payment.date_paid.date() for order in orders for payment in shop.payments.of(order.id) if payment.paid
    } == {DAY}


def test_the_same_arguments_make_the_same_shop():
    assert uniform_shop(10, day=DAY).basket_items == uniform_shop(10, day=DAY).basket_items
