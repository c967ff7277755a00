"""Differences that people make: in the books past our client, or in the shop after all was posted."""

from datetime import datetime
from decimal import Decimal

from bookkeeping.outcomes import Outcome

CALM = {Outcome.MATCHED, Outcome.NOT_DUE, Outcome.NOT_CHECKED}
BILLS = {"kontur": "documents", "elba_oauth": "invoices", "elba_public": "bills"}
KEPT_BY_US = {"id", "createdAt"}


class Planting:
    """Takes an order for each difference.

    :ivar expected: how these orders must end, by id.
    :ivar foreign: the numbers of documents that no order explains.
    :ivar invisible: the orders with a difference that these books cannot show.
    """

    def __init__(self, quarter, clean):
        self.quarter, self.book, self.shop = quarter, quarter.book, quarter.shop
        self.expected, self.foreign, self.invisible = {}, [], []
        self._free = [id_ for id_, (outcome, _) in clean.items() if outcome in CALM and self._is_plain(id_)]

    def _is_plain(self, order_id):
        """Whether an order was shipped whole, as goods alone, and paid with one payment."""
        order, kept = self.shop.orders[order_id], self.quarter.kept(order_id)
        items = [item for item in self.shop.basket_items.of(order_id) if item.is_line]
        return (
            not order.canceled
            and order_id not in self.quarter.returns
            and [payment.sum for payment in self.shop.payments.of(order_id)] == [order.price]
            and len(kept) == 1
            and all(item.type is None for item in items)
            and [shipment.deducted for shipment in self.shop.shipments.of(order_id)] == [True]
        )

    @property
    def has_sales(self):
        """Whether an order has a sale beside its bill in these books."""
        return self.book.name != "elba_oauth"

    def take(self, outcome=None, difference=None):
        """Take an order that is to end so; by default with all that it cost."""
        order_id = self._free.pop()
        if outcome:
            roubles = self.price(order_id) if difference is None else Decimal(difference)
            self.expected[order_id] = (outcome, roubles)
        return order_id

    def price(self, order_id):
        return self.shop.orders[order_id].price.quantize(Decimal("0.01"))

    def document(self, order_id):
        """Return what is to be meddled with: a sale where there are no bills to see money on."""
        kind = "sale" if self.book.name == "kontur" else "bill"
        rows = self.quarter.documents_of(order_id, BILLS[self.book.name])
        return next(row for row in rows if f"[b2:{kind}:" in row["comment"])

    def money(self, order_id):
        (row,) = [r for r in self.book.rows("payments") if f":{order_id}:" in r["comment"]]
        return row

    def replace(self, row, **facts):
        self.book.replace(BILLS[self.book.name], row | facts)

    def copy(self, collection, row, **facts):
        self.book.add(collection, {k: v for k, v in row.items() if k not in KEPT_BY_US} | facts)


def plant_all(quarter, clean):
    """Plant every difference that the books have a place for, and return what was planted."""
    planting = Planting(quarter, clean)
    in_documents(planting)
    (in_money if planting.book.name == "kontur" else in_bills)(planting)
    in_the_shop(planting)
    return planting


def in_documents(planting):
    """One is deleted, one has another sum, one is doubled, and one of others' bears our number."""
    shelf = BILLS[planting.book.name]
    deleted = planting.document(planting.take(Outcome.DOCUMENT_MISSING))
    planting.book.remove(shelf, deleted["id"])

    edited = planting.document(planting.take(Outcome.DOCUMENT_DIFFERS, 100))
    planting.replace(edited, **dearer(edited))

    for comment in ({}, {"comment": "made by hand"}):
        order_id = planting.take()
        doubled = planting.document(order_id)
        planting.copy(shelf, doubled, **comment)
        if planting.book.name == "elba_public":
            planting.invisible.append(order_id)
        else:
            planting.foreign.append(doubled["number"])


def dearer(row):
    """Return what a document says that costs a hundred more."""
    if "warehouseItems" in row:
        first, *others = row["warehouseItems"]
        return {"warehouseItems": [first | {"sum": Decimal(first["sum"]) + 100}, *others]}
    name = "totalAmount" if "totalAmount" in row else "total"
    return {name: Decimal(row[name]) + 100}


def in_money(planting):
    """A payment is gone, one is doubled, one has another sum, and a refund is there that nobody gave."""
    book = planting.book
    book.remove("payments", planting.money(planting.take(Outcome.PAYMENT_MISSING))["id"])
    planting.copy("payments", planting.money(planting.take(Outcome.AMOUNT_DIFFERS)))

    other = planting.money(planting.take(Outcome.AMOUNT_DIFFERS, -10))
    book.replace("payments", other | {"amount": Decimal(other["amount"]) - 10})

    paid = planting.money(planting.take(Outcome.AMOUNT_DIFFERS, -50))
    refund = {"amount": Decimal(50), "direction": "out", "reason": "by hand", "comment": ""}
    planting.copy("refunds", paid, **refund)


def in_bills(planting):
    """A bill is paid in Elba alone, and one in the shop alone."""
    (payment,) = planting.shop.payments.of(planting.take(Outcome.PAID_IN_BOOKS_ONLY))
    payment.paid, payment.date_paid = False, None

    bill = planting.document(planting.take(Outcome.PAID_IN_SHOP_ONLY))
    planting.replace(bill, paidSum=Decimal(0), status="notPaid")


def in_the_shop(planting):
    """An order gets dearer delivery, and one is cancelled; both stand in every document."""
    touched = datetime(2026, 10, 15, 12, tzinfo=planting.shop.zone)
    documents = 1 + planting.has_sales
    order = planting.shop.orders[planting.take(Outcome.CHANGED_AFTER_POSTING, documents * 10)]
    (shipment,) = planting.shop.shipments.of(order.id)
    shipment.price_delivery, order.price = shipment.price_delivery + 10, order.price + 10
    order.touch(touched)

    order = planting.shop.orders[planting.take(Outcome.CANCELLED_AFTER_POSTING)]
    planting.expected[order.id] = (Outcome.CANCELLED_AFTER_POSTING, documents * planting.price(order.id))
    order.canceled = True
    order.touch(touched)
