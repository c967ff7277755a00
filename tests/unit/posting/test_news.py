"""Where nothing can be looked up, money that came for a bill still proves that the bill exists (DESIGN 4)."""

import pytest

from bookkeeping.domain import Capability, DocumentKind, Status

BLIND = Capability.SEARCH_DOCUMENTS


@pytest.fixture
def lost_bill(office, document, new_books, endings):
    """A bill whose answer was lost by books that cannot be looked into."""
    office.books = new_books(BLIND)
    bill = document(kind=DocumentKind.BILL)
    office.expect(bill)
    office.books.endings.extend([endings.DONE, endings.LOST])
    office.post(bill)
    assert office.status(bill) is Status.UNKNOWN
    return bill


def test_a_bill_that_was_paid_is_known_again(office, lost_bill):
    office.books.news = [office.books.documents[0].external_id]

    assert office.post(lost_bill) == {Status.POSTED: 1}

    assert office.entry(lost_bill).external_id == office.books.documents[0].external_id
    assert "paid in the books" in office.ledger.history(str(lost_bill.key))[-1][-1]


def test_without_news_it_stays_unknown(office, lost_bill):
    assert office.post(lost_bill) == {Status.UNKNOWN: 1}
    assert office.books.writes.count(lost_bill.key.mark) == 1


@pytest.mark.parametrize(
    "change", [{"comment": "Заказ с сайта"}, {"comment": "[b2:bill:8]"}, {"number": "9"}]
)
def test_a_paid_bill_of_another_mark_or_number_proves_nothing(office, lost_bill, change):
    stranger = office.books.shown(lost_bill, **change)
    office.books.documents[:] = [stranger]
    office.books.news = [stranger.external_id]

    assert office.post(lost_bill) == {Status.UNKNOWN: 1}


def test_a_paid_bill_that_is_gone_proves_nothing(office, lost_bill):
    office.books.news = ["nobody"]

    assert office.post(lost_bill) == {Status.UNKNOWN: 1}


def test_nobody_asks_for_news_while_nothing_is_unknown(office, document, new_books):
    office.books = new_books(BLIND)
    office.books.read_news = None  # whoever calls it fails
    bill = document(kind=DocumentKind.BILL)
    office.expect(bill)

    assert office.post(bill) == {Status.POSTED: 1}
