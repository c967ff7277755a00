"""The database itself refuses what must never happen, whoever asks: a bug, or a hand at the console."""

import pytest
import sqlalchemy as sa

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError
from bookkeeping.ledger.tables import entries, events

KEY = "romashka/sale/7/71"
ILLEGAL = {
    Status.POSTED: ["pending", "in_flight", "unknown", "held"],
    Status.UNKNOWN: ["in_flight", "held"],
    Status.HELD: ["in_flight", "posted", "unknown"],
    Status.PENDING: ["posted", "unknown"],
}
FIELDS = {
    "pending": {},
    "held": {"reason": "inn_invalid"},
    "posted": {"external_id": "17"},
    "unknown": {"unknown_since": sa.func.now()},
    "in_flight": {"attempt": "x", "leased_until": sa.func.now()},
}
EMPTY = dict.fromkeys(("reason", "external_id", "unknown_since", "attempt", "leased_until"))


@pytest.fixture
def bring(ledger, due):
    def bring_to(status):
        ledger.expect([due(KEY, reason=HoldReason.INN_INVALID if status is Status.HELD else None)])
        if status in {Status.POSTED, Status.UNKNOWN}:
            attempt = ledger.claim(KEY)
            if status is Status.POSTED:
                ledger.bind(attempt, "17")
            else:
                ledger.release(attempt, OutcomeUnknownError("no answer"))

    return bring_to


@pytest.fixture
def by_hand(engine):
    def execute(statement):
        with engine.begin() as tx:
            tx.execute(statement)

    return execute


@pytest.mark.parametrize(("was", "became"), [(was, to) for was, tos in ILLEGAL.items() for to in tos])
def test_no_entry_goes_a_way_that_is_not_in_the_picture(ledger, bring, by_hand, was, became):
    bring(was)

    with pytest.raises(sa.exc.IntegrityError, match="never goes this way"):
        by_hand(entries.update().values({**EMPTY, **FIELDS[became], "status": became}))

    assert ledger.status_of(KEY) is was


def test_a_posted_document_keeps_its_id(ledger, bring, by_hand):
    bring(Status.POSTED)

    with pytest.raises(sa.exc.IntegrityError):
        by_hand(entries.update().values(external_id="18"))

    assert ledger.entry(KEY).external_id == "17"


@pytest.mark.parametrize("status", [Status.POSTED, Status.UNKNOWN])
def test_what_may_be_in_the_books_is_never_deleted(ledger, bring, by_hand, status):
    bring(status)

    with pytest.raises(sa.exc.IntegrityError, match="never forgotten"):
        by_hand(entries.delete())

    assert ledger.status_of(KEY) is status


@pytest.mark.parametrize("statement", [events.delete(), events.update().values(evidence="another story")])
def test_the_history_is_only_added_to(ledger, bring, by_hand, statement):
    bring(Status.POSTED)
    before = ledger.history(KEY)

    with pytest.raises(sa.exc.IntegrityError):
        by_hand(statement)

    assert ledger.history(KEY) == before
