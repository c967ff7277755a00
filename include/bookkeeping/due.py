"""Telling the ledger what is due, and learning from it what stands in the books already."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from bookkeeping.companies import Company
from bookkeeping.domain import (
    DocumentKey,
    DocumentKind,
    HoldReason,
    MoneyKind,
    MoneyRecord,
    Status,
    to_kopecks,
)
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.transforms.documents import DueDocument
from bookkeeping.transforms.payments import Posted

DOCUMENTS = tuple(DocumentKind)
COUNTERPARTY = "counterparty"


def known_counterparties(ledger: SyncLedger, company: Company) -> frozenset[str]:
    """Return the keys of the buyers who stand in the books."""
    entries = ledger.of_company(company.id, [COUNTERPARTY])
    return frozenset(entry.counterparty_key for entry in entries if entry.status is Status.POSTED)


def remember_documents(
    ledger: SyncLedger,
    company: Company,
    due: Sequence[DueDocument],
    order_ids: Collection[str],
    before: datetime,
) -> None:
    """Expect what is due of these orders, and forget what they no longer ask for."""
    last = before.astimezone(company.zone).date()
    ledger.expect(_due_document(item) for item in due)
    ledger.withdraw(company.id, order_ids, DOCUMENTS, last, {str(item.document.key) for item in due})


def _due_document(item: DueDocument) -> Due:
    document = item.document
    return Due(
        key=str(document.key),
        company=document.key.company,
        kind=document.key.kind,
        order_id=document.key.order_id,
        shipment_id=document.key.shipment_id,
        counterparty_key=document.counterparty.key,
        number=document.number,
        dated_on=document.issued_on,
        total=document.total,
        vat=document.vat,
        due_hash=document.content_hash,
        reason=item.reason,
        detail=item.detail,
    )


def posted_documents(
    ledger: SyncLedger, company: Company, order_ids: Collection[str], before: datetime
) -> list[Posted]:
    """Return these orders' sales and acts in the books, dated before a moment, with the money on them."""
    last = before.astimezone(company.zone).date()
    parts: dict[str, list[Entry]] = defaultdict(list)
    for part in ledger.of_orders(company.id, order_ids, [MoneyKind.PAYMENT]):
        if part.status not in {Status.PENDING, Status.HELD}:
            parts[part.document_key].append(part)
    entries = ledger.of_orders(company.id, order_ids, [DocumentKind.SALE, DocumentKind.ACT])
    posted = [_posted(entry, parts[entry.key]) for entry in entries if entry.status is Status.POSTED]
    return [document for document in posted if document.issued_on < last]


def _posted(entry: Entry, parts: Sequence[Entry]) -> Posted:
    if entry.dated_on is None or entry.total is None:
        raise ValueError(f"the ledger's document {entry.key} has no date or total")
    key = DocumentKey(entry.company, DocumentKind(entry.kind), entry.order_id, entry.shipment_id)
    taken = {part.payment_id: part.total for part in parts if part.total is not None}
    unanswered = frozenset(part.payment_id for part in parts if part.status is not Status.POSTED)
    return Posted(key, entry.dated_on, entry.total, entry.number, taken, unanswered)


def remember_money(ledger: SyncLedger, company: Company, records: Iterable[MoneyRecord]) -> None:
    """Expect these payments or refunds; what is dated in the closed period is held."""
    ledger.expect(_due_money(record, company.closed_through) for record in records)


def _due_money(record: MoneyRecord, closed_through: date | None) -> Due:
    closed = closed_through is not None and record.paid_on <= closed_through
    return Due(
        key=str(record.key),
        company=record.key.document.company,
        kind=record.key.kind,
        order_id=record.key.document.order_id,
        shipment_id=record.key.document.shipment_id,
        payment_id=record.key.payment_id,
        document_key=str(record.key.document),
        number=record.order_number,
        dated_on=record.paid_on,
        total=record.amount,
        due_hash=f"{record.paid_on} {to_kopecks(record.amount)} {record.is_cash}",
        reason=HoldReason.PERIOD_CLOSED if closed else None,
        detail=f"период закрыт по {closed_through:%d.%m.%Y}" if closed else "",
    )
