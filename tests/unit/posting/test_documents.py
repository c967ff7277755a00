"""A document is written once, its outcome is never guessed, and nobody is forgotten."""

import logging
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from bookkeeping.domain import Capability, HoldReason, Status
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME, LEASE
from bookkeeping.posting import PATIENCE, SILENCES, Poster

NO_SEARCH = Capability.SEARCH_DOCUMENTS


def test_a_due_document_is_written_with_its_buyer_and_its_id_is_kept(office, sale, company_buyer):
    office.expect(sale)

    assert office.post(sale) == {Status.POSTED: 1}

    (shown,) = office.books.documents
    assert shown.comment == sale.key.mark
    assert (office.entry(sale).external_id, office.buyer(company_buyer).external_id) == (
        shown.external_id,
        shown.counterparty_id,
    )


def test_posting_again_writes_nothing_and_asks_nothing(office, posted):
    assert office.post(posted) == {Status.POSTED: 1}

    assert (office.books.writes, office.books.looks) == ([], [])


def test_what_nobody_expects_or_is_held_is_not_written(office, sales):
    unexpected, held, *_ = sales
    office.expect(held, reason=HoldReason.INN_INVALID)

    assert office.post(unexpected, held) == {"absent": 1, Status.HELD: 1}

    assert office.books.writes == []


def test_what_was_withdrawn_since_it_was_staged_stops_nobody(office, sales):
    withdrawn, wanted, *_ = sales
    office.expect(withdrawn, wanted)
    office.ledger.withdraw("romashka", [withdrawn.key.order_id], ["sale"], date(2026, 10, 5), due=())

    assert office.post(withdrawn, wanted) == {"absent": 1, Status.POSTED: 1}

    assert office.books.marks == [wanted.key.mark]


def test_a_lost_answer_is_looked_for_and_found(office, sale, endings):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])

    with pytest.raises(OutcomeUnknownError, match="did not answer 1 writes"):
        office.post(sale)
    assert office.status(sale) is Status.UNKNOWN
    assert office.post(sale) == {Status.POSTED: 1}

    (shown,) = office.books.documents
    assert office.entry(sale).external_id == shown.external_id


def test_what_is_not_found_too_early_stays_unknown_and_later_is_sent_once_more(office, sale, endings, clock):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.VANISHED])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)

    clock.advance(ANSWER_MAY_STILL_COME.total_seconds() - 1)
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)
    assert office.books.writes.count(sale.key.mark) == 1

    clock.advance(1)
    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.writes.count(sale.key.mark) == 2
    assert office.books.marks == [sale.key.mark]


def test_a_write_that_lands_late_is_not_written_again(office, sale, endings, clock):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LATE])

    for _ in range(3):
        with pytest.raises(OutcomeUnknownError):
            office.post(sale)
        clock.advance(20)

    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.marks == [sale.key.mark]


def test_a_look_that_took_long_is_only_worth_what_it_saw(office, sale, endings, clock):
    class SlowBooks(type(office.books)):
        def look_up(self, *asked):
            seen = super().look_up(*asked)
            clock.advance(self.slowness)
            return seen

    office.books = SlowBooks(clock)
    office.books.slowness = 0
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LATE])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)
    clock.advance(30)

    office.books.slowness = 600
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)
    assert office.post(sale) == {Status.POSTED: 1}

    assert office.books.marks == [sale.key.mark]


def test_what_was_sent_is_looked_for_on_the_day_it_was_sent_for(office, sale, endings, long_after):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)

    shipped_anew = replace(sale, issued_on=date(2026, 10, 9))
    office.expect(shipped_anew)
    long_after()

    assert office.post(shipped_anew) == {Status.POSTED: 1}
    assert office.books.marks == [sale.key.mark]
    assert office.entry(sale).changed


