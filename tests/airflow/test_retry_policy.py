from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from bitrix_accounting.retry_policy import AccountingRetryPolicy
from bitrix_accounting.task_defaults import TASK_DEFAULTS
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME, LEASE


def decide(error, try_number=1):
    return AccountingRetryPolicy().evaluate(error, try_number, 5)


def test_a_wrong_setting_fails_at_once():
    assert decide(MisconfiguredError("wrong key")).action is RetryAction.FAIL


def test_we_wait_as_long_as_the_other_side_asked():
    decision = decide(TransientError("429", retry_after=37))

    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=37)


@pytest.mark.parametrize("error", [TransientError("refused"), ValueError("a bug")])
def test_anything_else_is_retried_by_the_tasks_own_settings(error):
    assert decide(error).action is RetryAction.DEFAULT


@pytest.mark.parametrize(("try_number", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 600), (5, 600)])
def test_a_lost_answer_is_looked_up_soon_and_then_ever_more_rarely(try_number, seconds):
    decision = decide(OutcomeUnknownError("no answer"), try_number)

    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=seconds)


def shortest_wait(error, try_number):
    """Return the least that passes between a try that ends with this error and the next one."""
    decision = decide(error, try_number)
    if decision.action is RetryAction.RETRY:
        return decision.retry_delay
    doubled = TASK_DEFAULTS["retry_delay"] * TASK_DEFAULTS["retry_exponential_backoff"] ** (try_number - 1)
    return min(doubled, TASK_DEFAULTS["max_retry_delay"])


def test_the_tries_outlast_a_dead_workers_lease_and_the_look_after_it():
    """The worse case: it died before its write left, and that was noticed at once."""
    claimed, lapsed_at, try_number = timedelta(0), None, 1
    now = claimed + shortest_wait(MemoryError("killed"), try_number)
    while lapsed_at is None or now < lapsed_at + ANSWER_MAY_STILL_COME:
        try_number += 1
        if now > claimed + LEASE:
            lapsed_at = lapsed_at or now
        error = OutcomeUnknownError("not there yet") if lapsed_at else TransientError("in other hands")
        now += shortest_wait(error, try_number)

    last_needed = try_number + 1
    assert last_needed < 1 + TASK_DEFAULTS["retries"]
