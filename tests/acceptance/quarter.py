"""A quarter of a shop with every kind of payment and refund, kept in the books fortnight by fortnight."""

import shutil
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from types import MappingProxyType

from tests.acceptance.office import ElbaOffice, ElbaPublicOffice, KonturOffice, Sandbox

from bookkeeping.bill_payments import read_bill_payments
from bookkeeping.ledger import open_engine
from bookkeeping.reconciliation import explain
from bookkeeping.storage import read_shop
from sandbox.app import Settings, create_app, serving
from sandbox.books import elba_oauth_documents, elba_public_documents
from sandbox.shop.dictionaries import INNER

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
QUARTER = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
AFTERWARDS = timedelta(days=21)
"""What orders of the quarter do later is in the books too."""

ORDERS_A_DAY = 2
ZERO = Decimal(0)
BILLS = {"elba_oauth": "invoices", "elba_public": "bills"}


class Clock:
    """Time that passes only when told to, from after the quarter on."""

    def __init__(self):
        self.now = datetime(2026, 11, 1, 9, tzinfo=UTC)

    def __call__(self):
        return self.now

    def time(self):
        return self.now.timestamp()

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Return:
    """Goods of one line that came back: how much, and what they cost."""

    order_id: int
    quantity: Decimal
    roubles: Decimal


class Quarter:
    """One seller's quarter.

    :ivar returns: the goods that came back, by order.
    """

    def __init__(self, office):
        self.office, self.returns = office, {}
        self.sandbox, self.shop = office.sandbox, office.sandbox.parts.shop
        self.book = self.sandbox.parts.shelf.books[office.book]

    def live(self):
        """Let the fortnights pass in Kontur: now and then goods come back that were sold in the one before.

        In Elba the quarter is backfilled at once, and the accountant marks bills paid.
        """
        if self.office.book == "kontur":
            self._live_by_fortnights()
        else:
            self.sync()
            self.keep_elba()

    def _live_by_fortnights(self):
        for first in [FIRST + timedelta(weeks=2 * number) for number in range(8)]:
            last = first + timedelta(days=13)
            self.sync(first, last)
            if last <= LAST - timedelta(weeks=1):
                self.take_goods_back(first, last)

    def sync(self, first=FIRST, last=LAST + AFTERWARDS):
        """Do what the runs of some days do."""
        office, end = self.office, self._midnight(last + timedelta(days=1))
        office._extract(first, end)
        office._transform(end)
        office._post()
        office._pay(end)

    def take_goods_back(self, first, last):
        """Let one of something come back, of a few orders shipped in a fortnight and paid by its end."""
        for order in self.shop.orders.values():
            shipments = [s for s in self.shop.shipments.of(order.id) if s.deducted]
            if order.id % 5 or order.canceled or order.id in self.shop.oddities or len(shipments) != 1:
                continue
            day = shipments[0].date_deducted.date()
            paid = [p.date_paid.date() for p in self.kept(order.id)]
            if first <= day <= last and all(each <= last for each in paid):
                self._take_back(order, shipments[0], last + timedelta(days=3))

    def _take_back(self, order, shipment, day):
        for item in self.shop.shipment_items.of(shipment.id):
            line = self.shop.basket_items[item.basket_id]
            is_plain = line.is_line and line.type is None and line.vat_included
            if (
                is_plain
                and line.price == round(line.price, 2)
                and item.quantity >= 2
                and not item.quantity % 1
            ):
                item.quantity -= 1
                self.returns[order.id] = Return(order.id, Decimal(1), line.price)
                order.touch(datetime.combine(day, clock_time(12), self.shop.zone))
                return

    def keep_elba(self):
        """Mark bills paid in Elba as an accountant does, and learn of it."""
        pay = {"elba_oauth": elba_oauth_documents.pay, "elba_public": elba_public_documents.pay}
        self.learn()
        for order in self.shop.orders.values():
            amount = sum((payment.sum for payment in self.kept(order.id)), ZERO)
            for bill in self.documents_of(order.id, BILLS[self.office.book]) if amount else ():
                pay[self.office.book](self.book, bill["id"], amount)
        self.learn()

    def learn(self):
        """Read what came for bills."""
        read_bill_payments(self.office.company, self.office.ledger, self.office.open_books())

    def kept(self, order_id):
        """Return an order's payments that brought money which is still there."""
        return [
            payment
            for payment in self.shop.payments.of(order_id)
            if payment.date_paid and payment.pay_system_id != INNER.id
            if (payment.paid or payment.is_return == "Y") and payment.is_return != "P"
        ]

    def documents_of(self, order_id, collection="documents"):
        """Return what stands in the books of an order."""
        mark = f":{order_id}:", f":{order_id}]"
        return [
            row
            for row in self.book.rows(collection)
            if any(part in row["comment"] for part in mark) and row.get("status") != "cancelled"
        ]

    def events(self):
        """Return the orders that something happened to, by day, as the shop's own tables tell it."""
        days = defaultdict(set)
        for order in self.shop.orders.values():
            days[order.date_insert.date()].add(str(order.id))
            days[order.date_update.date()].add(str(order.id))
            for shipment in self.shop.shipments.of(order.id):
                if shipment.date_deducted:
                    days[shipment.date_deducted.date()].add(str(order.id))
            for payment in self.shop.payments.of(order.id):
                if payment.date_paid:
                    days[payment.date_paid.date()].add(str(order.id))
        return days

    def frames(self):
        """Return the shop as it was read last."""
        return read_shop(self.office.staging)

    def reconcile(self, frames, first=FIRST, last=LAST + AFTERWARDS):
        """Explain some days."""
        office, end = self.office, self._midnight(last + timedelta(days=1))
        return explain([frames], office.company, (first, last), end, office.ledger, office.open_books())

    def outcomes(self):
        """Read the quarter anew and say how each order ends, and what is foreign."""
        self.sync()
        self.learn()
        told = self.reconcile(self.frames())
        return {int(row.order_id): (row.outcome.value, row.difference) for row in told.orders}, told.foreign

    def _midnight(self, day):
        return datetime.combine(day, clock_time(), self.office.company.zone)


OFFICES = MappingProxyType(
    {"kontur": KonturOffice, "elba oauth": ElbaOffice, "elba public": ElbaPublicOffice}
)


@contextmanager
def quarter_in(books, migrated_file, folder):
    """Live through a quarter in some books; the ledger and the staged files lie in a folder."""
    clock = Clock()
    settings = Settings(seed=3, first_day=FIRST, days=len(QUARTER), orders_per_day=ORDERS_A_DAY, limits=False)
    app = create_app(settings, clock=clock.time)
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, folder / 'ledger.db')}")
    with serving(app) as origin:
        office = OFFICES[books](Sandbox(app.state.sandbox, origin), engine, clock, folder)
        quarter = Quarter(office)
        quarter.live()
        yield quarter
    engine.dispose()
