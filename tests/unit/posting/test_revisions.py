"""What changes after posting is sent where the books allow it, and never into a closed period (R9, R10)."""

from datetime import date

import pytest

from bookkeeping.domain import Capability, HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME
from bookkeeping.posting import Poster


@pytest.fixture
def following(office, clock):
    """Post as a company does whose changes are followed."""

    def post(*documents, **settings):
        poster = Poster(
            "romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance, **settings
        )
        return poster.post_documents(documents)

    return post


@pytest.fixture
def changed(office, posted, document):
    """A posted sale that the shop has since made cheaper."""
    sale = document(price="880.00")
    office.expect(sale)
    return sale


def updates(books):
    return [what for what in books.writes if what.startswith("update")]


def test_a_change_is_sent_once_and_the_ledger_agrees(office, changed, following):
    assert following(changed) == following(changed) == {Status.POSTED: 1}

    assert [shown.total for shown in office.books.documents] == [changed.total]
    assert len(updates(office.books)) == 1
    assert (office.entry(changed).changed, office.entry(changed).total) == (False, changed.total)


def test_a_change_is_only_reported_where_nobody_asked_for_more(office, changed):
    office.post(changed)

    assert updates(office.books) == []
    assert office.entry(changed).changed


def test_a_change_is_only_reported_where_the_books_cannot_be_changed(office, changed, following, new_books):
    office.books = new_books(Capability.UPDATE)

    following(changed)

    assert updates(office.books) == []
    assert office.entry(changed).changed


@pytest.mark.parametrize("closed", [date(2026, 10, 3), date(2026, 10, 31)])
def test_nothing_is_changed_in_a_closed_period(office, changed, following, closed):
    following(changed, closed_through=closed)

    assert updates(office.books) == []


def test_a_change_and_its_way_back_and_the_same_change_again_are_three(office, posted, document, following):
    cheaper = document(price="880.00")
    for version in (cheaper, posted, cheaper):
        office.expect(version)
        following(version)

        assert [shown.total for shown in office.books.documents] == [version.total]

    assert len(updates(office.books)) == 3


def test_an_unanswered_change_is_sent_again_when_the_first_can_no_longer_land(
    office, changed, following, clock, endings
):
    office.books.endings.append(endings.VANISHED)
    with pytest.raises(OutcomeUnknownError):
        following(changed)
    assert office.entry(changed).changed

    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())
    following(changed)

    assert [shown.total for shown in office.books.documents] == [changed.total]
    assert not office.entry(changed).changed


def test_a_change_that_the_books_refuse_waits_for_a_person_and_is_tried_again(
    office, changed, following, endings
):
    office.books.endings.append(endings.REFUSED)
    following(changed)
    (change,) = office.ledger.of_company("romashka", ["update"])
    assert (change.status, change.reason) == (Status.HELD, HoldReason.REJECTED_BY_BOOKS)

    following(changed)

    assert not office.entry(changed).changed


@pytest.fixture
def cancel(office, clock):
    """Cancel an order in the shop and let a run follow it."""

    def run(document, **settings):
        key = document.key
        office.ledger.withdraw("romashka", [key.order_id], [key.kind], date(2026, 11, 1), due=())
        poster = Poster(
            "romashka", office.books, office.ledger, follows_changes=True, sleep=clock.advance, **settings
        )
        return poster.cancel_withdrawn([key.order_id])

    return run


def test_what_is_due_no_more_is_cancelled_once(office, posted, cancel):
    assert cancel(posted) == {Status.POSTED: 1}
    assert cancel(posted) == {}

    assert [shown.status for shown in office.books.documents] == ["cancelled"]
    assert office.books.writes == [f"cancel {posted.key.mark}"]


@pytest.mark.parametrize("lacking", [Capability.CANCEL])
def test_books_that_cancel_nothing_are_left_alone(office, posted, cancel, new_books, lacking):
    office.books = new_books(lacking)

    assert cancel(posted) == {}


def test_nothing_is_cancelled_in_a_closed_period(office, posted, cancel):
    assert cancel(posted, closed_through=posted.issued_on) == {}
    assert office.books.writes == []


def test_an_unanswered_cancellation_makes_the_task_look_again(office, posted, cancel, clock, endings):
    office.books.endings.append(endings.LOST)
    with pytest.raises(OutcomeUnknownError):
        cancel(posted)
    clock.advance(ANSWER_MAY_STILL_COME.total_seconds())

    assert cancel(posted) == {Status.POSTED: 1}
