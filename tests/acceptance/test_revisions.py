"""What the shop changes or cancels after posting: told line by line, or sent, and nothing differs (R10)."""

from decimal import Decimal

import pytest
from tests.acceptance.office import DAY, KonturOffice
from tests.acceptance.till import goods, service

from bookkeeping.clients.kontur.payloads import VAT_CODES
from bookkeeping.ledger import sent_contents
from bookkeeping.outcomes import Outcome
from bookkeeping.storage import read_shop
from bookkeeping.transforms.documents import due_documents
from bookkeeping.transforms.revisions import Change

CHANGED_AT = "2026-10-03T18:00"


class KeepingUp(KonturOffice):
    """A seller who does with changes what the companies file says, and knows what is due by now."""

    def due(self, day=DAY):
        due = due_documents(read_shop(self.staging), self.company, self._midnight_after(day), frozenset())
        return {item.document.key.mark: item.document for item in due}


@pytest.fixture
def open_office(sandbox, engine, clock, tmp_path):
    return lambda **settings: KeepingUp(sandbox, engine, clock, tmp_path, **settings)


@pytest.fixture
def change(sandbox, till):
    """Make an order another: two kettles for one, at another price, and something new in the parcel."""
    shop = sandbox.parts.shop

    def to_something_else(order):
        kettle = shop.basket_items.of(order.id)[0]
        kettle.quantity, kettle.price = Decimal(2), Decimal("950.50")
        shop.shipment_items.of(shop.shipments.of(order.id)[0].id)[0].quantity = Decimal(2)
        till._put(order, shop.shipments.of(order.id)[0], goods("77.70", "3", vat="0.10"))
        order.price = sum(item.price * item.quantity for item in shop.basket_items.of(order.id))
        order.touch(till._moment(CHANGED_AT))

    return to_something_else


@pytest.fixture
def cancel(till):
    def in_the_shop(order):
        order.canceled, order.date_canceled = True, till._moment(CHANGED_AT)
        order.touch(till._moment(CHANGED_AT))

    return in_the_shop


def standing(office):
    """Return the lines of all that stands in the books, by mark, as the books reckon them."""
    rows = {row["comment"].split()[-1]: row for row in office.rows("documents") if row["status"] == "posted"}
    return {mark: [told(item) for item in row["items"]] for mark, row in rows.items()}


def told(item):
    return (
        *(item["name"], Decimal(item["quantity"]), item["unit"], Decimal(item["price"])),
        *(Decimal(item["amount"]), item["vatRate"], Decimal(item["vatAmount"])),
    )


def ours(line):
    rate = VAT_CODES[line.vat_rate]
    return line.name, line.quantity, line.unit, line.price, line.total, rate, line.vat


def lines_of(documents):
    return {mark: [ours(line) for line in each.lines] for mark, each in documents.items()}


def test_a_change_is_reported_line_by_line_and_not_sent(open_office, till, change):
    office, order = open_office(documents=["sale"]), till.sell(goods("1000.00"))
    office.sync()
    before = standing(office)
    change(order)
    office.sync()
    (row,) = office.reconcile().orders

    assert standing(office) == before
    assert [(each.change, each.name, each.total, each.vat) for each in row.differences] == [
        (Change.CHANGED, "Чайник", Decimal("901.00"), Decimal("162.47")),
        (Change.ADDED, "Чайник", Decimal("233.10"), Decimal("21.19")),
    ]
    assert (row.outcome, row.difference) == (Outcome.CHANGED_AFTER_POSTING, Decimal("1134.10"))
    assert "разница +1134.10 ₽, в том числе НДС +183.66 ₽" in row.explanation
    assert sum(each.vat for each in row.differences) == Decimal("183.66")


def test_a_change_that_is_sent_leaves_no_difference_in_any_line(open_office, till, change):
    office = open_office(on_change="update")
    order = till.sell(goods("1000.00"), service("500.00"), delivery="300.00")
    office.sync()
    before, writes = standing(office), office.sandbox.writes("kontur")
    change(order)
    order.price += 300
    office.sync()
    due = office.due()
    (row,) = office.reconcile().orders

    assert standing(office) == lines_of(due) != before
    assert len(due) == 3
    assert (row.outcome, row.difference, row.differences) == (Outcome.MATCHED, 0, ())
    assert office.sandbox.writes("kontur") == writes + 2  # the act is as it was
    office.sync()
    assert office.sandbox.writes("kontur") == writes + 2


def test_the_ledger_knows_line_by_line_what_stands_in_the_books(open_office, till, change):
    office = open_office(on_change="update")
    order = till.sell(goods("33.33", "3"), goods("99.99", "7", vat=None), delivery="300.00")
    office.sync()
    entries = office.ledger.of_orders("romashka", [str(order.id)], ["bill", "sale"])
    change(order)
    order.price += 300
    office.sync()

    contents = sent_contents(office.ledger.engine, [office.ledger.entry(each.key) for each in entries])
    known = {f"[b2:{':'.join(key.split('/')[1:])}]": content for key, content in contents.items()}
    assert lines_of(known) == standing(office)


def test_an_order_that_was_cancelled_before_posting_leaves_no_trace(open_office, till, cancel):
    office, order = open_office(), till.sell(goods("1000.00"), shipped=None)
    cancel(order)
    office.sync()
    (row,) = office.reconcile().orders

    assert (row.outcome, row.documents, row.differences) == (Outcome.NOT_DUE, (), ())
    assert office.marks() == []


def test_an_order_that_was_cancelled_after_posting_is_reported_with_the_lines_that_stand(
    open_office, till, cancel
):
    office, order = open_office(), till.sell(goods("1000.00"), service("500.00"))
    office.sync()
    before = standing(office)
    cancel(order)
    office.sync()
    (row,) = office.reconcile().orders

    assert standing(office) == before
    assert row.outcome is Outcome.CANCELLED_AFTER_POSTING
    stood = [(mark.split(":")[1], *line) for mark, lines in before.items() for line in lines]
    assert sorted((each.kind.value, *ours(each.before)) for each in row.differences) == sorted(stood)
    assert {each.after for each in row.differences} == {None}
    assert -sum(each.total for each in row.differences) == row.difference == Decimal("3000.00")


def test_an_order_whose_cancellation_was_sent_leaves_no_difference(open_office, till, cancel):
    office, order = open_office(on_change="update"), till.sell(goods("1000.00"))
    office.sync()
    cancel(order)
    office.sync()
    (row,) = office.reconcile().orders

    assert standing(office) == {}
    assert (row.outcome, row.difference, row.differences) == (Outcome.NOT_DUE, 0, ())
