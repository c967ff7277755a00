"""What a failed task does next: by the kind of error, not by counting."""

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError

if TYPE_CHECKING:
    from airflow.sdk import Context

FIRST_LOOK = 10
"""Seconds after which an unanswered write is looked up for the first time."""

LONGEST = 600


class AccountingRetryPolicy(RetryPolicy):
    """Wait as long as the other side asked; look soon for a lost answer; never repeat a wrong setting."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 Airflow keeps count
        context: "Context | None" = None,  # noqa: ARG002 the exception says it all
    ) -> RetryDecision:
        """Decide by the error's kind; what is not ours is left to the task's own settings."""
        match exception:
            case MisconfiguredError():
                return RetryDecision.fail("a person must change the settings; retrying cannot help")
            case TransientError(retry_after=float() | int() as seconds):
                return RetryDecision.retry(timedelta(seconds=seconds), "the other side asked to wait")
            case OutcomeUnknownError():
                seconds = min(FIRST_LOOK * 4 ** (try_number - 1), LONGEST)
                return RetryDecision.retry(timedelta(seconds=seconds), "an answer was lost; look it up")
        return RetryDecision.default()
