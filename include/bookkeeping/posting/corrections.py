"""Corrections: goods that came back, recorded once beside the money that went back (DESIGN R11)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from bookkeeping.domain import (
    AccountingBackend,
    Capability,
    Correction,
    Document,
    DocumentKey,
    HoldReason,
    Status,
)
from bookkeeping.errors import RejectedError
from bookkeeping.ledger import Due, Entry, SyncLedger, sent_contents
from bookkeeping.ledger.entries import WAITING
from bookkeeping.posting import writes
from bookkeeping.posting.revisions import UPDATE, last_of
from bookkeeping.posting.writes import Write
from bookkeeping.transforms.returns import GoodsBack

CORRECTION = "correction"


@dataclass(frozen=True)
class Returned:
    """Goods of one sale that came back.

    :ivar document: the sale, as its order asks for it by now.
    :ivar back: what is missing of it since it was last sent.
    :ivar day: when they came back, in the company's zone.
    :ivar since: the ledger's ``sent_hash`` of the sale as it was when that was worked out.
    """

    document: Document
    back: GoodsBack
    day: date
    since: str


def correction_of(returned: Returned, ledger: SyncLedger) -> Correction:
    """Return the correction that these goods call for: the one that is not over, or the next."""
    document = returned.document
    last = last_of(str(document.key), CORRECTION, ledger)
    serial = 1 if last is None else _serial(last) + (last.status is Status.POSTED)
    number = f"{document.number}-К{serial}"
    return Correction(document.key, serial, number, returned.day, returned.back.lines, document.order_number)


def record(
    returned: Returned,
    correction: Correction,
    backend: AccountingBackend,
    ledger: SyncLedger,
    refuse: Callable[[date], None],
) -> None:
    """Write one correction, and let the document be known as what is left of it.

    :param refuse: raises for a day into which nothing is written.
    :raises SyncError: as any write does; the ledger's entry of the correction knows of it.
    """
    entry = _as_known(returned, correction, ledger)
    if entry is None or entry.external_id is None:
        return  # another run knows better
    due = _due(returned, correction, entry)
    ledger.expect([due])
    refuse(correction.dated_on)
    write = Write(
        correction.key,
        send=partial(_send, correction, entry, entry.external_id, backend),
        find=partial(backend.find_correction, _sought(correction, ledger), entry.external_id),
        look_first=True,
        says={
            "content": returned.back.content,
            "dated_on": due.dated_on,
            "total": due.total,
            "vat": due.vat,
            "sent_hash": due.due_hash,
        },
        while_due=(entry.key, entry.due_hash),
    )
    writes.deliver(write, ledger)
    bring_down(entry.key, ledger)


def _as_known(returned: Returned, correction: Correction, ledger: SyncLedger) -> Entry | None:
    """Return the sale's entry, unless it stands or is asked for otherwise than when the return was seen.

    What comes after a correction begins where that one ended. Two runs that see the same return name the same
    correction, and the ledger lets one of them claim it.
    """
    key = str(correction.document)
    bring_down(key, ledger)
    last, entry = last_of(key, CORRECTION, ledger), ledger.entry(key)
    seen = returned.since, returned.document.content_hash
    if entry is None or (entry.sent_hash, entry.due_hash) != seen:
        return None
    is_next = correction_of(returned, ledger).key == correction.key
    is_over = last is not None and last.status is Status.POSTED
    begins_there = last is None or not is_over or last.sent_hash == entry.sent_hash
    return entry if is_next and begins_there else None


def _sought(correction: Correction, ledger: SyncLedger) -> Correction:
    """Return what to look for: what went unanswered is what it was, whatever has come back since."""
    is_known = ledger.status_of(correction.key) is not Status.UNKNOWN
    return correction if is_known else replace(correction, lines=())


def _send(correction: Correction, entry: Entry, external_id: str, backend: AccountingBackend) -> str:
    """Write it, unless the sale stands otherwise than we left it: then somebody was here before us."""
    if Capability.READ_STATUS in backend.capabilities:
        shown = backend.read_document(correction.document.kind, external_id)
        if shown is None:
            raise _by_hand(correction, "документа продажи в учёте больше нет. Восстановите его или внесите")
        if shown.total != entry.total:
            why = f"документ уже исправлен вручную: в учёте {shown.total} ₽, у нас {entry.total} ₽. Внесите"
            raise _by_hand(correction, why)
    return backend.correct_document(correction, external_id)


def _by_hand(correction: Correction, why: str) -> RejectedError:
    return RejectedError(
        f"Заказ № {correction.order_number}: {why} возврат вручную, если его там ещё нет.",
        reason=HoldReason.MANUAL_REQUIRED,
    )


def bring_down(key: str, ledger: SyncLedger) -> None:
    """Let a document be known as its last correction left it, unless it is already."""
    entry, last = ledger.entry(key), last_of(key, CORRECTION, ledger)
    if entry is None or last is None or last.status is not Status.POSTED:
        return
    content = sent_contents(ledger.engine, [last]).get(last.key)
    if content and entry.sent_hash not in {last.sent_hash, ""}:
        facts = {"content": content, "total": content.total, "vat": content.vat}
        ledger.brought_up(entry.key, {**facts, "sent_hash": last.sent_hash})
        _forget_refused_update(key, ledger)


def _forget_refused_update(key: str, ledger: SyncLedger) -> None:
    """The books would not change the document itself, and need not any more."""
    update = last_of(key, UPDATE, ledger)
    if update and update.status in WAITING:
        ledger.forget(update.key)


def as_sent(entry: Entry, document: DocumentKey) -> Correction:
    """Return a correction as far as it has to be known to look for it."""
    day = entry.dated_on or date.min
    return Correction(document, _serial(entry), entry.number, day, (), order_number="")


def _serial(entry: Entry) -> int:
    return int(entry.key.rpartition(CORRECTION)[2])


def _due(returned: Returned, correction: Correction, entry: Entry) -> Due:
    """The roubles of a correction are below zero: what the sale has lost."""
    left = returned.back.content
    return Due(
        correction.key,
        entry.company,
        CORRECTION,
        order_id=entry.order_id,
        shipment_id=entry.shipment_id,
        document_key=entry.key,
        number=correction.number,
        dated_on=correction.dated_on,
        total=left.total - (entry.total or left.total),
        vat=left.vat - (entry.vat or left.vat),
        due_hash=returned.document.content_hash,
    )
