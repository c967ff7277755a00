"""The shop learns what became of its orders: a line in the comments for each document in the books."""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import islice

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.bitrix.batch import COMMANDS
from bookkeeping.comments import Comments, read_comments, save_comments
from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKey, DocumentKind, HoldReason, Status
from bookkeeping.due import DOCUMENTS, is_cancelled
from bookkeeping.errors import (
    MisconfiguredError,
    OutcomeUnknownError,
    RejectedError,
    SyncError,
    TransientError,
)
from bookkeeping.ledger import Due, Entry, OwnWrite, ShopMemory, SyncLedger
from bookkeeping.posting.batches import Endings, post_together, settle_together
from bookkeeping.posting.poster import A_WHILE
from bookkeeping.report.formats import short_day
from bookkeeping.report.words import KINDS, books_name

log = logging.getLogger(__name__)

WRITE_BACK = "write_back"

Lines = Mapping[str, Sequence[Entry]]
"""The ledger's entries of lines, by order."""


@dataclass(frozen=True)
class Note:
    """What is to stand in the comments of an order.

    :ivar marks: what the new lines end with, by their keys in the ledger.
    :ivar text: what stood there, and the new lines.
    :ivar version: the order's version when it stood there.
    """

    order_id: str
    marks: Mapping[str, str]
    text: str = field(repr=False)
    version: int


def remember_lines(ledger: SyncLedger, company: Company, order_ids: Collection[str]) -> None:
    """Expect a line for each of these orders' documents in the books, if the company wants them.

    Lines that wait, and that nobody wants any more, are forgotten: a document may be cancelled by now.
    """
    documents = _standing(ledger, company, order_ids) if company.shop.write_back else []
    lines = ledger.of_orders(company.id, order_ids, [WRITE_BACK])
    written = {line.key for line in lines if line.status is Status.POSTED}
    due = {due.key: due for due in map(_due, documents) if due.key not in written}
    ledger.expect(due.values())
    for line in lines:
        if line.key not in due and line.key not in written:
            ledger.forget(line.key)


def _standing(ledger: SyncLedger, company: Company, order_ids: Collection[str]) -> list[Entry]:
    entries = ledger.of_orders(company.id, order_ids, DOCUMENTS)
    return [entry for entry in entries if entry.status is Status.POSTED and not is_cancelled(entry)]


def _due(document: Entry) -> Due:
    """A comment is no bookkeeping entry: no closed period holds it, and its day keeps it from being lost."""
    return Due(
        f"{document.key}/{WRITE_BACK}",
        document.company,
        WRITE_BACK,
        order_id=document.order_id,
        shipment_id=document.shipment_id,
        document_key=document.key,
        number=document.number,
        dated_on=document.dated_on,
    )


def write_lines(
    client: BitrixClient, ledger: SyncLedger, company: Company, order_ids: Collection[str], end: datetime
) -> dict[str, int]:
    """Write the lines that these orders' comments lack; return how many lines stand in which status.

    What the shop refuses is held, and the rest goes on.

    :param end: of the day that is run.
    :raises TransientError: the shop cannot be reached or asks to wait; what is left stays pending.
    :raises OutcomeUnknownError: an answer was lost: the next try looks whether the lines are there.
    :raises MisconfiguredError: nothing will succeed before a person changes the settings or the rights.
    """
    ledger.expire()
    remember_lines(ledger, company, order_ids)
    clerk = Clerk(client, ledger, company, end)
    clerk.settle(order_ids)
    clerk.write(order_ids)
    statuses = Counter(str(line.status) for line in clerk.lines(order_ids))
    _refuse_to_leave(statuses)
    return dict(statuses)


