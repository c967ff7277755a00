"""A service that asks for hours gets them: the task gives its slot back, and no try is used up."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowRescheduleException

from bookkeeping.errors import TransientError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

WORTH_A_RETRY = 60.0
"""Up to so many seconds an ordinary retry waits as well; a try is cheaper to read than a postponement."""

LONGEST = timedelta(hours=25)
"""A daily quota never asks for more; what does is looked at again after this."""


def postponing(step: Callable[P, T]) -> Callable[P, T]:
    """Let a step that is asked to wait for long be run again then, by Airflow, from its beginning.

    Until then the task is ``up_for_reschedule``: it holds neither a worker nor a place in its pool. What the
    step has brought into the books stays there, and the ledger knows of it.
    """

    @wraps(step)
    def patient(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except TransientError as error:
            if error.retry_after is None or error.retry_after <= WORTH_A_RETRY:
                raise
            moment = datetime.now(UTC) + min(timedelta(seconds=error.retry_after), LONGEST)
            log.warning("%s Nothing is lost; this task goes on at %s.", error, f"{moment:%F %T} UTC")
            raise AirflowRescheduleException(moment) from error

    return patient
