"""One thing to be written, whatever it is: claimed, sent, bound; and looked for when its answer is lost."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bookkeeping.deadline import over_by
from bookkeeping.domain import Status
from bookkeeping.errors import SyncError
from bookkeeping.ledger import SyncLedger

log = logging.getLogger(__name__)

Find = Callable[[], str | None]
"""Returns the id of a write if it stands in the books, None if it surely does not."""


@dataclass(frozen=True)
class Write:
    """One thing to be written once: a document, a buyer, money, a change, a message.

    :ivar send: write it and return its id.
    :ivar find: look for it; None for books that cannot be looked into.
    :ivar look_first: look before the first attempt too: somebody else may have written the same.
    :ivar says: what the ledger keeps of what is written, such as its date, its total and its content.
    :ivar whole: roubles of the payment that this is a part of.
    :ivar while_due: another entry's key and content: nothing is sent once the shop asks for something else.
    :ivar after: looks at what was written, once its id is safe in the ledger.
    """

    key: str
    send: Callable[[], str]
    find: Find | None = None
    look_first: bool = False
    says: Mapping[str, Any] = field(default_factory=dict)
    whole: Decimal | None = None
    while_due: tuple[str, str] | None = None
    after: Callable[[str], None] | None = None


def post(write: Write, ledger: SyncLedger) -> None:
    """Write one thing that has surely not been written yet; another worker's turn is respected.

    :raises SyncError: after the ledger knows of it.
    """
    attempt = ledger.claim(write.key, write.says, write.whole, write.while_due)
    if attempt is None:
        return
    try:
        with over_by(attempt.until):
            external_id = write.send()
    except SyncError as error:
        ledger.release(attempt, error)
        raise
    log.info("%s is in the books as %s", write.key, external_id)
    ledger.bind(attempt, external_id)
    if write.after:
        write.after(external_id)


def settle(key: str, find: Find | None, ledger: SyncLedger) -> None:
    """Learn how an unanswered write ended; unable to look, leave it to a person."""
    if find is None:
        return
    looked_at = ledger.now()
    if external_id := find():
        ledger.confirm(key, external_id, f"found in the books as {external_id}")
        log.info("%s was found in the books as %s; it is not sent again", key, external_id)
    elif ledger.reopen(key, "looked for in the books and not there", looked_at):
        log.info("%s is surely not in the books; it will be sent", key)
    else:
        log.info("%s is not in the books yet; its answer may still be under way", key)


def adopt(write: Write, ledger: SyncLedger) -> None:
    """Bind what already stands in the books, instead of writing it a second time."""
    if (external_id := write.find and write.find()) and (
        attempt := ledger.claim(write.key, write.says, write.whole)
    ):
        log.info("%s already stood in the books as %s", write.key, external_id)
        ledger.bind(attempt, external_id)


def deliver(write: Write, ledger: SyncLedger) -> None:
    """Bring one write as far as it can be brought now."""
    status = ledger.status_of(write.key)
    if status is Status.UNKNOWN:
        settle(write.key, write.find, ledger)
    elif status is Status.PENDING and write.look_first:
        adopt(write, ledger)
    post(write, ledger)