class Clerk:
    """Adds lines to the comments of one company's orders, 50 orders at a time."""

    def __init__(self, client: BitrixClient, ledger: SyncLedger, company: Company, end: datetime) -> None:
        self._client, self._ledger, self._company, self._end = client, ledger, company, end
        self._memory = ShopMemory(ledger)

    def lines(self, order_ids: Collection[str]) -> list[Entry]:
        """Return what the ledger knows of these orders' lines."""
        return self._ledger.of_orders(self._company.id, order_ids, [WRITE_BACK])

    def settle(self, order_ids: Collection[str]) -> None:
        """Look whether the lines are there that went unanswered."""
        for lines in _in_batches(self.lines(order_ids), Status.UNKNOWN):
            settle_together(partial(self._look, lines), self._ledger)

    def write(self, order_ids: Collection[str]) -> None:
        """Write what waits; the lines of one order travel together, and none while another is unanswered.

        :raises SyncError: what keeps the rest from being written; it stays as it is.
        """
        for lines in _in_batches(self.lines(order_ids), Status.PENDING):
            groups = [[line.key for line in of_order] for of_order in lines.values()]
            _refuse_to_go_on(post_together(groups, partial(self._send, lines), self._ledger))

    def _look(self, lines: Lines) -> dict[str, str | None]:
        shown = read_comments(self._client, lines)
        seen = [line for order_id in shown for line in lines[order_id]]
        return {
            line.key: mark if (mark := _mark_of(line)) in shown[line.order_id].text else None for line in seen
        }

    def _send(self, lines: Lines, claimed: Collection[str]) -> Endings:
        """Read the comments and write them at once: what others write there in between would be lost."""
        wanted = _only(lines, claimed)
        texts = self._texts(line for of_order in wanted.values() for line in of_order)
        shown = read_comments(self._client, wanted)
        notes = {}
        for order_id, of_order in wanted.items():
            if order_id not in shown:
                yield from _all(of_order, f"заказа {order_id} в магазине нет")
                continue
            there = [line for line in of_order if _mark_of(line) in shown[order_id].text]
            yield from ((line.key, _mark_of(line)) for line in there)
            if missing := [line for line in of_order if line not in there]:
                notes[order_id] = _note(missing, texts, shown[order_id])
        yield from self._save(notes)

    def _texts(self, lines: Iterable[Entry]) -> dict[str, str]:
        """Return what the lines say, by their keys."""
        keys = {line.key: line.document_key for line in lines}
        documents = self._ledger.with_keys(list(keys.values()))
        return {key: line_of(documents[of], self._company.books.system) for key, of in keys.items()}

    def _save(self, notes: Mapping[str, Note]) -> Endings:
        texts = {order_id: note.text for order_id, note in notes.items()}
        for order_id, saved in save_comments(self._client, texts):
            note = notes[order_id]
            if isinstance(saved, SyncError):
                yield from ((key, saved) for key in note.marks)
            elif not all(mark in saved.text for mark in note.marks.values()):
                yield from ((key, _dropped(order_id)) for key in note.marks)
            else:
                yield from note.marks.items()
                self._note_version(note, saved)

    def _note_version(self, note: Note, saved: Comments) -> None:
        """Remember that this change was ours; what else happened in between is still to be taken up."""
        if saved.version != note.version + 1:
            log.warning(
                "Order %s was saved by somebody else while our line was being written: if its comments were "
                "changed, that is lost.",
                note.order_id,
            )
        elif saved.changed_at:
            own = OwnWrite(note.version, saved.version, saved.changed_at)
            self._memory.wrote(self._company.id, note.order_id, own, self._end)


def _note(lines: Sequence[Entry], texts: Mapping[str, str], shown: Comments) -> Note:
    new = [texts[line.key] for line in lines]
    text = "\n".join([shown.text, *new] if shown.text else new)
    return Note(lines[0].order_id, {line.key: _mark_of(line) for line in lines}, text, shown.version)


def line_of(document: Entry, system: str) -> str:
    """Return what the comments say of a document; it ends with the document's mark."""
    name = f"{KINDS[DocumentKind(document.kind)]} № {document.number} от {short_day(document.dated_on)}"
    return f"{name}, {books_name(system)} {document.external_id} {_mark(document, document.kind)}"


def _mark_of(line: Entry) -> str:
    _, kind, *_ = line.document_key.split("/")
    return _mark(line, kind)


def _mark(entry: Entry, kind: str) -> str:
    return DocumentKey(entry.company, DocumentKind(kind), entry.order_id, entry.shipment_id).mark


def _in_batches(lines: Iterable[Entry], status: Status) -> Iterator[Lines]:
    """Cut the lines in a status into batches of 50 orders, older documents first."""
    by_order: dict[str, list[Entry]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.dated_on or date.min, line.key)):
        if line.status is status:
            by_order[line.order_id].append(line)
    orders = iter(by_order.items())
    while batch := dict(islice(orders, COMMANDS)):
        yield batch


def _only(lines: Lines, keys: Collection[str]) -> Lines:
    chosen = {order_id: [e for e in of_order if e.key in keys] for order_id, of_order in lines.items()}
    return {order_id: of_order for order_id, of_order in chosen.items() if of_order}


def _all(lines: Iterable[Entry], why: str) -> Endings:
    error = RejectedError(why, reason=HoldReason.MANUAL_REQUIRED)
    return ((line.key, error) for line in lines)


def _dropped(order_id: str) -> RejectedError:
    text = f"магазин принял комментарий к заказу {order_id} и не сохранил его"
    return RejectedError(text, reason=HoldReason.MANUAL_REQUIRED)


def _refuse_to_go_on(errors: Sequence[SyncError]) -> None:
    """What stopped a whole batch would stop the next one, too."""
    for kind in (MisconfiguredError, TransientError, OutcomeUnknownError):
        for error in errors:
            if isinstance(error, kind):
                raise error


def _refuse_to_leave(statuses: Mapping[str, int]) -> None:
    """The work is done when each line is written or held."""
    if unknown := statuses.get(Status.UNKNOWN):
        raise OutcomeUnknownError(
            f"The shop did not answer whether it took {unknown} lines; the next try looks for them."
        )
    pending, in_flight = statuses.get(Status.PENDING, 0), statuses.get(Status.IN_FLIGHT, 0)
    if pending or in_flight:
        raise TransientError(
            f"{pending + in_flight} lines for comments still wait or are in another worker's hands.",
            retry_after=None if pending else A_WHILE,
        )
