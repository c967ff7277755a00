"""What an accountant or the bank ties to our bills in Elba is known after the next reading, to the kopeck."""

from decimal import Decimal

import pytest
import requests
from tests.acceptance.office import ElbaOffice, ElbaPublicOffice, seen
from tests.acceptance.till import goods

from bookkeeping.bill_payments import newly_paid, paid_sums, read_bill_payments

PAY = {"elba_oauth": "/_admin/invoices/{}/pay", "elba_public": "/_sandbox/elba_public/bills/{}/pay"}


@pytest.fixture(params=[ElbaOffice, ElbaPublicOffice], ids=lambda office: office.book)
def office(request, sandbox, engine, clock, tmp_path):
    return request.param(sandbox, engine, clock, tmp_path)


@pytest.fixture
def public(sandbox, engine, clock, tmp_path):
    return ElbaPublicOffice(sandbox, engine, clock, tmp_path)


@pytest.fixture
def bills(till, office):
    """The ids of three bills of 1000 roubles, after a first reading."""
    return sold(till, office)


def sold(till, office):
    for _ in range(3):
        till.sell(goods("1000.00", vat=None if office.book == "elba_public" else "0.22"), shipped=None)
    office.sync()
    read(office)
    return [office.entry(f"bill/{order}").external_id for order in (1001, 1002, 1003)]


def read(office):
    return read_bill_payments(office.company, office.ledger, office.open_books())


def sums(office, bills):
    known = paid_sums(office.ledger, office.company.id, bills)
    return [known.get(bill) for bill in bills]


def pay(office, bill, amount):
    """Let money come in Elba: below zero, it is untied."""
    url = office.sandbox.origin + PAY[office.book].format(bill)
    requests.post(url, json={"sum": amount}, timeout=5).raise_for_status()


def test_what_came_for_bills_is_read_once_and_stays(office, bills):
    assert sums(office, bills) == [0, 0, 0]

    pay(office, bills[0], 1000)
    pay(office, bills[1], 250.5)

    assert read(office)["changed"] == 2
    assert sums(office, bills) == [Decimal(1000), Decimal("250.50"), Decimal(0)]

    before = office.sandbox.writes(office.book)
    assert read(office)["changed"] == 0
    assert sums(office, bills) == [Decimal(1000), Decimal("250.50"), Decimal(0)]
    assert office.sandbox.writes(office.book) - before == (office.book == "elba_public")  # it subscribes


def test_money_that_is_untied_or_too_much_is_as_it_stands(office, bills):
    pay(office, bills[0], 400)
    pay(office, bills[1], 1200)
    read(office)
    assert sums(office, bills) == [Decimal(400), Decimal(1200), Decimal(0)]

    pay(office, bills[0], -400)
    read(office)

    assert sums(office, bills) == [Decimal(0), Decimal(1200), Decimal(0)]


def test_the_bills_newly_paid_are_told_by_number_each_time_once(office, bills, clock):
    def told_since(moment):
        found = newly_paid(office.ledger, office.company.id, moment)
        return [(bill.number, bill.total, bill.paid) for bill in found]

    clock.advance(60)
    pay(office, bills[1], 250)
    read(office)
    assert told_since(clock()) == [("1002", Decimal(1000), Decimal(250))]

    clock.advance(60)
    pay(office, bills[1], 750)
    read(office)
    assert told_since(clock()) == [("1002", Decimal(1000), Decimal(1000))]

    clock.advance(60)
    read(office)
    assert told_since(clock()) == []


def test_a_bill_that_was_deleted_there_is_paid_nothing_that_we_know(office, bills):
    pay(office, bills[0], 400)
    read(office)
    collection = {"elba_oauth": "invoices", "elba_public": "bills"}[office.book]

    office.sandbox.parts.shelf.books[office.book].remove(collection, bills[0])
    read(office)

    assert sums(office, bills) == [None, Decimal(0), Decimal(0)]


def test_bills_of_a_whole_day_are_read_with_one_request_where_they_can_be_listed(till, sandbox, new_elba):
    office = new_elba(sandbox)
    sold(till, office)
    asked = sandbox.watches("/api/v1/invoices*", "GET")

    read(office)

    assert seen(asked) == 1


@pytest.mark.parametrize("meaning", ["id", "position"])
def test_of_payments_that_came_before_we_listened_the_status_is_seen(till, public, meaning):
    public.sandbox.behaves(**{"elba_public.news_offset": meaning})
    till.sell(goods("1000.00", vat=None), shipped=None)
    till.sell(goods("1000.00", vat=None), shipped=None)
    public.sync()
    bills = [public.entry(f"bill/{order}").external_id for order in (1001, 1002)]
    pay(public, bills[0], 1000)
    pay(public, bills[1], 300)

    read(public)
    assert sums(public, bills) == [Decimal(1000), None]

    pay(public, bills[1], 100)
    read(public)
    assert sums(public, bills) == [Decimal(1000), Decimal(400)]


def test_a_bill_that_was_rejected_there_is_paid_as_its_news_say(till, public):
    bills = sold(till, public)
    pay(public, bills[0], 100)
    read(public)
    book = public.sandbox.parts.shelf.elba_public

    for bill in bills[:2]:
        book.replace("bills", book.find("bills", bill) | {"status": "rejected"})
    read(public)

    assert sums(public, bills) == [Decimal(100), Decimal(0), Decimal(0)]
