"""Documents that no order explains are shown beside the orders (DESIGN R12)."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.builders import line, order, shipment

from bookkeeping.domain import DocumentKind
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.outcomes import Outcome

SALE, BILL = DocumentKind.SALE, DocumentKind.BILL
ORDER = order(line("10.00", "2"), shipments=[shipment({0: "1"}), shipment({0: "1"})])
LOST = order(line(), order_id="1002")
GONE = order(line("30.00"), order_id="1003")
NEVER_SENT = order(line(), order_id="1004", inn="123")

OURS = "Order #1001/26 [b2:sale:1001:100107]"
FOREIGN = {
    "a second copy of our document": (SALE, {"number": "1001/26 копия", "comment": OURS}),
    "somebody else's document with our number": (SALE, {"number": "1001/26"}),
    "somebody else's document with the number of our second shipment": (SALE, {"number": "1001/26/2"}),
}
NOT_OURS = {
    "a number of their own": (SALE, {"number": "17"}),
    "our number on another day": (SALE, {"number": "1001/26", "issued_on": date(2026, 10, 2)}),
    "our number on a cancelled document": (SALE, {"number": "1001/26", "status": "cancelled"}),
    "our number on a kind that we do not make": (BILL, {"number": "1001/26"}),
    "the very document whose answer was lost": (
        SALE,
        {"number": "1002/26", "comment": "[b2:sale:1002:100207]"},
    ),
}


@pytest.fixture(scope="module")
def day(open_books):
    """A day on which much besides our orders stands in the books: what is foreign, by the id in the books."""
    keeping = open_books(documents=["sale"])
    keeping.books.refuse("1002", {"sale": OutcomeUnknownError("нет ответа")})
    keeping.sync(ORDER, LOST, GONE, NEVER_SENT)
    added = {name: keeping.books.add(kind, **facts) for name, (kind, facts) in (FOREIGN | NOT_OURS).items()}
    reconciled = keeping.reconcile(ORDER, LOST)
    return reconciled, added, {row.external_id: row for row in reconciled.foreign}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_looks_like_ours_and_is_not_is_foreign(day, name):
    _, added, foreign = day

    row = foreign[added[name]]

    assert (row.kind, row.issued_on, row.total) == (SALE, date(2026, 10, 3), Decimal("500.00"))


@pytest.mark.parametrize("name", NOT_OURS)
def test_what_the_accountant_does_otherwise_is_no_business_of_ours(day, name):
    _, added, foreign = day

    assert added[name] not in foreign


def test_a_copy_is_told_by_its_mark_and_a_stranger_by_the_number(day):
    _, added, foreign = day
    words = [foreign[added[name]].explanation for name in FOREIGN]

    assert "несёт нашу метку [b2:sale:1001:100107]" in words[0]
    assert {"создан не нами" in each for each in words[1:]} == {True}


def test_a_document_whose_answer_was_lost_is_its_order_s(day):
    reconciled, *_ = day

    assert [row.outcome for row in reconciled.orders] == [Outcome.MATCHED, Outcome.UNKNOWN]


def test_a_document_of_ours_whose_order_is_gone_from_the_shop_is_foreign(day):
    _, added, foreign = day
    (row,) = [each for id_, each in foreign.items() if id_ not in added.values()]

    assert (row.number, row.total) == ("1003/26", Decimal("30.00"))
    assert "в магазине больше нет" in row.explanation


def test_books_that_cannot_be_searched_show_only_what_the_ledger_knows(open_books):
    keeping = open_books("search_documents", documents=["sale"])
    keeping.sync(ORDER, GONE)
    keeping.books.add(SALE, number="1001/26")

    assert [row.number for row in keeping.reconcile(ORDER).foreign] == ["1003/26"]
