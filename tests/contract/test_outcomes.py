"""Every write of every client, broken in every way: nothing is called harmless that may have landed."""

import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.domain import DocumentKey, DocumentKind, MoneyKey, MoneyKind, MoneyRecord
from bookkeeping.errors import OutcomeUnknownError, SyncError, TransientError

BILL, SALE, ACT = DocumentKind
DONE = None

UNANSWERED = ("500", "503", "500_after", "timeout_before", "timeout_after", "drop_before", "reset_after")
UNREADABLE = ("truncate_body", "html")
BEFORE = ("429", "500", "503", "timeout_before", "drop_before")


class Desk:
    """One of the books with a buyer in it, and all that can be written there."""

    def __init__(self, books, buyer, document):
        self.books, self.client, self.buyer, self.document = books, books.client, buyer, document
        self.buyer_id = self.client.create_counterparty(buyer)

    def create_buyer(self):
        branch = replace(self.buyer, kpp="770101001")
        return lambda: self.client.create_counterparty(branch)

    def create(self, kind):
        return lambda: self.client.create_document(self.document(kind), self.buyer_id)

    def create_bill(self):
        return self.create(BILL)

    def create_sale(self):
        return self.create(SALE)

    def create_act(self):
        return self.create(ACT)

    def create_note(self):
        client = self.books.open(sale_form="delivery_note")
        return lambda: client.create_document(self.document(SALE), self.buyer_id)

    def update(self):
        made = self.create(BILL)()
        later = self.document(pay_by=date(2026, 10, 9))
        return lambda: self.client.update_document(later, made, self.buyer_id)

    def cancel(self):
        made = self.create(BILL)()
        return lambda: self.client.cancel_document(BILL, made)

    def close_link(self):
        made = self.create(BILL)()
        self.client.publish_link(BILL, made)
        return lambda: self.client.cancel_document(BILL, made)

    def publish(self):
        made = self.create(BILL)()
        return lambda: self.client.publish_link(BILL, made)

    def publish_again(self):
        made = self.create(BILL)()
        self.client.publish_link(BILL, made)
        self.client.cancel_document(BILL, made)
        return lambda: self.client.publish_link(BILL, made)

    def money(self, kind):
        key = MoneyKey(kind, "901", DocumentKey("romashka", SALE, "512", "733"))
        return MoneyRecord(
            key, paid_on=date(2026, 10, 3), amount=Decimal(100), is_cash=True, order_number="1"
        )

    def pay(self):
        made = self.create(SALE)()
        return lambda: self.client.record_money(self.money(MoneyKind.PAYMENT), made)

    def refund(self):
        self.pay()()
        (sale,) = self.books.documents(SALE)
        return lambda: self.client.record_money(self.money(MoneyKind.REFUND), sale["id"])


@dataclass(frozen=True)
class Write:
    """One write: whose it is, its request, and the faults after which its answer says too little.

    :ivar too_little: None where the answer has no body that could be broken.
    """

    books: str
    name: str
    method: str = "POST"
    too_little: tuple[str, ...] | None = ()

    def __str__(self):
        return f"{self.books}-{self.name}"


ID = ("no_id", "empty")
URL = ("empty",)
WRITES = [
    Write("kontur", "create_buyer", too_little=ID),
    Write("kontur", "create_bill", too_little=ID),
    Write("kontur", "create_sale", too_little=ID),
    Write("kontur", "create_act", too_little=ID),
    Write("kontur", "update", "PUT"),
    Write("kontur", "cancel"),
    Write("kontur", "pay"),
    Write("kontur", "refund"),
    Write("elba", "create_buyer", too_little=ID),
    Write("elba", "create_bill", too_little=ID),
    Write("elba", "create_act", too_little=ID),
    Write("elba", "update", "PUT"),
    Write("public", "create_buyer", too_little=ID),
    Write("public", "create_bill", too_little=ID),
    Write("public", "create_sale", too_little=ID),
    Write("public", "create_note", too_little=ID),
    Write("public", "create_act", too_little=ID),
    Write("public", "cancel"),
    Write("public", "publish", too_little=URL),
    Write("public", "publish_again", "PUT", too_little=None),
    Write("public", "close_link", "PUT", too_little=None),
]


def expected(fault, too_little):
    if fault == "429":
        return TransientError
    if fault in UNANSWERED or (fault in UNREADABLE and too_little is not None):
        return OutcomeUnknownError
    return OutcomeUnknownError if fault in (too_little or ()) else DONE


def outcome_of(call):
    try:
        call()
    except SyncError as error:
        return type(error)
    return DONE


@pytest.fixture(params=WRITES, ids=str)
def write(request):
    return request.param


@pytest.fixture
def books(request, write):
    return request.getfixturevalue(write.books)


@pytest.mark.parametrize("fault", ["429", *UNANSWERED, *UNREADABLE, "no_id", "empty"])
def test_a_broken_write_is_named_for_what_may_have_become_of_it(write, books, buyer, document, fault):
    call = getattr(Desk(books, buyer, document), write.name)()
    shelf = books.sandbox.parts.shelf
    before = copy.deepcopy(shelf.state())
    silence = 0.05 if fault.startswith("timeout") else None
    books.sandbox.breaks(fault, method=write.method, seconds=silence)

    assert outcome_of(call) is expected(fault, write.too_little)

    assert (shelf.state() == before) is (fault in BEFORE)
