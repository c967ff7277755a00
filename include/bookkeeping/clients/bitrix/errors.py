"""What the codes of the Bitrix REST interface mean: asked before the status, on which its builds disagree."""

from collections.abc import Iterable

from bookkeeping.clients.answers import Answer, Json, codes_of, quoted, words_of
from bookkeeping.clients.failures import Verdicts, error_of, verdict_on
from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError, SyncError, TransientError


class TokenExpiredError(MisconfiguredError):
    """The access token is over; a new one may be had for the refresh token."""


class PutOffError(TransientError):
    """Some commands of a batch were put off by the portal; the others were answered."""


OUT_OF_TIME = "operation_time_limit"
OBJECT_IS_GONE = frozenset({"200540400001", "200140400001", "200640400001", "201140400001", "201040400001"})

VERDICTS: Verdicts = {
    "query_limit_exceeded": TransientError,
    OUT_OF_TIME: TransientError,
    "overload_limit": MisconfiguredError,
    "portal_deleted": MisconfiguredError,
    "expired_token": TokenExpiredError,
    **dict.fromkeys(OBJECT_IS_GONE, HoldReason.MANUAL_REQUIRED),
    "4xx": MisconfiguredError,
}

INSIDE_BATCH: Verdicts = {
    **VERDICTS,
    "internal_server_error": TransientError,
    "error_unexpected_answer": TransientError,
}
"""A command has no status of its own, and a batch of ours only reads."""


def refusal(method: str, body: Json, verdicts: Verdicts, hidden: Iterable[str]) -> SyncError:
    """Return the error that a refusal without an HTTP status of its own stands for."""
    answer = Answer(400, body, words=quoted(words_of(body), hidden), codes=codes_of(body, hidden))
    return error_of(answer, verdict_on(answer, verdicts, writes=False), method)
