"""Orders come, change and go while they are read: none is lost, none is read twice, none is half an order."""

import copy
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping.companies import Shop
from bookkeeping.extraction import Known, read_day
from sandbox.shop.uniform import uniform_shop

FIRST = date(2026, 10, 1)
SHOP = uniform_shop(130, day=FIRST, old=20)
CHOSEN = st.integers(0, 10_000)
CHANGES = st.sampled_from(["change", "pay", "ship", "place", "back-date", "delete"])
DEEDS = st.lists(st.tuples(CHANGES, CHOSEN), max_size=3)


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=MOSCOW)


class MovingOrders(RuleBasedStateMachine):
    """Each day is read in the night after it, while people go on working in the shop."""

    def __init__(self):
        super().__init__()
        self.now = midnight(FIRST) + timedelta(days=1, minutes=10)
        self.day = self.newest = FIRST
        self.seen = {}
        self.office = None

    @initialize()
    def open(self):
        self.shop = copy.deepcopy(SHOP)
        self.office = Office(self.shop, self.time)

    def teardown(self):
        if self.office is None:
            return
        try:
            self.everything_was_read_as_it_stands()
        finally:
            self.office.close()

    def time(self):
        return self.now.timestamp()

    @rule(deeds=DEEDS)
    def work_in_the_shop(self, deeds):
        self.now += timedelta(minutes=5)
        for deed in deeds:
            self.do(*deed)

    @rule(deeds=st.lists(DEEDS, max_size=6))
    def read_a_day(self, deeds):
        """Read the day that is over; before each request something may happen."""
        self.now = max(self.now, midnight(self.day) + timedelta(days=1, minutes=10))
        ahead = list(deeds)
        self.office.network.before = lambda: [self.do(*deed) for deed in (ahead.pop() if ahead else [])]
        start = midnight(self.day)
        open_orders = [id_ for id_ in sorted(self.seen) if int(id_) % 50 == 0]
        tables = read_day(self.office.client(), Shop(), start, start + timedelta(1), Known(open_orders))
        self.office.network.before = lambda: None
        self.keep(tables)
        self.day += timedelta(days=1)

    def keep(self, tables):
        rows = {name: table.to_pylist() for name, table in tables.items()}
        ids = [row["order_id"] for row in rows["orders"]]
        assert len(set(ids)) == len(ids)
        for name, key in (("lines", "line_id"), ("payments", "payment_id"), ("shipments", "shipment_id")):
            keys = [row[key] for row in rows[name]]
            assert len(set(keys)) == len(keys)
        for order in rows["orders"]:
            mine = {
                name: [r for r in rows[name] if r["order_id"] == order["order_id"]]
                for name in rows
                if name != "shipment_items"
            }
            self.seen[order["order_id"]] = mine

    def do(self, what, number):
        orders = list(self.shop.orders.values())
        order = orders[number % len(orders)]
        self.now += timedelta(seconds=20)
        self.newest = self.now.astimezone(MOSCOW).date()
        getattr(self, f"do_{what.replace('-', '_')}")(order)

    def do_change(self, order):
        item = self.shop.basket_items.of(order.id)[0]
        item.quantity += 1
        order.price += item.price
        order.touch(self.now)

    def do_pay(self, order):
        for payment in self.shop.payments.of(order.id):
            payment.paid, payment.date_paid = True, self.now
        order.touch(self.now)

    def do_ship(self, order):
        for shipment in self.shop.shipments.of(order.id):
            shipment.deducted, shipment.date_deducted = True, self.now
        order.touch(self.now)

    def do_place(self, order, at=None):
        placed = copy.copy(order)
        placed.id = self.shop.orders.next_id
        placed.date_insert = at or self.now
        placed.touch(self.now)
        self.shop.orders.add(placed)
        for table in (self.shop.basket_items, self.shop.payments, self.shop.shipments):
            for row in table.of(order.id):
                twin = copy.copy(row)
                twin.id, twin.order_id = table.next_id, placed.id
                table.add(twin)

    def do_back_date(self, order):
        self.do_place(order, at=midnight(self.day) - timedelta(days=3))

    def do_delete(self, order):
        if len(self.shop.orders) > 100:
            for table in (
                self.shop.basket_items,
                self.shop.payments,
                self.shop.shipments,
                self.shop.property_values,
            ):
                for row in list(table.of(order.id)):
                    table.remove(row.id)
            self.shop.orders.remove(order.id)

    def everything_was_read_as_it_stands(self):
        """By the end every order that is there was read in its newest version, with all that hangs on it."""
        while self.day <= self.newest:
            self.read_a_day([])
        for order in self.shop.orders.values():
            if order.date_update < midnight(FIRST):
                continue
            seen = self.seen[str(order.id)]
            assert [row["version"] for row in seen["orders"]] == [order.version]
            lines = {row["line_id"]: row["quantity"] for row in seen["lines"]}
            assert lines == {str(i.id): Decimal(i.quantity) for i in self.shop.basket_items.of(order.id)}
            payments = {row["payment_id"]: row["paid"] for row in seen["payments"]}
            assert payments == {str(p.id): p.paid for p in self.shop.payments.of(order.id)}
            shipments = {row["shipment_id"]: row["shipped"] for row in seen["shipments"]}
            assert shipments == {str(s.id): s.deducted for s in self.shop.shipments.of(order.id)}


TestMovingOrders = MovingOrders.TestCase
TestMovingOrders.settings = settings(max_examples=15, stateful_step_count=8, deadline=None)
