"""The bank account beside shop, ledger and books: every rouble that arrived is explained, or asked about."""

from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from tests.acceptance.office import DAY
from tests.acceptance.till import goods

from bookkeeping.outcomes import BankMatch
from bookkeeping.reconciliation.bank import bank_rows
from bookkeeping.storage import read_shop
from bookkeeping.transforms.payments import payments_of
from sandbox.shop.dictionaries import CARD, TRANSFER

MONDAY = DAY + timedelta(2)
"""When the bank brings the cards of Saturday."""


@pytest.fixture
def office(sandbox, new_kontur):
    return new_kontur(sandbox)


@pytest.fixture
def arrives(sandbox):
    """Let money arrive in the sandbox's bank, as an accountant would who tries it out."""

    def plant(purpose, amount, day=DAY, **row):
        ordinary = {"date": day.isoformat(), "direction": "in", "amount": amount, "purpose": purpose}
        address = f"{sandbox.origin}/_sandbox/books/kontur/bank_transactions"
        planted = requests.post(address, json=ordinary | row, timeout=5)
        planted.raise_for_status()
        return planted.json()["id"]

    return plant


def look(office, first=DAY, last=MONDAY):
    shop, company = read_shop(office.staging), office.company
    payments = payments_of(shop, company.zone, office._midnight_after(last))
    return bank_rows(office.ledger, company, office.open_books(), payments, first, last)


@pytest.fixture
def five_orders(office, till):
    """One that is paid by transfer, two by card, and two of one price that nobody has paid."""
    prices = ("1000.00", "300.00", "200.00", "700.00", "700.00")
    orders = [till.sell(goods(price)) for price in prices]
    for order in orders:
        order.account_number = f"К-{order.id}"
    for order, way in zip(orders, (TRANSFER, CARD, CARD), strict=False):
        till.take(order, way=way)
    office.sync()
    return [order.account_number for order in orders]


def test_what_arrived_is_matched_by_number_or_day_and_doubt_is_never_confirmed(office, arrives, five_orders):
    transfer, *cards, one, other = five_orders
    expected = {
        arrives(f"Оплата по счету № {transfer} от 03.10.2026, НДС 22% - 180-33", 1000): (
            (BankMatch.DOCUMENT, (transfer,), Decimal("1000.00"))
        ),
        arrives("Эквайринг, реестр 77", 487.5, MONDAY, commission=12.5): (
            (BankMatch.ACQUIRER, tuple(cards), Decimal("500.00"))
        ),
        arrives(f"За заказ {one} или {other}", 700): (BankMatch.AMBIGUOUS, (one, other), Decimal("700.00")),
        arrives("Возврат депозита", 50): (BankMatch.NONE, (), None),
        arrives(f"счет {one}", 699.99, MONDAY): (BankMatch.NONE, (), Decimal("700.00")),
    }
    arrives(f"счет {one}", 700, MONDAY, direction="out")

    rows = look(office)

    assert {row.external_id: (row.match, row.numbers, row.expected) for row in rows} == expected
    assert [row.dated_on for row in rows] == [DAY, DAY, DAY, MONDAY, MONDAY]


def test_what_came_before_the_period_is_not_confirmed_a_second_time(office, arrives, five_orders):
    arrives(f"счет {five_orders[3]}", 700, DAY - timedelta(20))
    again = arrives(f"счет {five_orders[3]}", 700)

    (row,) = look(office)

    assert (row.external_id, row.match, row.numbers) == (again, BankMatch.AMBIGUOUS, (five_orders[3],))
    assert "возможно, повторная оплата" in row.explanation


def test_a_day_tells_again_what_nobody_could_explain_of_the_days_before(office, arrives, five_orders):
    late, too_old = DAY - timedelta(5), DAY - timedelta(6)
    arrives(f"счет {five_orders[3]}", 700, late)
    arrives("за товар", 50, too_old)
    open_still = {
        arrives(f"За заказ {five_orders[3]} или {five_orders[4]}", 700, too_old + timedelta(1)): late,
        arrives("за товар", 50, DAY - timedelta(1)): DAY - timedelta(1),
    }
    today = {arrives(f"счет {five_orders[0]}", 1000): DAY}

    assert {row.external_id: row.dated_on for row in look(office, DAY, DAY)} == open_still | today
    assert {row.external_id: row.dated_on for row in look(office)} == today


def test_a_document_that_somebody_tied_is_found_without_its_number(office, arrives, five_orders):
    bills = {row["number"]: row["id"] for row in office.rows("documents") if row["kind"] == "bill"}
    arrives("За товар", 700, documentId=bills[five_orders[4]])

    (row,) = look(office)

    assert (row.match, row.numbers) == (BankMatch.DOCUMENT, (five_orders[4],))


@pytest.mark.usefixtures("five_orders")
def test_books_without_a_bank_show_none_and_nothing_fails(office, sandbox, caplog):
    office.capabilities = {"bank_transactions": False}
    assert look(office) is None
    assert caplog.messages == []

    office.capabilities = None
    sandbox.behaves(**{"kontur.seed_only": "on"})
    assert look(office) is None
    assert "The bank of romashka is not reconciled" in caplog.text
