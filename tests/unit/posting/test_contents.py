"""What stands in the books is known line by line, however it got there (DESIGN R10)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.domain import Capability, Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger import sent_contents
from bookkeeping.posting import Poster
from bookkeeping.transforms.revisions import content_of


@pytest.fixture
def known(office):
    """Return what the ledger says that a document says in the books."""
    return lambda what: sent_contents(office.ledger.engine, [office.entry(what)]).get(str(what.key))


@pytest.fixture
def follow(office, clock):
    """Post as a company does whose changes are followed."""

    def post(document):
        office.expect(document)
        poster = Poster("romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance)
        return poster.post_documents([document])

    return post


def test_a_posted_document_is_known_as_it_was_sent_whatever_the_shop_says_since(
    office, posted, document, known
):
    office.expect(document(price="880.00"))
    office.post(posted)

    assert office.entry(posted).changed
    assert known(posted) == content_of(posted)


def test_an_unanswered_write_that_is_found_later_is_known_as_it_was_sent(
    office, sale, document, known, endings, long_after
):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)
    office.expect(document(price="880.00"))
    long_after()

    office.poster.settle_leftovers([sale.key.order_id])

    assert office.entry(sale).changed
    assert known(sale) == content_of(sale)


def test_an_unanswered_write_that_a_person_has_found_is_known_as_it_was_sent(
    office, sale, known, endings, new_books
):
    office.books = new_books(Capability.SEARCH_DOCUMENTS)
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    office.post(sale)

    office.ledger.confirm(str(sale.key), office.books.documents[0].external_id, "a person has looked")

    assert known(sale) == content_of(sale)


def test_a_write_of_a_worker_that_died_is_known_as_it_was_sent(office, sale, known, endings, killed, clock):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.KILLED_AFTER])
    with pytest.raises(killed):
        office.post(sale)
    clock.advance(600)
    office.post(sale)

    assert office.status(sale) is Status.POSTED
    assert known(sale) == content_of(sale)


def test_a_change_that_was_sent_is_what_is_known_from_then_on(posted, document, follow, known):
    cheaper = document(price="880.00", issued_on=date(2026, 10, 4))
    follow(cheaper)

    assert known(posted) == content_of(cheaper)


def test_a_change_that_went_unanswered_is_not_taken_for_what_stands(
    office, posted, document, follow, known, endings, long_after
):
    cheaper = document(price="880.00")
    office.books.endings.append(endings.VANISHED)
    with pytest.raises(OutcomeUnknownError):
        follow(cheaper)
    assert known(posted) == content_of(posted)

    long_after()
    follow(cheaper)

    assert known(posted) == content_of(cheaper)


def test_a_change_that_the_books_refuse_is_not_taken_for_what_stands(
    office, posted, document, follow, known, endings
):
    office.books.endings.append(endings.REFUSED)
    follow(document(price="880.00"))

    assert known(posted) == content_of(posted)


def test_another_buyer_that_was_sent_is_the_ledgers_buyer_too(office, posted, document, follow, person_buyer):
    follow(document(counterparty=person_buyer))

    (shown,) = office.books.documents
    assert office.entry(posted).counterparty_key == person_buyer.key
    assert shown.counterparty_id == office.buyer(person_buyer).external_id


def test_what_was_found_as_we_would_write_it_is_known(office, sale, known):
    office.books.documents.append(office.books.shown(sale))
    office.expect(sale)
    office.post(sale)

    assert known(sale) == content_of(sale)


@pytest.mark.parametrize("unlike", [{"total": Decimal("1.00")}, {"issued_on": date(2026, 10, 5)}])
def test_of_what_was_found_otherwise_nobody_knows_the_lines(office, sale, document, known, unlike):
    other = document("8", issued_on=date(2026, 10, 5))
    office.books.documents.append(replace(office.books.shown(sale), **unlike))
    office.expect(sale, other)
    office.post(sale, other)

    assert office.entry(sale).changed
    assert known(sale) is None
