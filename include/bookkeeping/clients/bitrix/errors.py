"""What the codes of the Bitrix REST interface mean: asked before the status, on which its builds disagree."""

from bookkeeping.clients.failures import Verdicts
from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError, TransientError


class TokenExpiredError(MisconfiguredError):
    """The access token is over; a new one may be had for the refresh token."""


class PutOffError(TransientError):
    """Some commands of a batch were put off by the portal; the others were answered."""


OBJECT_IS_GONE = ("200540400001", "200140400001", "200640400001", "201140400001", "201040400001")

VERDICTS: Verdicts = {
    "query_limit_exceeded": TransientError,
    "operation_time_limit": TransientError,
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
