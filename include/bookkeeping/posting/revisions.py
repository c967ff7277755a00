"""What changes after posting: sent where the books allow it, once, like any other write (DESIGN R10)."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from bookkeeping.domain import AccountingBackend, Capability, Document, DocumentKind, Status
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.ledger.entries import WAITING
from bookkeeping.posting import writes
from bookkeeping.posting.shelf import CANCELLED
from bookkeeping.posting.writes import Write

CHANGES = UPDATE, CANCELLATION = "update", "cancel"


def open_changes(ledger: SyncLedger, company: str, order_ids: Collection[str], kind: str) -> list[Entry]:
    """Return these orders' changes, or cancellations, of which we cannot say that they are in the books."""
    entries = ledger.of_orders(company, order_ids, [kind])
    return [entry for entry in entries if entry.status is not Status.POSTED]


def bring_up(
    document: Document,
    buyer: Callable[[], str],
    backend: AccountingBackend,
    ledger: SyncLedger,
    facts: Mapping[str, Any],
) -> None:
    """Change a posted document in the books to what the shop now says.

    :param buyer: returns the counterparty's id in the books.
    :raises SyncError: as any write does; the ledger's entry of the change knows of it.
    """
    entry, last = ledger.entry(str(document.key)), last_of(str(document.key), UPDATE, ledger)
    if entry is None or entry.due_hash != document.content_hash:
        return  # another run knows better
    if last and not entry.changed and last.status in WAITING:
        ledger.forget(last.key)
        return
    key = _next_update(document, last)
    ledger.expect([_due(key, UPDATE, entry, due_hash=document.content_hash)])
    send = partial(_update, document, str(entry.external_id), buyer, backend)
    hashes = {"sent_hash": document.content_hash}
    asked = (entry.key, document.content_hash)
    writes.deliver(Write(key, send, find=_nothing, says=hashes, while_due=asked), ledger)
    if _says(ledger.entry(key), document):
        ledger.brought_up(entry.key, facts)


def let_go(change: Entry, ledger: SyncLedger) -> None:
    """Drop an update that is not to be sent any more, because its period was closed, say.

    One that went unanswered goes when it can no longer land; whether it did, the reconciliation sees.
    """
    _think_better(change.key, _nothing, ledger)


def drop_needless(ledger: SyncLedger, company: str, order_ids: Collection[str]) -> list[Entry]:
    """Let go of updates in no batch: of what is not due any more, or held; return those that may yet land."""
    for change in open_changes(ledger, company, order_ids, UPDATE):
        document = ledger.entry(change.document_key)
        if change.status is Status.UNKNOWN or document is None or not document.due_hash:
            let_go(change, ledger)
    return [e for e in open_changes(ledger, company, order_ids, UPDATE) if e.status is Status.UNKNOWN]


def withdrawn(ledger: SyncLedger, company: str, order_ids: Collection[str]) -> list[Entry]:
    """Return these orders' documents that stand and are due no more, or whose cancellation is unanswered."""
    documents = ledger.of_orders(company, order_ids, list(DocumentKind))
    begun = {entry.document_key for entry in open_changes(ledger, company, order_ids, CANCELLATION)}
    return [e for e in documents if (e.changed and not e.due_hash) or e.key in begun]


def cancellation_key(entry: Entry) -> str:
    """Return the key under which the ledger keeps a document's cancellation."""
    return f"{entry.key}/{CANCELLATION}"


def cancel(document: Entry, backend: AccountingBackend, ledger: SyncLedger, *, may_send: bool) -> None:
    """Cancel a document in the books, unless it is due again; raises as :func:`bring_up` does.

    :param may_send: False in a closed period: then only what went unanswered is looked up.
    """
    key, entry = cancellation_key(document), ledger.entry(document.key)
    if entry is None:
        return
    find = partial(_find_cancelled, entry, backend)
    if entry.due_hash or not may_send:
        _think_better(key, find, ledger)
    else:
        ledger.expect([_due(key, CANCELLATION, entry)])
        send = partial(_cancel, entry, backend)
        writes.deliver(Write(key, send, find=find, while_due=(entry.key, "")), ledger)
    if ledger.status_of(key) is Status.POSTED:
        ledger.brought_up(entry.key, {"sent_hash": ""})


def _think_better(key: str, find: writes.Find, ledger: SyncLedger) -> None:
    """What was not sent and is not wanted any more is dropped, what went unanswered looked for first."""
    if ledger.status_of(key) is Status.UNKNOWN:
        writes.settle(key, find, ledger)
    if ledger.status_of(key) in WAITING:
        ledger.forget(key)


def last_of(key: str, kind: str, ledger: SyncLedger) -> Entry | None:
    """Return the last of a document's updates, or of its corrections."""
    last, number = None, 1
    while found := ledger.entry(f"{key}/{kind}{number}"):
        last, number = found, number + 1
    return last


def _next_update(document: Document, last: Entry | None) -> str:
    """Return the key of the last change if it is not over or says just this, else that of a new one."""
    if last is None:
        return f"{document.key}/{UPDATE}1"
    number = int(last.key.rpartition(UPDATE)[2])
    is_over = last.status is Status.POSTED and not _says(last, document)
    return f"{document.key}/{UPDATE}{number + is_over}"


def _says(update: Entry | None, document: Document) -> bool:
    """Whether a change is in the books and brought just this content there."""
    return update is not None and update.status is Status.POSTED and update.sent_hash == document.content_hash


def _due(key: str, kind: str, entry: Entry, due_hash: str = "") -> Due:
    return Due(
        key,
        entry.company,
        kind,
        order_id=entry.order_id,
        shipment_id=entry.shipment_id,
        document_key=entry.key,
        number=entry.number,
        dated_on=entry.dated_on,
        due_hash=due_hash,
    )


def _update(
    document: Document, external_id: str, buyer: Callable[[], str], backend: AccountingBackend
) -> str:
    backend.update_document(document, external_id, buyer())
    return external_id


def _cancel(entry: Entry, backend: AccountingBackend) -> str:
    external_id = str(entry.external_id)
    backend.cancel_document(DocumentKind(entry.kind), external_id)
    return external_id


def _nothing() -> None:
    """Say that it is not there yet: the whole content put twice is as good as once."""


def _find_cancelled(entry: Entry, backend: AccountingBackend) -> str | None:
    """Return the document's id if the books show it as cancelled; to cancel twice is as good as once."""
    if (
        Capability.READ_STATUS not in backend.capabilities
        or Capability.SEARCH_DOCUMENTS not in backend.capabilities
    ):
        return None
    shown = backend.read_document(DocumentKind(entry.kind), str(entry.external_id))
    return entry.external_id if shown and shown.status == CANCELLED else None
