"""Days as they hardly ever are: they are read whole all the same, and for no more than they are worth."""

import dataclasses
import json
import re
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytest
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping.clients.bitrix import ListQuery
from bookkeeping.companies import Shop
from bookkeeping.extraction import Known, find_out, read_day
from bookkeeping.extraction import day as day_module
from sandbox.shop.model import TradeBinding
from sandbox.shop.uniform import uniform_shop

START = datetime(2026, 10, 1, tzinfo=MOSCOW)
END = START + timedelta(1)
LONG_AGO = START - timedelta(40)
REFERENCE = re.compile(r"\$result\[(c\d+)\]\[(\w+)\]\[(\d+)\]")


@pytest.fixture
def make():
    made = []

    def make_office(orders):
        made.append(Office(uniform_shop(orders, day=date(2026, 10, 1))))
        return made[-1]

    yield make_office
    for office in made:
        office.close()


def read(office, known=None, **shop):
    return read_day(office.client(), Shop(**shop), START, END, known)


def ids(tables):
    return tables["orders"]["order_id"].to_pylist()


class Ear:
    """Hears every batch's commands, and may answer in the portal's place."""

    def __init__(self, office):
        self.commands, self._ask = [], office.network.wire.ask
        object.__setattr__(office.network, "wire", self)

    def ask(self, request, body):
        self.commands.append({name: unquote(text) for name, text in json.loads(body)["cmd"].items()})
        return self._ask(request, body)


def refuse_broken_references(office):
    """Some cores answer a reference that points nowhere with an error (contract, section 7)."""
    ear = Ear(office)

    def refuse(body):
        results, errors = body["result"]["result"], {}
        for name, text in ear.commands[-1].items():
            for before, wrapper, place in REFERENCE.findall(text):
                if before in errors or len(results[before][wrapper]) <= int(place):
                    errors[name] = {"error": "0", "error_description": "Wrong value"}
        for name in errors:
            del results[name]
        body["result"]["result_error"] = errors or []
        return body

    office.network.change = refuse
    return ear


def children_of(shop):
    return shop.basket_items, shop.payments, shop.shipments, shop.property_values


def remove_children(shop, order_id):
    for table in children_of(shop):
        for row in list(table.of(order_id)):
            table.remove(row.id)


def happened_long_ago(shop):
    """Let nothing but the orders' last changes lie on the day."""
    for order in shop.orders.values():
        order.date_insert = LONG_AGO
    for payment in shop.payments.values():
        payment.date_paid = LONG_AGO
    for shipment in shop.shipments.values():
        shipment.date_deducted = shipment.date_deducted and LONG_AGO


def test_a_long_list_is_whole_though_its_last_page_came_cut(make, monkeypatch):
    monkeypatch.setattr(day_module, "LONG", 3)
    office = make(600)
    happened_long_ago(office.shop)
    ear, cut = Ear(office), []

    def cut_once(body):
        for name, text in ear.commands[-1].items():
            if text.startswith("sale.order.list") and "order[id]=desc" in text and not cut:
                cut.append(name)
                del body["result"]["result"][name]["orders"][:20]
        return body

    office.network.change = cut_once

    assert len(ids(read(office))) == 600
    assert cut


def test_a_core_that_refuses_a_reference_to_nowhere_is_read_to_the_end(make):
    office = make(120)
    refuse_broken_references(office)
    query = ListQuery("lines", "sale.basketitem.list", "basketItems", ("orderId",), {">=orderId": 1}, 2000)

    assert len(office.client().read_lists([query])["lines"]) == len(office.shop.basket_items)


def test_orders_that_are_unlike_the_first_ones_are_no_trouble_for_such_a_core(make):
    office = make(400)
    for order in list(office.shop.orders.values())[130:]:
        for table in (office.shop.payments, office.shop.property_values):
            for row in list(table.of(order.id))[2:]:
                table.remove(row.id)
    refuse_broken_references(office)

    assert len(ids(read(office))) == 400


@pytest.mark.parametrize("orders", [0, 1])
def test_a_shop_that_has_sold_nothing_yet_can_be_tried_and_read(make, orders):
    for refuses in (False, True):
        office = make(1)
        if not orders:
            (order,) = office.shop.orders.values()
            remove_children(office.shop, order.id)
            office.shop.orders.remove(order.id)
        if refuses:
            refuse_broken_references(office)

        assert not find_out(office.client(), Shop()).takes_property_arrays
        assert len(ids(read(office))) == orders


def test_ids_that_lie_half_a_million_apart_cost_no_thousands_of_commands(make):
    office = make(120)
    for order in list(office.shop.orders.values())[60:]:
        new = dataclasses.replace(order, id=order.id + 500_000)
        for table in children_of(office.shop):
            for row in list(table.of(order.id)):
                table.remove(row.id)
                table.add(dataclasses.replace(row, order_id=new.id))
        office.shop.orders.remove(order.id)
        office.shop.orders.add(new)

    assert len(ids(read(office))) == 120
    assert office.sandbox.portal_counters.commands < 120


def test_an_order_without_payments_does_not_make_gaps_seem_cheap(make):
    """Held orders lie at both ends of the shop's history; between them are two thousand that nobody wants."""
    office = make(2000)
    orders = list(office.shop.orders.values())
    happened_long_ago(office.shop)
    for order in orders:
        order.date_update = LONG_AGO
    orders[1000].date_update = START + timedelta(hours=2)
    for payment in list(office.shop.payments.of(orders[1000].id)):
        office.shop.payments.remove(payment.id)

    tables = read(office, Known([str(orders[0].id), str(orders[-1].id)]))

    assert len(ids(tables)) == 3
    assert office.sandbox.portal_counters.commands < 60


def test_an_order_on_which_nothing_hangs_is_an_order(make):
    office = make(5)
    last = list(office.shop.orders)[-1]
    remove_children(office.shop, last)

    assert ids(read(office))[-1] == str(last)


def test_open_orders_that_the_shop_has_no_more_are_named(make):
    office, gone = make(5), []

    read(office, Known(["1", str(next(iter(office.shop.orders)))], on_gone=gone.extend))

    assert gone == ["1"]


def test_an_empty_last_page_alone_does_not_end_a_list(make):
    office = make(30)
    ear, done = Ear(office), []

    def fail_below_and_lose_above(body):
        results, errors = body["result"]["result"], {}
        for name, text in list(ear.commands[-1].items()) * (not done):
            done.append(name)
            if "order[id]=desc" in text:
                results[name] = {"payments": []}
            else:
                del results[name]
                errors[name] = {"error": "INTERNAL_SERVER_ERROR"}
        body["result"]["result_error"] = errors or []
        return body

    office.network.change = fail_below_and_lose_above
    rows = office.client().read_lists([ListQuery("p", "sale.payment.list", "payments", ("orderId",), {})])

    assert len(rows["p"]) == len(office.shop.payments)


def test_an_order_that_came_by_two_platforms_is_a_marketplace_s_if_one_of_them_is(make):
    office = make(2)
    order_id = next(iter(office.shop.orders))
    for number, platform in enumerate((9, 2), start=1):
        office.shop.trade_bindings.add(TradeBinding(number, order_id, platform, "", "", ""))

    rows = read(office, skip_platforms=["9"])["orders"].to_pylist()

    assert [row["platform"] for row in rows] == ["9", ""]
