"""Many things that one request writes: claimed before it leaves, each then bound or given back by itself."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from bookkeeping.deadline import over_by
from bookkeeping.errors import SyncError
from bookkeeping.ledger import Attempt, SyncLedger

log = logging.getLogger(__name__)

Endings: TypeAlias = Iterator[tuple[str, str | SyncError]]
"""Keys, each with the id of what was written, or with the error that kept it from being written."""


def post_together(
    groups: Iterable[Collection[str]], send: Callable[[list[str]], Endings], ledger: SyncLedger
) -> list[SyncError]:
    """Write what has surely not been written yet; return what went wrong. Another worker's turn is respected.

    :param groups: keys of entries that change the same thing: such a group is claimed whole or not at all.
    :param send: writes the claimed ones and tells how each of them ended, as soon as it is known.
    :raises SyncError: what kept the rest from being sent; they are given back with it.
    """
    left = {attempt.key: attempt for group in groups for attempt in ledger.claim_together(group)}
    if not left:
        return []
    errors: list[SyncError] = []
    try:
        with over_by(min(attempt.until for attempt in left.values())):
            for key, ending in send(list(left)):
                errors += _keep(left.pop(key), ending, ledger)
    except SyncError as error:
        for attempt in left.values():
            ledger.release(attempt, error)
        raise
    return errors


def _keep(attempt: Attempt, ending: str | SyncError, ledger: SyncLedger) -> list[SyncError]:
    if isinstance(ending, SyncError):
        log.warning("%s: %s", attempt.key, ending)
        ledger.release(attempt, ending)
        return [ending]
    ledger.bind(attempt, ending)
    return []


def settle_together(look: Callable[[], Mapping[str, str | None]], ledger: SyncLedger) -> None:
    """Learn with one look how unanswered writes ended.

    :param look: returns, by key, the id of what is there, and None for what surely is not; what could not be
        looked at is left out.
    """
    looked_at = ledger.now()
    for key, external_id in look().items():
        if external_id:
            ledger.confirm(key, external_id, f"found as {external_id}")
            log.info("%s was found; it is not sent again", key)
        elif ledger.reopen(key, "looked for and not there", looked_at):
            log.info("%s is surely not there; it will be sent", key)
        else:
            log.info("%s is not there yet; its answer may still be under way", key)
