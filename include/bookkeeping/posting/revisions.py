"""What changes after posting: sent where the books allow it, once, like any other write (DESIGN R10)."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from bookkeeping.domain import AccountingBackend, Document, DocumentKind, Status
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.posting import writes
from bookkeeping.posting.writes import Write

UPDATE, CANCELLATION = "update", "cancel"


def bring_up(
    document: Document,
    entry: Entry,
    counterparty_id: str,
    backend: AccountingBackend,
    ledger: SyncLedger,
    facts: Mapping[str, Any],
) -> None:
    """Change a posted document in the books to what the shop now says.

    :raises SyncError: as any write does; the ledger's entry of the change knows of it.
    """
    key = _next_update(document, entry, ledger)
    ledger.expect([_due(key, UPDATE, entry, due_hash=document.content_hash)])
    send = partial(_update, document, str(entry.external_id), counterparty_id, backend)
    writes.deliver(Write(key, send, find=_nothing, says={"sent_hash": document.content_hash}), ledger)
    if _says(ledger.entry(key), document):
        ledger.brought_up(entry.key, facts)


def withdrawn(ledger: SyncLedger, company: str, order_ids: Collection[str]) -> list[Entry]:
    """Return these orders' documents that stand in the books and are due no more."""
    documents = ledger.of_orders(company, order_ids, list(DocumentKind))
    return [entry for entry in documents if entry.changed and not entry.due_hash]


def cancellation_key(entry: Entry) -> str:
    """Return the key under which the ledger keeps a document's cancellation."""
    return f"{entry.key}/{CANCELLATION}"


def cancel(entry: Entry, backend: AccountingBackend, ledger: SyncLedger) -> None:
    """Cancel a document in the books; raises as :func:`bring_up` does."""
    key = cancellation_key(entry)
    ledger.expect([_due(key, CANCELLATION, entry)])
    writes.deliver(Write(key, partial(_cancel, entry, backend), find=_nothing), ledger)
    if ledger.status_of(key) is Status.POSTED:
        ledger.brought_up(entry.key, {"sent_hash": ""})


def _next_update(document: Document, entry: Entry, ledger: SyncLedger) -> str:
    """Return the key of the last change if it is not over or says just this, else that of a new one."""
    number = 1
    while ledger.entry(f"{entry.key}/{UPDATE}{number + 1}"):
        number += 1
    last = ledger.entry(f"{entry.key}/{UPDATE}{number}")
    is_over = last is not None and last.status is Status.POSTED and not _says(last, document)
    return f"{entry.key}/{UPDATE}{number + is_over}"


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


def _update(document: Document, external_id: str, counterparty_id: str, backend: AccountingBackend) -> str:
    backend.update_document(document, external_id, counterparty_id)
    return external_id


def _cancel(entry: Entry, backend: AccountingBackend) -> str:
    external_id = str(entry.external_id)
    backend.cancel_document(DocumentKind(entry.kind), external_id)
    return external_id


def _nothing() -> None:
    """Say that it is not there yet: to change or to cancel twice leaves the books as once does."""
