"""What became of the commands of a batch that writes: for each a result, or the error that it means."""

from collections.abc import Iterable, Mapping

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix.batch import Command, alias
from bookkeeping.clients.bitrix.errors import VERDICTS, refusal
from bookkeeping.clients.failures import Verdicts
from bookkeeping.domain import HoldReason
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, SyncError

OF_SETTINGS = frozenset(
    {
        *("200040300010", "200040300020", "access_denied", "insufficient_scope", "user_access_error"),
        *("invalid_credentials", "no_auth_found", "invalid_token", "error_method_not_found", "100"),
        *("error_batch_length_exceeded", "error_batch_method_not_allowed"),
    }
)
"""Codes that would meet every command alike: a right or a scope is missing, or we ask wrongly."""

INSIDE_WRITING_BATCH: Verdicts = {
    **VERDICTS,
    **dict.fromkeys(OF_SETTINGS, MisconfiguredError),
    "internal_server_error": OutcomeUnknownError,
    "error_unexpected_answer": OutcomeUnknownError,
    "4xx": HoldReason.MANUAL_REQUIRED,
}
"""Any other refusal is about one object: a handler of the shop did not let it be saved, say."""


def to_outcomes(
    commands: Mapping[str, Command], result: Json, hidden: Iterable[str]
) -> dict[str, Json | SyncError]:
    """Read the answer to a batch of these commands; one without a result or an error may have landed.

    :param hidden: strings that no error may show.
    """
    results, errors = (_object(result, part) for part in ("result", "result_error"))
    outcomes: dict[str, Json | SyncError] = {}
    for place, (name, (method, _)) in enumerate(commands.items()):
        if alias(place) in errors:
            outcomes[name] = refusal(method, _wordless(errors[alias(place)]), INSIDE_WRITING_BATCH, hidden)
        elif alias(place) in results:
            outcomes[name] = results[alias(place)]
        else:
            outcomes[name] = OutcomeUnknownError(f"The portal left {method} of a batch without an answer.")
    return outcomes


def _wordless(error: Json) -> Json:
    """Return the code alone: the portal's words may quote any part of what was written."""
    return {"error": error.get("error")} if isinstance(error, dict) else error


def _object(result: Json, part: str) -> dict[str, Json]:
    """Return a part of the answer; PHP sends an empty object as an empty list."""
    found = result.get(part) if isinstance(result, dict) else None
    return found if isinstance(found, dict) else {}
