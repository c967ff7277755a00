"""A company's day that can be planned, and then run."""

import pytest
from tests.unit.builders import company, midnight, shop

from bookkeeping.day import documents_of, finish, poster_for
from bookkeeping.domain import HoldReason
from bookkeeping.errors import RejectedError
from bookkeeping.planning import plan_of

END = "2026-10-05"


class Day:
    """What a day's tasks do with these books; ``refused`` are the texts that the books cannot take."""

    def __init__(self, ledger, books, clock):
        self.ledger, self.books, self.refused, self._clock = ledger, books, set(), clock
        books.document_payload = lambda document, _: self._payload(document.number)
        books.counterparty_payload = lambda counterparty: self._payload(counterparty.name)

    def _payload(self, text):
        if text in self.refused:
            raise RejectedError(f"{text} не передать", reason=HoldReason.REJECTED_BY_BOOKS)
        return {"text": text}

    def plan(self, *orders, **settings):
        owner = company(**settings)
        return plan_of(shop(*orders), owner, midnight(END, owner), self.ledger, self.books)

    def run(self, *orders, **settings):
        owner = company(**settings)
        frames, end = shop(*orders), midnight(END, owner)
        poster = poster_for(owner, self.books, self.ledger, sleep=self._clock.advance)
        poster.post_documents(documents_of(frames, owner, end, self.ledger))
        finish(frames, owner, end, poster)


@pytest.fixture
def day(ledger, books, clock):
    return Day(ledger, books, clock)


@pytest.fixture
def day_without(ledger, new_books, clock):
    """Make a day with books that cannot do something."""
    return lambda *capabilities: Day(ledger, new_books(*capabilities), clock)
