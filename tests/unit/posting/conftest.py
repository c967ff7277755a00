"""A company's books and ledger, and the one who posts, with time that stands still."""

from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.domain import MoneyKey, MoneyKind, MoneyRecord
from bookkeeping.ledger import Due
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME
from bookkeeping.posting import Poster


class Office:
    """A company's ledger, its books and whoever posts; ``books`` may be swapped for others."""

    def __init__(self, ledger, books, due_of, clock):
        self.ledger, self.books, self._due_of, self._clock = ledger, books, due_of, clock

    @property
    def poster(self):
        return Poster("romashka", self.books, self.ledger, sleep=self._clock.advance)

    def expect(self, *documents, **changes):
        self.ledger.expect(self._due_of(document, **changes) for document in documents)

    def post(self, *documents):
        return self.poster.post_documents(documents)

    def status(self, what):
        return self.ledger.status_of(str(what.key))

    def entry(self, what):
        return self.ledger.entry(str(what.key))

    def buyer(self, counterparty):
        return self.ledger.entry(f"romashka/counterparty/{counterparty.digest}")


@pytest.fixture
def office(ledger, books, due_of, clock):
    return Office(ledger, books, due_of, clock)


@pytest.fixture
def sale(document):
    return document()


@pytest.fixture
def sales(document):
    return [document(str(n)) for n in range(1, 7)]


@pytest.fixture
def posted(office, sale):
    """A sale that stands in the books already."""
    office.expect(sale)
    office.post(sale)
    office.books.writes.clear()
    office.books.looks.clear()
    return sale


def make_payment(document, payment_id="9", amount="990.00", **changes):
    facts = {
        "key": MoneyKey(MoneyKind.PAYMENT, payment_id, document.key),
        "paid_on": date(2026, 10, 4),
        "amount": Decimal(amount),
        "is_cash": False,
        "order_number": document.order_number,
    }
    return MoneyRecord(**(facts | changes))


@pytest.fixture(scope="session")
def payment():
    return make_payment


def make_money_due(record):
    return Due(
        key=str(record.key),
        company="romashka",
        kind=record.key.kind.value,
        order_id=record.key.document.order_id,
        payment_id=record.key.payment_id,
        document_key=str(record.key.document),
        dated_on=record.paid_on,
        total=record.amount,
        due_hash=record.content_hash,
    )


@pytest.fixture(scope="session")
def money_due():
    """Say what the ledger is told of a payment."""
    return make_money_due


@pytest.fixture
def long_after(clock):
    """Let so much time pass that no lost write can still be under way."""
    return lambda: clock.advance(ANSWER_MAY_STILL_COME.total_seconds())
