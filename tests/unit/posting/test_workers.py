"""Workers that meet over one document leave it to one of them."""

import pytest

from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError, TransientError


def test_a_worker_that_comes_meanwhile_leaves_the_document_alone(office, sale):
    office.expect(sale)
    office.poster.counterparty_id(sale.counterparty)
    seen = []

    def another():
        with pytest.raises(TransientError, match="in another worker's hands"):
            office.post(sale)
        seen.append(office.status(sale))

    office.books.meanwhile = another
    office.post(sale)

    assert seen == [Status.IN_FLIGHT]
    assert office.books.marks == [sale.key.mark]


def test_a_worker_that_slept_through_its_lease_does_not_take_the_place_of_the_answer(
    office, sale, clock, endings
):
    office.expect(sale)
    office.poster.counterparty_id(sale.counterparty)

    def the_books_take_an_hour():
        clock.advance(3600)
        with pytest.raises(OutcomeUnknownError):
            office.post(sale)

    office.books.meanwhile = the_books_take_an_hour
    with pytest.raises(OutcomeUnknownError):
        office.post(sale)

    assert office.status(sale) is Status.UNKNOWN
    assert office.post(sale) == {Status.POSTED: 1}
    assert office.books.marks == [sale.key.mark]
