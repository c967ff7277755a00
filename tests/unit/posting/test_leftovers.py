"""Nothing is left lying: what no batch holds any more is still looked up, and waits for nobody in vain."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bookkeeping.domain import HoldReason, Status
from bookkeeping.due import is_cancelled
from bookkeeping.errors import OutcomeUnknownError, SyncError
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME, LEFT_ALONE
from bookkeeping.posting import PATIENCE, Poster


@pytest.fixture
def lost(office, sale, endings):
    """Let the answer to a sale be lost, the way it was."""

    def lose(ending):
        office.expect(sale)
        office.poster.counterparty_id(sale.counterparty)
        office.books.endings.append(endings[ending])
        with pytest.raises(OutcomeUnknownError):
            office.post(sale)
        return sale

    return lose


def withdraw(office, document):
    key = document.key
    office.ledger.withdraw("romashka", [key.order_id], [key.kind], date(2026, 11, 1), due=())


@pytest.mark.parametrize("ending", ["LOST", "VANISHED"])
def test_a_cancelled_orders_unanswered_document_is_looked_up(office, lost, clock, ending):
    sale = lost(ending)
    withdraw(office, sale)
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    office.poster.settle_leftovers([sale.key.order_id])

    assert office.status(sale) is (Status.POSTED if ending == "LOST" else None)
    assert office.books.writes.count(sale.key.mark) == 1


def test_an_unanswered_document_that_is_held_by_now_is_looked_up(office, lost, clock):
    sale = lost("LOST")
    office.expect(sale, reason=HoldReason.TOTAL_MISMATCH)

    office.poster.settle_leftovers([sale.key.order_id])

    assert office.status(sale) is Status.POSTED


def test_the_look_is_repeated_while_the_answer_may_still_come(office, lost):
    sale = lost("VANISHED")

    with pytest.raises(OutcomeUnknownError):
        office.poster.settle_leftovers([sale.key.order_id])


def test_a_document_that_was_withdrawn_in_mid_flight_and_had_no_effect_is_forgotten(office, sale, endings):
    office.expect(sale)
    office.poster.counterparty_id(sale.counterparty)
    office.books.endings.append(endings.REFUSED)
    office.books.meanwhile = lambda: withdraw(office, sale)

    assert office.post(sale) == {"absent": 1}
    assert office.books.marks == []


def test_what_stands_otherwise_is_adopted_as_it_stands_and_counts_as_changed(office, sale, document):
    office.books.documents.append(office.books.shown(document(price="100.00")))
    office.expect(sale)

    assert office.post(sale) == {Status.POSTED: 1}

    entry = office.entry(sale)
    assert (entry.total, entry.changed) == (office.books.documents[0].total, True)


def test_unanswered_money_on_a_document_that_was_cancelled_is_looked_up(
    office, posted, payment, money_due, endings, clock
):
    record = payment(posted)
    office.ledger.expect([money_due(record)])
    office.books.endings.append(endings.LOST)
    with pytest.raises(OutcomeUnknownError):
        office.poster.record_money([record])
    withdraw(office, posted)

    office.poster.settle_leftovers([posted.key.order_id])

    assert office.status(record) is Status.POSTED


TOMORROW = date(2026, 10, 6)


def test_an_order_that_a_run_did_not_bring_to_its_end_is_taken_up_by_a_later_one(ledger, clock):
    ledger.begin_orders("romashka", ["7", "8", "9"])
    ledger.end_orders("romashka", ["8"])
    assert ledger.open_orders("romashka", TOMORROW) == []

    clock.advance(LEFT_ALONE.total_seconds())

    assert ledger.open_orders("romashka", TOMORROW) == ["7", "9"]
    assert ledger.open_orders("vasilek", TOMORROW) == []


def test_a_document_that_a_person_has_found_leaves_its_money_to_the_next_run(office, lost):
    sale = lost("LOST")
    office.ledger.begin_orders("romashka", [sale.key.order_id])
    office.ledger.end_orders("romashka", [sale.key.order_id])

    office.ledger.confirm(str(sale.key), "17", "a person saw it")

    assert office.ledger.open_orders("romashka", TOMORROW) == [sale.key.order_id]


def test_no_money_is_put_on_a_document_that_was_cancelled(office, posted, clock):
    assert not is_cancelled(office.entry(posted))
    office.ledger.brought_up(str(posted.key), {"sent_hash": ""})
    assert is_cancelled(office.entry(posted))


def test_an_older_version_never_overwrites_a_newer_one(office, posted, document, clock):
    poster = Poster("romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance)
    newer = document(price="880.00")
    older = replace(posted, issued_on=posted.issued_on + timedelta(1))
    office.expect(older)
    office.expect(newer)

    poster.post_documents([older])
    assert office.books.writes == []

    poster.post_documents([newer])
    assert [shown.total for shown in office.books.documents] == [newer.total]


def test_an_unanswered_change_of_an_order_that_was_cancelled_is_let_go(
    office, posted, document, clock, endings
):
    poster = Poster("romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance)
    cheaper = document(price="880.00")
    office.expect(cheaper)
    office.books.endings.append(endings.VANISHED)
    with pytest.raises(OutcomeUnknownError):
        poster.post_documents([cheaper])
    withdraw(office, cheaper)

    with pytest.raises(OutcomeUnknownError):
        poster.settle_leftovers([cheaper.key.order_id])
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())
    poster.settle_leftovers([cheaper.key.order_id])

    assert office.ledger.of_company("romashka", ["update"]) == []


@pytest.mark.parametrize("ending", ["VANISHED", "BUSY", "REFUSED"])
def test_a_change_that_was_not_sent_before_its_period_was_closed_stops_nobody(
    office, posted, document, clock, endings, ending
):
    def poster(**settings):
        settings |= {"follows_changes": True, "sleep": clock.advance}
        return Poster("romashka", office.books, office.ledger, **settings)

    cheaper = document(price="880.00")
    office.expect(cheaper)
    office.books.endings.extend([endings[ending]] * (PATIENCE + 1))
    with suppress(SyncError):
        poster().post_documents([cheaper])
    office.books.endings.clear()
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    assert poster(closed_through=cheaper.issued_on).post_documents([cheaper]) == {Status.POSTED: 1}
    assert office.entry(cheaper).changed


def test_a_change_that_was_reverted_before_it_was_answered_is_settled_too(
    office, posted, document, clock, endings
):
    poster = Poster("romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance)
    office.expect(document(price="880.00"))
    office.books.endings.append(endings.LOST)
    with pytest.raises(OutcomeUnknownError):
        poster.post_documents([document(price="880.00")])
    office.expect(posted)
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    poster.post_documents([posted])

    assert [shown.total for shown in office.books.documents] == [posted.total]
    assert {e.status for e in office.ledger.of_company("romashka", ["update"])} == {Status.POSTED}
