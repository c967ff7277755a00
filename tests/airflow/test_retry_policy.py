from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from bitrix_accounting.retry_policy import AccountingRetryPolicy
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError


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
