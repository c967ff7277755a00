"""A payment or refund is recorded once, and only on a document that stands."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from bookkeeping.domain import Capability, HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, SyncError, TransientError
from bookkeeping.ledger.ledger import LEASE

NO_SEARCH, NO_MONEY_LIST = Capability.SEARCH_DOCUMENTS, Capability.PAYMENTS_LIST


@pytest.fixture
def paid(office, posted, payment, money_due):
    """A payment of the posted sale that is due."""
    record = payment(posted)
    office.ledger.expect([money_due(record)])
    return record


def test_a_payment_is_recorded_once_on_its_document(office, posted, paid):
    for _ in range(3):
        assert office.poster.record_money([paid]) == {Status.POSTED: 1}

    ((id_, on, record),) = office.books.money
    assert (id_, on, record) == (office.entry(paid).external_id, office.entry(posted).external_id, paid)


def test_money_is_looked_for_before_it_is_first_written(office, posted, paid):
    office.books.money.append(("already", office.entry(posted).external_id, paid))

    assert office.poster.record_money([paid]) == {Status.POSTED: 1}

    assert office.books.writes == []
    assert office.entry(paid).external_id == "already"


def test_money_whose_answer_was_lost_is_looked_for_and_found(office, paid, endings):
    office.books.endings.append(endings.LOST)

    with pytest.raises(OutcomeUnknownError):
        office.poster.record_money([paid])

    assert office.poster.record_money([paid]) == {Status.POSTED: 1}
    assert len(office.books.money) == 1


def test_money_that_surely_did_not_arrive_is_written_again(office, paid, endings, long_after):
    office.books.endings.append(endings.VANISHED)
    with pytest.raises(OutcomeUnknownError):
        office.poster.record_money([paid])
    long_after()

    assert office.poster.record_money([paid]) == {Status.POSTED: 1}
    assert len(office.books.money) == 1


def test_a_worker_that_dies_over_money_leaves_it_to_be_looked_for(office, paid, endings, killed, clock):
    office.books.endings.append(endings.KILLED_AFTER)
    with pytest.raises(killed):
        office.poster.record_money([paid])
    clock.advance(LEASE.total_seconds() + 1)

    assert office.poster.record_money([paid]) == {Status.POSTED: 1}
    assert len(office.books.money) == 1


@pytest.mark.parametrize("ending", ["LOST", "VANISHED"])
def test_books_that_do_not_list_money_leave_it_unknown_for_ever(
    office, posted, paid, endings, clock, new_books, ending
):
    office.books = new_books(NO_MONEY_LIST)
    office.books.endings.append(endings[ending])

    for _ in range(3):
        assert office.poster.record_money([paid]) == {Status.UNKNOWN: 1}
        clock.advance(24 * 3600)

    assert office.books.writes == [paid.key.mark]


def test_money_may_be_looked_for_where_documents_cannot(office, posted, paid, endings, new_books):
    office.books = new_books(NO_SEARCH)
    office.books.endings.append(endings.LOST)

    with pytest.raises(OutcomeUnknownError):
        office.poster.record_money([paid])

    assert office.poster.record_money([paid]) == {Status.POSTED: 1}


@pytest.mark.parametrize("ending", ["LOST", "REFUSED"])
def test_nothing_is_recorded_on_a_document_that_is_not_posted(
    office, sale, payment, money_due, endings, ending
):
    record = payment(sale)
    office.expect(sale)
    office.ledger.expect([money_due(record)])
    office.books.endings.extend([endings.DONE, endings[ending]])
    with suppress(SyncError):
        office.post(sale)
    office.books.writes.clear()

    with pytest.raises(TransientError, match="still waiting"):
        office.poster.record_money([record])

    assert office.books.writes == []


def test_refused_money_is_held_and_the_rest_goes_on(office, posted, paid, payment, money_due, endings):
    other = payment(posted, "10")
    office.ledger.expect([money_due(other)])
    office.books.endings.append(endings.REFUSED)

    assert office.poster.record_money([paid, other]) == {Status.HELD: 1, Status.POSTED: 1}

    assert office.entry(paid).reason is HoldReason.REJECTED_BY_BOOKS


def test_a_part_that_another_run_has_spread_anew_is_left_to_it(office, paid, money_due):
    office.ledger.expect([replace(money_due(paid), total=Decimal("500.00"), due_hash="less")])

    with pytest.raises(TransientError):
        office.poster.record_money([paid])

    assert office.books.money == []


def test_a_part_that_another_run_has_dropped_is_spread_anew_by_the_next_try(office, paid):
    office.ledger.forget(str(paid.key))

    with pytest.raises(TransientError, match="spread anew"):
        office.poster.record_money([paid])


def test_a_payment_that_two_runs_have_spread_differently_is_never_recorded_twice(
    office, posted, document, payment, money_due
):
    second = document("8", number="A-8")
    second = replace(second, key=replace(posted.key, shipment_id="72"))
    office.expect(second)
    office.post(second)
    early = payment(posted, amount="990.00", whole=Decimal(990))  # knew of the first document alone
    late = payment(second, amount="390.00", whole=Decimal(990))  # has left 600 for the first one
    office.ledger.expect([money_due(early), money_due(late)])

    office.poster.record_money([early])
    with pytest.raises(TransientError):
        office.poster.record_money([late])

    assert sum(record.amount for _, _, record in office.books.money) == Decimal(990)