def test_what_an_older_run_sent_is_looked_for_as_it_sent_it(office, sale, endings, long_after):
    shipped_anew = replace(sale, issued_on=date(2026, 10, 9))
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)
    office.expect(shipped_anew)
    long_after()

    office.post(shipped_anew)

    assert office.books.marks == [sale.key.mark]
    assert office.entry(sale).dated_on == sale.issued_on


def test_what_is_sent_again_goes_with_what_the_shop_says_now(office, sale, endings, long_after):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.VANISHED])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)

    shipped_anew = replace(sale, issued_on=date(2026, 10, 9))
    office.expect(shipped_anew)
    long_after()
    office.post(shipped_anew)

    assert [shown.issued_on for shown in office.books.documents] == [shipped_anew.issued_on]
    assert office.entry(sale).dated_on == shipped_anew.issued_on
    assert not office.entry(sale).changed


def test_an_unanswered_document_is_looked_for_whatever_became_of_its_buyer(
    office, sale, person_buyer, endings
):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)

    of_another = replace(sale, counterparty=person_buyer)

    assert office.post(of_another) == {Status.POSTED: 1}
    assert office.buyer(person_buyer) is None


def test_books_that_cannot_be_searched_leave_it_unknown_for_ever(office, sale, endings, clock, new_books):
    office.books = new_books(NO_SEARCH)
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.VANISHED])

    for _ in range(5):
        assert office.post(sale) == {Status.UNKNOWN: 1}
        clock.advance(24 * 3600)

    assert office.books.writes.count(sale.key.mark) == 1


def test_a_person_who_looked_may_say_that_it_is_there(office, sale, endings, new_books):
    office.books = new_books(NO_SEARCH)
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.LOST])
    office.post(sale)

    office.ledger.confirm(str(sale.key), "from the page", "anna looked")

    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.writes.count(sale.key.mark) == 1


def test_a_person_who_looked_may_have_it_sent_again(office, sale, endings, new_books, long_after):
    office.books = new_books(NO_SEARCH)
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.VANISHED])
    office.post(sale)
    long_after()

    office.ledger.reopen(str(sale.key), "anna looked")

    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.marks == [sale.key.mark]


def test_a_refused_document_is_held_and_the_rest_goes_on(office, sales, endings):
    first, refused, last, *_ = sales
    office.expect(first, refused, last)
    office.books.endings.extend([endings.DONE, endings.DONE, endings.REFUSED])

    assert office.post(first, refused, last) == {Status.POSTED: 2, Status.HELD: 1}

    entry = office.entry(refused)
    assert (entry.reason, entry.detail) == (HoldReason.REJECTED_BY_BOOKS, "ошибка в строке 1")


def test_a_number_that_a_foreign_document_bears_is_held(office, sales):
    ours, other, *_ = sales
    foreign = office.books.shown(ours, comment="внесён вручную")
    office.books.documents.append(foreign)
    office.expect(ours, other)

    assert office.post(ours, other) == {Status.HELD: 1, Status.POSTED: 1}

    assert office.entry(ours).reason is HoldReason.NUMBER_TAKEN
    assert office.books.marks == ["внесён вручную", other.key.mark]


def test_what_an_older_run_staged_is_not_sent_once_the_shop_says_otherwise(office, sale):
    office.expect(replace(sale, issued_on=date(2026, 10, 9)))

    with pytest.raises(TransientError, match="still waiting"):
        office.post(sale)

    assert office.books.documents == []
    assert office.status(sale) is Status.PENDING


def test_a_short_wait_that_the_books_ask_for_costs_no_try(office, sales, endings, clock):
    office.expect(*sales[:2])
    office.books.endings.extend([endings.BUSY, endings.DONE, endings.BUSY, endings.BUSY])
    began_at = clock.now

    assert office.post(*sales[:2]) == {Status.POSTED: 2}

    assert (clock.now - began_at).total_seconds() == 3 * 7


def test_nothing_is_written_into_a_period_that_was_closed_since_it_was_staged(office, sale):
    office.expect(sale)

    closing = Poster("romashka", office.books, office.ledger, closed_through=sale.issued_on)
    closing.post_documents([sale])

    assert office.books.writes == []
    assert office.entry(sale).reason is HoldReason.PERIOD_CLOSED


