"""A buyer is one counterparty, however many documents and workers ask for it."""

from dataclasses import replace

import pytest

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import RejectedError, SyncError, TransientError
from bookkeeping.ledger import Due
from bookkeeping.posting import Poster
from bookkeeping.posting.buyers import GLANCE


def test_two_documents_of_one_buyer_make_one_counterparty(office, sales, company_buyer):
    office.expect(*sales)

    office.post(*sales)

    assert [each for _, each in office.books.counterparties] == [company_buyer]


def test_a_buyer_who_stands_in_the_books_is_taken_from_there(office, sale, company_buyer):
    office.books.counterparties.append(("known", company_buyer))
    office.expect(sale)

    office.post(sale)

    assert office.books.documents[0].counterparty_id == "known"
    assert office.books.writes == [sale.key.mark]


def test_a_buyer_without_an_inn_is_made_and_never_searched(office, document, person_buyer):
    sales = [document(str(n), counterparty=person_buyer) for n in range(3)]
    office.expect(*sales)

    office.post(*sales)

    assert [each for _, each in office.books.counterparties] == [person_buyer]
    assert "counterparty" not in office.books.looks


def test_a_buyer_with_an_inn_whose_answer_was_lost_is_found(office, sales, endings):
    office.expect(*sales)
    office.books.endings.append(endings.LOST)

    with pytest.raises(SyncError):
        office.post(*sales)

    assert office.post(*sales) == {Status.POSTED: 6}
    assert len(office.books.counterparties) == 1


def test_documents_wait_while_their_buyer_may_still_be_on_its_way(office, sale, endings, clock, long_after):
    office.expect(sale)
    office.books.endings.append(endings.VANISHED)

    for _ in range(3):
        with pytest.raises(TransientError):
            office.post(sale)
        assert office.status(sale) is Status.PENDING
        clock.advance(20)

    long_after()
    assert office.post(sale) == {Status.POSTED: 1}
    assert len(office.books.counterparties) == 1


@pytest.mark.parametrize("ending", ["LOST", "VANISHED"])
def test_documents_of_a_buyer_without_an_inn_whose_answer_was_lost_are_held(
    office, document, sale, person_buyer, endings, ending, long_after
):
    documents = [document(str(n), counterparty=person_buyer) for n in range(2)]
    office.expect(*documents, sale)
    office.books.endings.append(endings[ending])

    with pytest.raises(TransientError):
        office.post(*documents, sale)
    long_after()
    assert office.post(*documents, sale) == {Status.HELD: 2, Status.POSTED: 1}

    assert {office.entry(each).reason for each in documents} == {HoldReason.OUTCOME_UNKNOWN}
    assert office.books.writes.count(person_buyer.key) == 1


def test_a_buyer_that_the_books_refuse_holds_its_documents_and_no_others(
    office, document, sale, person_buyer, endings
):
    refused = document("8", counterparty=person_buyer)
    office.expect(refused, sale)
    office.books.endings.append(endings.REFUSED)

    assert office.post(refused, sale) == {Status.HELD: 1, Status.POSTED: 1}

    assert office.entry(refused).detail == "ошибка в строке 1"
    assert office.buyer(person_buyer).reason is HoldReason.REJECTED_BY_BOOKS


def test_a_refused_buyer_is_tried_again_once_the_document_is_due_again(office, sale, endings):
    office.expect(sale)
    office.books.endings.append(endings.REFUSED)
    office.post(sale)

    office.expect(sale)

    assert office.post(sale) == {Status.POSTED: 1}


def test_a_buyer_that_is_not_certain_holds_the_document(office, sale, clock):
    class AmbiguousBooks(type(office.books)):
        def find_counterparty(self, _counterparty):
            raise RejectedError("два контрагента", reason=HoldReason.COUNTERPARTY_AMBIGUOUS)

    office.books = AmbiguousBooks(clock)
    office.expect(sale)

    assert office.post(sale) == {Status.HELD: 1}

    assert office.entry(sale).reason is HoldReason.COUNTERPARTY_AMBIGUOUS
    assert office.books.writes == []


def test_a_buyer_that_another_worker_is_making_is_waited_for(office, sale, company_buyer, clock):
    key = f"romashka/counterparty/{company_buyer.digest}"
    office.ledger.expect([Due(key, "romashka", "counterparty", counterparty_key=company_buyer.key)])
    theirs = office.ledger.claim(key)
    office.expect(sale)
    waits = []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            office.ledger.bind(theirs, "theirs")

    Poster("romashka", office.books, office.ledger, sleep=wait).post_documents([sale])

    assert waits == [GLANCE] * 3
    assert office.books.documents[0].counterparty_id == "theirs"
    assert company_buyer.key not in office.books.writes


@pytest.mark.parametrize("patience", [0, 5])
def test_another_worker_is_not_waited_for_without_end(office, sale, company_buyer, patience):
    key = f"romashka/counterparty/{company_buyer.digest}"
    office.ledger.expect([Due(key, "romashka", "counterparty")])
    office.ledger.claim(key)
    office.expect(sale)
    waits = []

    with pytest.raises(TransientError, match="another worker may be creating it"):
        Poster("romashka", office.books, office.ledger, wait=patience, sleep=waits.append).post_documents(
            [sale]
        )

    assert sum(waits) == pytest.approx(patience)
    assert office.status(sale) is Status.PENDING


def test_companies_do_not_share_counterparties(office, document, company_buyer, clock):
    foreign = document("8")
    foreign = replace(foreign, key=replace(foreign.key, company="vasilek"))
    office.expect(foreign)

    Poster("vasilek", office.books, office.ledger).post_documents([foreign])

    assert office.buyer(company_buyer) is None
