"""The heart of the project: a write happens at most once, and its outcome is never guessed."""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from bookkeeping.domain import (
    AccountingBackend,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
    MoneyRecord,
    Status,
)
from bookkeeping.errors import OutcomeUnknownError, RejectedError, SyncError, TransientError
from bookkeeping.ledger import Due, Entry, SyncLedger

log = logging.getLogger(__name__)

SILENCES = 3
"""So many unanswered writes in a row mean that the books are down: stop, and let the retry look."""

PATIENCE, LONGEST_PAUSE = 5, 60.0
"""How often one write waits when the books ask it to, and for how many seconds at most."""

CANCELLED = "cancelled"
"""A document that the books keep for the record only."""

MARK = re.compile(r"\[b2:[^\]]+\]")
"""What makes a document in the books recognisably ours (DESIGN R4)."""


Find = Callable[[], str | None]
"""Returns the id of a write if it stands in the books, None if it surely does not."""


@dataclass(frozen=True)
class Write:
    """One thing to be written once.

    :ivar send: write it and return its id.
    :ivar find: look for it; None for books that cannot be looked into.
    :ivar look_first: look before the first attempt too: somebody else may have written the same.
    :ivar after: looks at what was written, once its id is safe in the ledger.
    :ivar says: the ledger's columns that say what is written, such as its date and its total.
    """

    key: str
    send: Callable[[], str]
    find: Find | None = None
    look_first: bool = False
    says: Mapping[str, Any] = field(default_factory=dict)
    after: Callable[[str], None] | None = None


def post(write: Write, ledger: SyncLedger) -> None:
    """Write one thing that has surely not been written yet; another worker's turn is respected.

    :raises SyncError: after the ledger knows of it.
    """
    attempt = ledger.claim(write.key, write.says)
    if attempt is None:
        return
    try:
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


def adopt(key: str, find: Find | None, ledger: SyncLedger, says: Mapping[str, Any]) -> None:
    """Bind what already stands in the books, instead of writing it a second time."""
    if (external_id := find and find()) and (attempt := ledger.claim(key, says)):
        ledger.bind(attempt, external_id)


def deliver(write: Write, ledger: SyncLedger) -> None:
    """Bring one write as far as it can be brought now."""
    status = ledger.status_of(write.key)
    if status is Status.UNKNOWN:
        settle(write.key, write.find, ledger)
    elif status is Status.PENDING and write.look_first:
        adopt(write.key, write.find, ledger, write.says)
    post(write, ledger)


Turn = tuple[str, Callable[[], None]]
"""A ledger key and what brings it forward."""