def test_the_id_is_safe_before_anything_is_read_back(office, sale):
    class Unreadable(type(office.books)):
        def read_back(self, document, external_id):
            assert office.entry(document).external_id == external_id
            raise KeyboardInterrupt

    office.books.__class__ = Unreadable
    office.expect(sale)
    with pytest.raises(KeyboardInterrupt):
        office.post(sale)

    assert office.status(sale) is Status.POSTED


def test_no_effect_stops_the_batch_and_keeps_how_long_to_wait(office, sales, endings):
    first, busy, last, *_ = sales
    office.expect(first, busy, last)
    office.books.endings.extend([endings.DONE, endings.DONE, *[endings.BUSY] * (PATIENCE + 1)])

    with pytest.raises(TransientError) as stop:
        office.post(first, busy, last)

    assert stop.value.retry_after == 7
    assert [office.status(each) for each in (first, busy, last)] == [
        Status.POSTED,
        Status.PENDING,
        Status.PENDING,
    ]
    assert office.post(first, busy, last) == {Status.POSTED: 3}


def test_wrong_settings_stop_the_batch_with_nothing_lost(office, sales, endings):
    office.expect(*sales)
    office.books.endings.extend([endings.DONE, endings.FORBIDDEN])

    with pytest.raises(MisconfiguredError):
        office.post(*sales)

    assert {office.status(each) for each in sales} == {Status.PENDING}
    assert office.post(*sales) == {Status.POSTED: 6}


@pytest.mark.parametrize("ending", ["LOST", "VANISHED"])
def test_three_silences_in_a_row_stop_the_batch(office, sales, endings, ending):
    office.expect(*sales)
    office.books.endings.extend([endings.DONE, *[endings[ending]] * 6])

    with pytest.raises(OutcomeUnknownError, match="3 writes in a row"):
        office.post(*sales)

    statuses = [office.status(each) for each in sales]
    assert statuses == [Status.UNKNOWN] * SILENCES + [Status.PENDING] * 3


def test_silences_that_answers_interrupt_do_not_stop_the_batch(office, sales, endings):
    office.expect(*sales)
    silent, answered = endings.LOST, endings.DONE
    office.books.endings.extend([answered, silent, silent, answered, silent, silent, answered])

    with pytest.raises(OutcomeUnknownError, match="did not answer 4 writes"):
        office.post(*sales)

    assert office.post(*sales) == {Status.POSTED: 6}
    assert sorted(office.books.marks) == sorted(each.key.mark for each in sales)


def test_a_worker_that_dies_leaves_its_document_alone_until_the_lease_has_lapsed(
    office, sale, endings, killed, clock
):
    office.expect(sale)
    office.books.endings.extend([endings.DONE, endings.KILLED_AFTER])
    with pytest.raises(killed):
        office.post(sale)

    with pytest.raises(TransientError, match="in another worker's hands"):
        office.post(sale)
    assert office.status(sale) is Status.IN_FLIGHT

    clock.advance(LEASE.total_seconds() + 1)
    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.marks == [sale.key.mark]


def test_an_answer_that_the_ledger_could_not_keep_stands_in_the_log(office, sale, clock, caplog):
    class DyingLedger(SyncLedger):
        def bind(self, *_answer):
            raise sa.exc.OperationalError("UPDATE", {}, Exception("the ledger is gone"))

    office.expect(sale)
    office.poster.counterparty_id(sale.counterparty)
    office.ledger = DyingLedger(office.ledger.engine, clock=clock)

    with caplog.at_level(logging.INFO), pytest.raises(sa.exc.OperationalError):
        office.post(sale)

    (shown,) = office.books.documents
    assert f"{sale.key} is in the books as {shown.external_id}" in caplog.text
    assert office.status(sale) is Status.IN_FLIGHT
