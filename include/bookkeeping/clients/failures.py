"""Which of the four kinds of error an answer is, and how it says what to do next."""

from collections.abc import Mapping
from typing import TypeAlias

from bookkeeping.clients.answers import Answer
from bookkeeping.domain import HoldReason
from bookkeeping.errors import (
    MisconfiguredError,
    OutcomeUnknownError,
    RejectedError,
    SyncError,
    TransientError,
)

Verdict: TypeAlias = HoldReason | type[SyncError]
Verdicts: TypeAlias = Mapping[str, Verdict]
"""What a service's code (lower case), a status (``"413"``) or every other refusal (``"4xx"``) means."""

NEXT_STEP: Mapping[type[SyncError], str] = {
    TransientError: "Nothing was written; it can be tried again.",
    OutcomeUnknownError: "It may have been written: look for it before anything is sent again.",
    RejectedError: "Документ не создан; исправьте названное, и следующий запуск отправит его снова.",
    MisconfiguredError: "Check the connection: its address, its key and its rights.",
}


class ApiRefusal(RejectedError):  # noqa: N818 a refusal is an answer, not a failure
    """The service understood the request and said no; nothing was written.

    :ivar status: the HTTP status.
    :ivar codes: the service's own codes in lower case, the most specific first.
    :ivar called: what was asked of it, over which connection.
    :ivar summary: what it said, on one line and safe to log.
    :ivar body: the JSON as it came, not for messages.
    """

    def __init__(self, *, called: str, reason: HoldReason, answer: Answer) -> None:
        super().__init__(_message(RejectedError, called, answer), reason=reason)
        self.called = called
        self.status = answer.status
        self.codes = answer.codes
        self.summary = _summary(answer)
        self.body = answer.body


class MovedError(MisconfiguredError):
    """The service sent us to another address; nothing was written.

    :ivar location: where to; it may hold a secret, so no message has it.
    """

    location = ""


def failure_of(answer: Answer, verdicts: Verdicts, *, called: str, writes: bool) -> SyncError | None:
    """Return the error that an answer stands for, or None for a 2xx with JSON or nothing in it."""
    if answer.status // 100 == 2 and answer.is_json:  # noqa: PLR2004 2xx
        return None
    return error_of(answer, verdict_on(answer, verdicts, writes=writes), called)


def verdict_on(answer: Answer, verdicts: Verdicts, *, writes: bool) -> Verdict:
    """Judge by code first and by status second: services disagree on statuses more than on codes."""
    for code in (*answer.codes, str(answer.status)):
        if code in verdicts:
            return verdicts[code]
    verdict = _by_status(answer.status, writes=writes)
    return verdicts.get("4xx", verdict) if verdict is HoldReason.REJECTED_BY_BOOKS else verdict


def _by_status(status: int, *, writes: bool) -> Verdict:
    match status:
        case 429:
            return TransientError
        case 401 | 402 | 403 | 407:
            return MisconfiguredError
        case 303 | 408:  # "see there what you have made", and a timeout
            return OutcomeUnknownError if writes else TransientError
        case _ if 300 <= status < 400:  # noqa: PLR2004 3xx
            return MovedError
        case _ if 400 <= status < 500:  # noqa: PLR2004 4xx
            return HoldReason.REJECTED_BY_BOOKS
        case _:
            return OutcomeUnknownError if writes else TransientError


def error_of(answer: Answer, verdict: Verdict, called: str) -> SyncError:
    """Put a verdict into words: what was called, what came back, what to do next."""
    if isinstance(verdict, HoldReason):
        return ApiRefusal(called=called, reason=verdict, answer=answer)
    message = _message(verdict, called, answer)
    if issubclass(verdict, TransientError):
        return verdict(message, retry_after=answer.retry_after)
    error = verdict(message)
    if isinstance(error, MovedError):
        error.location = answer.headers.get("Location", "")
    return error


def _message(kind: type[SyncError], called: str, answer: Answer) -> str:
    return f"{called}: {_summary(answer)}. {next_step(kind)}"


def next_step(kind: type[SyncError]) -> str:
    """Return the sentence that tells people what to do about this kind of error."""
    return next(step for known, step in NEXT_STEP.items() if issubclass(kind, known))


def _summary(answer: Answer) -> str:
    parts = [str(answer.status), *answer.codes[:3]]
    request_id = answer.headers.get("X-Request-Id")
    what = " ".join(parts) + (f" (request {request_id})" if request_id else "")
    shape = "" if answer.is_json else " with a body that is not JSON"
    return f"{what}{shape}: {answer.words}" if answer.words else f"{what}{shape}"
