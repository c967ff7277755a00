"""Bring documents, their buyers and their money into one company's books."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from bookkeeping.domain import (
    MONEY_CAPABILITY,
    AccountingBackend,
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
    MoneyKey,
    MoneyKind,
    MoneyRecord,
    Status,
)
from bookkeeping.errors import OutcomeUnknownError, RejectedError, TransientError
from bookkeeping.holds import in_short
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.posting import corrections, revisions, writes
from bookkeeping.posting.buyers import Buyers
from bookkeeping.posting.corrections import CORRECTION, Returned
from bookkeeping.posting.revisions import open_changes
from bookkeeping.posting.shelf import marked, marked_on_days_of
from bookkeeping.posting.turns import LONGEST_PAUSE, SILENCES, Silence, in_parallel, patiently
from bookkeeping.posting.writes import Write
from bookkeeping.transforms.revisions import content_of

log = logging.getLogger(__name__)

A_WHILE = LONGEST_PAUSE + 1
"""Seconds to leave another worker with its writes: too long to hold a slot for, and it costs no try."""

UNLIKE = "found otherwise"
"""The content of a document that was adopted with another sum or date: it counts as changed."""


class Poster:
    """Brings documents, their buyers and their money into one company's books.

    :param closed_through: the last day into which nothing is written, however it was staged.
    :param follows_changes: send what changed after posting, where the books allow it (DESIGN R10).
    :param wait: how long to wait, in seconds, for another worker that is creating the same counterparty.
    """

    def __init__(
        self,
        company: str,
        backend: AccountingBackend,
        ledger: SyncLedger,
        *,
        closed_through: date | None = None,
        follows_changes: bool = False,
        wait: float = 20,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.company, self.backend, self.ledger = company, backend, ledger
        self._closed_through, self._follows_changes = closed_through, follows_changes
        self._sleep = sleep
        self._buyers = Buyers(company, backend, ledger, wait=wait, sleep=sleep)

    def post_documents(self, documents: Sequence[Document]) -> dict[str, int]:
        """Post every waiting document of a batch; return how many stand in which status.

        Documents that the books refuse are held, and the rest goes on.

        :raises TransientError: the books cannot be reached or ask to wait; what is left stays pending.
        :raises OutcomeUnknownError: an answer was lost and the books can be looked into: try again to look.
        :raises MisconfiguredError: nothing will succeed before a person changes the settings.
        """
        self.ledger.expire()
        self._hear_the_news()
        self._adopt_marked(documents)
        known = self.ledger.with_keys([str(document.key) for document in documents])
        orders = [document.key.order_id for document in documents]
        begun = {change.document_key: change for change in self._open_updates(orders)}
        turns = {
            key: partial(self._post_document, document, known[key], begun.get(key))
            for document in documents
            if (key := str(document.key)) in known
        }
        counts = self._drain(turns, can_look=self._can_look)
        self._refuse_to_leave_changes(orders)
        absent = len(documents) - len(turns)
        return {**counts, "absent": absent} if absent else counts

    def record_money(self, records: Sequence[MoneyRecord]) -> dict[str, int]:
        """Record every waiting payment and refund on its document; raises as :meth:`post_documents` does."""
        self.ledger.expire()
        turns = {str(record.key): partial(self._record, record) for record in records}
        counts = self._drain(turns, can_look=self._can_look_for_money)
        if absent := counts.get("absent"):
            raise TransientError(f"{absent} payments were spread anew by another run; the next try sees it.")
        return counts

    def record_returns(self, returned: Sequence[Returned]) -> dict[str, int]:
        """Record goods that came back, where the books take it; return how many stand in which status.

        Raises as :meth:`post_documents` does.
        """
        if Capability.CORRECTIONS not in self.backend.capabilities:
            return {}
        self.ledger.expire()
        turns = {}
        for each in returned:
            correction = corrections.correction_of(each, self.ledger)
            turns[correction.key] = partial(
                corrections.record, each, correction, self.backend, self.ledger, self._refuse_closed
            )
        counts = self._drain(turns, can_look=True)
        self._refuse_to_lose(turns)
        return {status: count for status, count in counts.items() if status != "absent"}

    def _refuse_to_lose(self, corrections_due: Collection[str]) -> None:
        """A correction that another run forgot, or knows better, is worked out anew while called for."""
        known = self.ledger.with_keys(list(corrections_due))
        sales = [key.rpartition("/")[0] for key in corrections_due if key not in known]
        if lost := sum(entry.changed for entry in self.ledger.with_keys(sales).values()):
            raise TransientError(f"{lost} returns were seen otherwise by another run; the next try sees it.")

    def settle_leftovers(self, order_ids: Collection[str]) -> None:
        """Look up what went unanswered and is in no batch any more: the order was cancelled since, say.

        Raises as :meth:`post_documents` does.
        """
        self.ledger.expire()
        self._hear_the_news()
        self._settle(order_ids, DocumentKind, self._finder, can_look=self._can_look)
        self._settle(order_ids, MoneyKind, self._money_finder, can_look=self._can_look_for_money)
        can_see_corrections = Capability.CORRECTIONS in self.backend.capabilities
        self._settle(order_ids, [CORRECTION], self._correction_finder, can_look=can_see_corrections)
        changes = revisions.drop_needless(self.ledger, self.company, order_ids)
        self._refuse_to_leave(Counter(str(entry.status) for entry in changes), can_look=True)

    def _settle(
        self,
        order_ids: Collection[str],
        kinds: Iterable[str],
        finder: Callable[[Entry], writes.Find | None],
        *,
        can_look: bool,
    ) -> None:
        entries = self.ledger.of_orders(self.company, order_ids, list(kinds))
        unknown = [entry for entry in entries if entry.status is Status.UNKNOWN]
        turns = {e.key: partial(writes.settle, e.key, finder(e), self.ledger) for e in unknown}
        in_parallel(lambda turn: self._take(*turn, Silence()), turns.items(), self.backend.at_once)
        stand = self.ledger.with_keys(list(turns))
        left = Counter(str(entry.status) for entry in stand.values() if entry.status is Status.UNKNOWN)
        self._refuse_to_leave(left, can_look=can_look)

    def cancel_withdrawn(self, order_ids: Collection[str]) -> dict[str, int]:
        """Cancel what stands in the books and is due no more, if changes are followed and the books can.

        Raises as :meth:`post_documents` does.
        """
        if not self._follows_changes or Capability.CANCEL not in self.backend.capabilities:
            return {}
        stale = revisions.withdrawn(self.ledger, self.company, order_ids)
        turns = {
            revisions.cancellation_key(entry): partial(
                revisions.cancel,
                entry,
                self.backend,
                self.ledger,
                may_send=not self._is_closed(entry.dated_on),
            )
            for entry in stale
        }
        counts = self._drain(turns, can_look=True)
        return {status: count for status, count in counts.items() if status != "absent"}

    def counterparty_id(self, counterparty: Counterparty) -> str:
        """Return the books' id of a counterparty, creating it once; raises as :meth:`Buyers.id_of` does."""
        return self._buyers.id_of(counterparty)

    def _drain(self, turns: Mapping[str, Callable[[], None]], *, can_look: bool) -> dict[str, int]:
        silence = Silence()
        in_parallel(lambda turn: self._take(*turn, silence), turns.items(), self.backend.at_once)
        stand = self.ledger.with_keys(list(turns))
        statuses = Counter(str(stand[key].status) if key in stand else "absent" for key in turns)
        self._refuse_to_leave(statuses, can_look=can_look)
        return dict(statuses)

    def _take(self, key: str, turn: Callable[[], None], silence: Silence) -> None:
        if silence.hear(answered=self._is_answered(key, turn)):
            raise OutcomeUnknownError(
                f"{self.backend.system} left {SILENCES} writes in a row unanswered, the last for {key}. "
                "They are marked unknown and will be looked up before anything is sent again."
            )

    def _is_answered(self, key: str, turn: Callable[[], None]) -> bool:
        """Give one write its turn; return whether its answer came."""
        try:
            patiently(turn, self._sleep)
        except RejectedError as error:
            self.ledger.hold(key, error.reason, str(error))
            log.warning("%s is held: %s", key, in_short(error.reason))
        except OutcomeUnknownError as error:
            log.warning("%s: %s", key, error)
            return False
        return True

    def _refuse_to_leave(self, statuses: Mapping[str, int], *, can_look: bool) -> None:
        """A batch is done when each of its writes is posted, held, or unknown without a way to look."""
        pending, in_flight = statuses.get(Status.PENDING, 0), statuses.get(Status.IN_FLIGHT, 0)
        if pending or in_flight:
            raise TransientError(
                f"{pending + in_flight} writes to {self.backend.system} are still waiting or in another "
                "worker's hands. Nothing is lost or doubled; the next try takes them up.",
                retry_after=None if pending else A_WHILE,
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
        shelf = marked_on_days_of(pending, self.backend) if self._can_look else {}
        for document in pending:
            if found := shelf.get(document.key.mark):
                self._adopt(document, found)

    def _adopt(self, document: Document, shown: BookDocument) -> None:
        """What stands there otherwise counts as changed, and nobody's wish is taken for a fact."""
        key = str(document.key)
        writes.adopt(Write(key, send=str, find=lambda: shown.external_id, says=_facts(document)), self.ledger)
        if (shown.total, shown.issued_on) != (document.total, document.issued_on):
            seen = {"total": shown.total, "vat": shown.vat, "dated_on": shown.issued_on}
            self.ledger.brought_up(key, {**seen, "sent_hash": UNLIKE, "content": None})

    def _hear_the_news(self) -> None:
        """Where nothing can be looked up, money that came for a bill still proves that the bill exists."""
        if self._can_look or Capability.NEWS not in self.backend.capabilities:
            return
        bills = self.ledger.of_company(self.company, [DocumentKind.BILL])
        unknown = {bill.own_key.mark: bill for bill in bills if bill.status is Status.UNKNOWN}
        if unknown:
            self._recognise(unknown, known={bill.external_id for bill in bills})

    def _recognise(self, unknown: Mapping[str, Entry], known: Collection[str | None]) -> None:
        paid = dict.fromkeys(news.external_id for news in self.backend.read_news(0))
        for external_id in paid:
            if external_id not in known:
                self._recognise_bill(self.backend.read_document(DocumentKind.BILL, external_id), unknown)

    def _recognise_bill(self, bill: BookDocument | None, unknown: Mapping[str, Entry]) -> None:
        for mark, shown in marked([bill] if bill else []).items():
            entry = unknown.get(mark)
            if entry and entry.number == shown.number:
                self.ledger.confirm(entry.key, shown.external_id, f"paid in the books as {shown.external_id}")

    def _post_document(self, document: Document, entry: Entry, change: Entry | None) -> None:
        """What may stand in the books already is looked for before its buyer, who may be another by now.

        :param change: an update of it that is not over.
        """
        status: Status | None = entry.status
        if status is Status.UNKNOWN:
            writes.settle(entry.key, self._finder(entry), self.ledger)
            status = self.ledger.status_of(entry.key)
        if status is Status.PENDING:
            self._send(document)
        elif self._may_change(document, entry) and (entry.changed or change):
            buyer = partial(self.counterparty_id, document.counterparty)
            revisions.bring_up(document, buyer, self.backend, self.ledger, _facts(document))
        elif change:
            revisions.let_go(change, self.ledger)

    def _send(self, document: Document) -> None:
        self._refuse_closed(document.issued_on)
        counterparty_id = self.counterparty_id(document.counterparty)
        send = partial(self.backend.create_document, document, counterparty_id)
        read_back = partial(self.backend.read_back, document)
        writes.post(Write(str(document.key), send, says=_facts(document), after=read_back), self.ledger)

    def _may_change(self, document: Document, entry: Entry) -> bool:
        """Whether a posted document may be brought to what the shop now says."""
        return (
            self._follows_changes
            and entry.status is Status.POSTED
            and Capability.UPDATE in self.backend.capabilities
            and not (self._is_closed(document.issued_on) or self._is_closed(entry.dated_on))
        )

    def _refuse_to_leave_changes(self, order_ids: Collection[str]) -> None:
        """A change that went unanswered is not over: the next try sends it again, when that is safe."""
        left = Counter(str(entry.status) for entry in self._open_updates(order_ids))
        self._refuse_to_leave(left, can_look=True)

    def _open_updates(self, order_ids: Collection[str]) -> list[Entry]:
        if not self._follows_changes:
            return []
        return open_changes(self.ledger, self.company, order_ids, revisions.UPDATE)

    def _is_closed(self, day: date | None) -> bool:
        return bool(self._closed_through and day and day <= self._closed_through)

    def _refuse_closed(self, day: date) -> None:
        """The last look before a write: the period may have been closed since it was staged (DESIGN R9)."""
        if self._is_closed(day):
            raise RejectedError(
                f"период закрыт по {self._closed_through:%d.%m.%Y}", reason=HoldReason.PERIOD_CLOSED
            )

    def _send_money(self, record: MoneyRecord, external_id: str) -> str:
        self._refuse_closed(record.paid_on)
        return self.backend.record_money(record, external_id)

    def _finder(self, entry: Entry) -> writes.Find | None:
        return partial(self._find, entry) if self._can_look else None

    def _find(self, entry: Entry) -> str | None:
        """Look for it as it was sent: the order may have been shipped anew, or numbered anew, since."""
        if entry.dated_on is None:
            return None
        key = entry.own_key
        found = marked(self.backend.look_up(key.kind, entry.number, entry.dated_on)).get(key.mark)
        if found and found.total != entry.total:
            log.warning("%s was sent over %s and stands with %s", entry.key, entry.total, found.total)
        return found.external_id if found else None

    def _correction_finder(self, entry: Entry) -> writes.Find | None:
        """Look for a correction on the document that it was sent to."""
        document = self.ledger.entry(entry.document_key)
        if Capability.CORRECTIONS not in self.backend.capabilities or document is None:
            return None
        sent = corrections.as_sent(entry, document.own_key)
        return partial(_unless_gone, partial(self.backend.find_correction, sent, str(document.external_id)))

    def _money_finder(self, entry: Entry) -> writes.Find | None:
        """Look for money as it was sent, on the document that it was sent to."""
        document = self.ledger.entry(entry.document_key)
        if not self._can_look_for_money or document is None or document.external_id is None:
            return None
        key = MoneyKey(MoneyKind(entry.kind), entry.payment_id, document.own_key)
        sent_on, amount = entry.dated_on or date.min, entry.total or Decimal(0)
        record = MoneyRecord(key, sent_on, amount, is_cash=False, order_number=entry.number)
        return partial(_unless_gone, partial(self.backend.find_money, record, document.external_id))

    def _record(self, record: MoneyRecord) -> None:
        document = self.ledger.entry(str(record.key.document))
        if document is None or document.external_id is None:
            return
        self._refuse_by_hand(record)
        write = Write(
            str(record.key),
            send=partial(self._send_money, record, document.external_id),
            find=partial(self.backend.find_money, record, document.external_id),
            look_first=True,
            says={"dated_on": record.paid_on, "total": record.amount, "sent_hash": record.content_hash},
            whole=record.whole,
        )
        writes.deliver(write if self._can_look_for_money else replace(write, find=None), self.ledger)

    def _refuse_by_hand(self, record: MoneyRecord) -> None:
        """Money that these books do not take is a task for the accountant, and stops nobody else's."""
        if MONEY_CAPABILITY[record.key.kind] not in self.backend.capabilities:
            raise RejectedError(
                f"Заказ № {record.order_number}: {record.amount} руб. запишите в учёт вручную, "
                "по этому подключению он их не принимает.",
                reason=HoldReason.MANUAL_REQUIRED,
            )


def _unless_gone(find: writes.Find) -> str | None:
    """Look for what was written on a document; with a document that is gone, all that was on it is."""
    try:
        return find()
    except RejectedError as error:
        if error.reason is not HoldReason.MANUAL_REQUIRED:
            raise
        return None


def _facts(document: Document) -> dict[str, Any]:
    return {
        "content": content_of(document),
        "counterparty_key": document.counterparty.key,
        "number": document.number,
        "dated_on": document.issued_on,
        "total": document.total,
        "vat": document.vat,
        "sent_hash": document.content_hash,
    }
