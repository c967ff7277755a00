"""Entries that one request writes are claimed together, and never beside another one of their order."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bookkeeping.domain import Status
from bookkeeping.errors import OutcomeUnknownError, TransientError

BILL, SALE = "romashka/line/7/bill", "romashka/line/7/sale"
OTHER_ORDER, OTHER_KIND = "romashka/line/8/bill", "romashka/sale/7/bill"


@pytest.fixture
def lines(ledger, due):
    ledger.expect(due(key) for key in (BILL, SALE, OTHER_ORDER, OTHER_KIND))


def statuses(ledger):
    return {
        key: entry.status for key, entry in ledger.with_keys([BILL, SALE, OTHER_ORDER, OTHER_KIND]).items()
    }


def test_all_of_them_are_taken_with_a_token_each(ledger, lines):
    attempts = ledger.claim_together([SALE, BILL])

    assert [attempt.key for attempt in attempts] == [BILL, SALE]
    assert len({attempt.token for attempt in attempts}) == 2
    assert ledger.bind(attempts[0], "one")
    assert ledger.bind(attempts[1], "two")


def test_nothing_is_taken_beside_one_that_is_under_way(ledger, lines):
    ledger.claim_together([BILL])

    assert ledger.claim_together([SALE]) == []
    assert ledger.claim_together([SALE, BILL]) == []
    assert statuses(ledger)[SALE] is Status.PENDING


def test_nothing_is_taken_beside_one_that_is_unanswered(ledger, lines, clock):
    (attempt,) = ledger.claim_together([BILL])
    ledger.release(attempt, OutcomeUnknownError("no answer"))

    assert ledger.claim_together([SALE]) == []

    clock.advance(151)
    ledger.reopen(BILL, "not there")
    assert [attempt.key for attempt in ledger.claim_together([SALE, BILL])] == [BILL, SALE]


def test_other_orders_and_other_kinds_are_nobodys_business(ledger, lines):
    ledger.claim_together([BILL])

    assert ledger.claim_together([OTHER_ORDER])
    assert ledger.claim_together([OTHER_KIND])


def test_only_what_waits_is_taken(ledger, lines):
    (attempt,) = ledger.claim_together([BILL])
    ledger.bind(attempt, "one")

    assert [attempt.key for attempt in ledger.claim_together([BILL, SALE])] == [SALE]


def test_one_that_was_forgotten_meanwhile_is_nobodys(ledger, lines):
    ledger.forget(BILL)

    assert ledger.claim_together([BILL]) == []
    assert [attempt.key for attempt in ledger.claim_together([SALE])] == [SALE]


def test_what_had_no_effect_can_be_taken_again(ledger, lines):
    for attempt in ledger.claim_together([BILL, SALE]):
        ledger.release(attempt, TransientError("busy"))

    assert len(ledger.claim_together([BILL, SALE])) == 2
    assert ledger.claim_together([]) == []


def test_of_many_at_once_one_wins_an_order(ledger, due):
    keys = [f"romashka/line/7/{n}" for n in range(8)]
    ledger.expect(due(key) for key in keys)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda key: ledger.claim_together([key, *keys[:2]]), keys))

    assert len([attempts for attempts in won if attempts]) == 1