class Poster:
    """Brings documents, their buyers and their money into one company's books.

    :param closed_through: the last day into which nothing is written, however it was staged.
    :param wait: how long to wait, in seconds, for another worker that is creating the same counterparty.
    """

    def __init__(
        self,
        company: str,
        backend: AccountingBackend,
        ledger: SyncLedger,
        *,
        closed_through: date | None = None,
        wait: int = 20,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.company, self.backend, self.ledger = company, backend, ledger
        self._closed_through = closed_through
        self._wait, self._sleep = wait, sleep

    def post_documents(self, documents: Sequence[Document]) -> dict[str, int]:
        """Post every waiting document of a batch; return how many stand in which status.

        Documents that the books refuse are held, and the rest goes on.

        :raises TransientError: the books cannot be reached or ask to wait; what is left stays pending.
        :raises OutcomeUnknownError: an answer was lost and the books can be looked into: try again to look.
        :raises MisconfiguredError: nothing will succeed before a person changes the settings.
        """
        self.ledger.expire()
        self._adopt_marked(documents)
        turns = [(str(d.key), partial(self._post_document, d)) for d in documents]
        return self._drain(turns, can_look=self._can_look)

    def record_money(self, records: Sequence[MoneyRecord]) -> dict[str, int]:
        """Record every waiting payment and refund on its document; raises as :meth:`post_documents` does."""
        self.ledger.expire()
        turns = [(str(r.key), partial(self._record, r)) for r in records]
        return self._drain(turns, can_look=self._can_look_for_money)

    def counterparty_id(self, counterparty: Counterparty) -> str:
        """Return the books' id of a counterparty, creating it once.

        :raises RejectedError: it cannot be created, or nobody will know whether it was.
        :raises OutcomeUnknownError: its answer was lost, and it may yet be found.
        :raises TransientError: another worker has been creating it for longer than we wait.
        """
        key = f"{self.company}/counterparty/{counterparty.digest}"
        if (entry := self.ledger.entry(key)) and entry.external_id:
            return entry.external_id
        self.ledger.expect([Due(key, self.company, "counterparty", counterparty_key=counterparty.key)])
        write = self._counterparty_write(key, counterparty)
        deliver(write, self.ledger)
        self._await(key)
        return _id_of(self.ledger.entry(key), can_look=write.find is not None)

    def _drain(self, turns: Iterable[Turn], *, can_look: bool) -> dict[str, int]:
        statuses: Counter[str] = Counter()
        silences = 0
        for key, turn in turns:
            silences = silences + 1 if self._is_unanswered(key, turn) else 0
            if silences == SILENCES:
                raise OutcomeUnknownError(
                    f"{self.backend.system} left {SILENCES} writes in a row unanswered, the last for {key}. "
                    "They are marked unknown and will be looked up before anything is sent again."
                )
            statuses[self.ledger.status_of(key) or "absent"] += 1
        self._refuse_to_leave(statuses, can_look=can_look)
        return dict(statuses)

    def _is_unanswered(self, key: str, turn: Callable[[], None]) -> bool:
        """Give one write its turn; return whether an answer was lost."""
        try:
            self._patiently(turn)
        except RejectedError as error:
            self.ledger.hold(key, error.reason, str(error))
            log.warning("%s is held: %s", key, error.reason)
        except OutcomeUnknownError as error:
            log.warning("%s: %s", key, error)
            return True
        return False

    def _patiently(self, turn: Callable[[], None]) -> None:
        """What the books asked to wait for had no effect: wait here, for a task has few tries."""
        for _ in range(PATIENCE):
            try:
                return turn()
            except TransientError as error:
                if error.retry_after is None or error.retry_after > LONGEST_PAUSE:
                    raise
                self._sleep(error.retry_after)
        return turn()

    def _refuse_to_leave(self, statuses: Mapping[str, int], *, can_look: bool) -> None:
        """A batch is done when each of its writes is posted, held, or unknown without a way to look."""
        if waiting := statuses.get(Status.PENDING, 0) + statuses.get(Status.IN_FLIGHT, 0):
            raise TransientError(
                f"{waiting} writes to {self.backend.system} are still waiting or in another worker's hands. "
                "Nothing is lost or doubled; the next try takes them up."
            )
        if statuses.get(Status.UNKNOWN) and can_look:
            raise OutcomeUnknownError(
                f"{self.backend.system} did not answer {statuses[Status.UNKNOWN]} writes. They are marked "
                "unknown; the next try looks them up before anything is sent again."
            )

    @property
    def _can_look(self) -> bool:
        return Capability.SEARCH_DOCUMENTS in self.backend.capabilities

    @property
    def _can_look_for_money(self) -> bool:
        return Capability.PAYMENTS_LIST in self.backend.capabilities

    def _adopt_marked(self, documents: Sequence[Document]) -> None:
        """Bind documents that already stand in the books with our mark, as after a lost ledger."""
        known = self.ledger.with_keys([str(document.key) for document in documents])
        waiting = {key for key, entry in known.items() if entry.status is Status.PENDING}
        pending = [document for document in documents if str(document.key) in waiting]
        shelf = self._marked(_days_by_kind(pending)) if self._can_look else {}
        for document in pending:
            if found := shelf.get(document.key.mark):
                adopt(str(document.key), partial(str, found), self.ledger, _facts(document))
                log.info("%s already stood in the books as %s", document.key, found)

    def _marked(self, days: Mapping[DocumentKind, Sequence[date]]) -> dict[str, str]:
        """Return the books' ids by mark, over these kinds and days."""
        return {
            mark[0]: shown.external_id
            for kind, dated in days.items()
            for first, last in spans(dated)
            for shown in self.backend.list_documents(kind, first, last)
            if shown.status != CANCELLED and (mark := MARK.search(shown.comment))
        }

    def _post_document(self, document: Document) -> None:
        """What may stand in the books already is looked for before its buyer, who may be another by now."""
        key = str(document.key)
        if self.ledger.status_of(key) is Status.UNKNOWN:
            settle(key, partial(self._find, document) if self._can_look else None, self.ledger)
        if self.ledger.status_of(key) is Status.PENDING:
            self._refuse_closed(document.issued_on)
            counterparty_id = self.counterparty_id(document.counterparty)
            send = partial(self.backend.create_document, document, counterparty_id)
            read_back = partial(self.backend.read_back, document)
            post(Write(key, send, says=_facts(document), after=read_back), self.ledger)

    def _refuse_closed(self, day: date) -> None:
        """The last look before a write: the period may have been closed since it was staged (DESIGN R9)."""
        if self._closed_through and day <= self._closed_through:
            raise RejectedError(
                f"период закрыт по {self._closed_through:%d.%m.%Y}", reason=HoldReason.PERIOD_CLOSED
            )

    def _send_money(self, record: MoneyRecord, external_id: str) -> str:
        self._refuse_closed(record.paid_on)
        return self.backend.record_money(record, external_id)

    def _find(self, document: Document) -> str | None:
        """Look on the day it was sent for: the order may have been shipped anew since."""
        entry = self.ledger.entry(str(document.key))
        sent_on = entry.dated_on if entry and entry.dated_on else document.issued_on
        return self._marked({document.key.kind: [sent_on]}).get(document.key.mark)

    def _record(self, record: MoneyRecord) -> None:
        document = self.ledger.entry(str(record.key.document))
        if document is None or document.external_id is None:
            return
        write = Write(
            str(record.key),
            send=partial(self._send_money, record, document.external_id),
            find=partial(self.backend.find_money, record, document.external_id),
            look_first=True,
            says={"dated_on": record.paid_on, "total": record.amount},
        )
        deliver(write if self._can_look_for_money else replace(write, find=None), self.ledger)

    def _counterparty_write(self, key: str, counterparty: Counterparty) -> Write:
        find = partial(self.backend.find_counterparty, counterparty) if counterparty.inn else None
        return Write(key, partial(self.backend.create_counterparty, counterparty), find, look_first=True)

    def _await(self, key: str) -> None:
        for _ in range(self._wait):
            if self.ledger.status_of(key) is not Status.IN_FLIGHT:
                return
            self._sleep(1)


def _facts(document: Document) -> dict[str, Any]:
    return {
        "number": document.number,
        "dated_on": document.issued_on,
        "total": document.total,
        "vat": document.vat,
        "sent_hash": document.content_hash,
    }


def _days_by_kind(documents: Iterable[Document]) -> dict[DocumentKind, list[date]]:
    days: dict[DocumentKind, list[date]] = {}
    for document in documents:
        days.setdefault(document.key.kind, []).append(document.issued_on)
    return days


def spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Yield the first and last of days that follow each other: what lies between is not asked for.

    >>> days = spans([date(2026, 10, 3), date(2026, 1, 15), date(2026, 10, 4)])
    >>> [f"{first:%d.%m}-{last:%d.%m}" for first, last in days]
    ['15.01-15.01', '03.10-04.10']
    """
    known = sorted(set(days))
    starts = [day for day in known if day - timedelta(1) not in known]
    ends = [day for day in known if day + timedelta(1) not in known]
    return zip(starts, ends, strict=True)


def _id_of(entry: Entry | None, *, can_look: bool) -> str:
    if entry and entry.external_id:
        return entry.external_id
    if entry and entry.reason:
        raise RejectedError(f"The buyer's counterparty is held: {entry.detail}", reason=entry.reason)
    if entry and entry.status is Status.UNKNOWN and can_look:
        raise OutcomeUnknownError("The buyer's counterparty may still be on its way; it is looked for again.")
    if entry and entry.status is Status.UNKNOWN:
        raise RejectedError(
            "Nobody knows whether the buyer's counterparty was created: the answer was lost. No document "
            "is made for this buyer until a person has looked into the books.",
            reason=HoldReason.OUTCOME_UNKNOWN,
        )
    raise TransientError("The buyer's counterparty is not ready yet; another worker may be creating it.")
