"""Telling the ledger what is due, and learning from it what stands in the books already."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from bookkeeping.companies import Company
from bookkeeping.covered import covered
from bookkeeping.domain import (
    DAY,
    DocumentKey,
    DocumentKind,
    HoldReason,
    MoneyKind,
    MoneyRecord,
    Status,
)
from bookkeeping.ledger import Due, Entry, SyncLedger
from bookkeeping.transforms.building import DueDocument
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
    ledger.expect(to_due(item) for item in due)
    ledger.withdraw(company.id, order_ids, DOCUMENTS, last, {str(item.document.key) for item in due})


def to_due(item: DueDocument) -> Due:
    """Return what the ledger is told of a document."""
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
        due_hash=item.content_hash or document.content_hash,
        reason=item.reason,
        detail=item.detail,
    )


def posted_documents(
    ledger: SyncLedger, company: Company, order_ids: Collection[str], before: datetime
) -> list[Posted]:
    """Return these orders' sales and acts in the books, with the money on them.

    What is dated later takes no new money, yet tells what it holds already: a payment is spread only once.
    """
    last = before.astimezone(company.zone).date()
    money: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for part in ledger.of_orders(company.id, order_ids, [MoneyKind.PAYMENT]):
        if part.status not in {Status.PENDING, Status.HELD}:
            money[part.document_key, part.order_id].append(part)
    entries = ledger.of_orders(company.id, order_ids, [DocumentKind.SALE, DocumentKind.ACT])
    found = [(entry, entry.own_key, entry.number) for entry in entries]
    found += [(each.entry, each.key, each.number) for each in covered(ledger, company, order_ids)]
    posted = [
        _posted(entry, key, number, money[entry.key, entry.order_id])
        for entry, key, number in found
        if entry.status is Status.POSTED and not is_cancelled(entry)
    ]
    return [replace(document, is_later=document.issued_on >= last) for document in posted]


def is_cancelled(entry: Entry) -> bool:
    """Whether we have cancelled a posted document in the books: nothing of it was sent that still counts."""
    return entry.sent_hash == ""


def _posted(entry: Entry, key: DocumentKey, number: str, parts: Sequence[Entry]) -> Posted:
    if entry.dated_on is None or entry.total is None:
        raise ValueError(f"the ledger's document {entry.key} has no date or total")
    taken = {part.payment_id: part.total for part in parts if part.total is not None}
    unanswered = frozenset(part.payment_id for part in parts if part.status is not Status.POSTED)
    part_of = entry.order_id if key.order_id == DAY else ""
    return Posted(key, entry.dated_on, entry.total, number, taken, unanswered, part_of=part_of)


def remember_money(ledger: SyncLedger, company: Company, records: Iterable[MoneyRecord]) -> None:
    """Expect these payments or refunds; what is dated in the closed period is held."""
    ledger.expect(_due_money(record, company) for record in records)


def forget_money(
    ledger: SyncLedger,
    company: Company,
    kind: MoneyKind,
    order_ids: Collection[str],
    before: datetime,
    records: Iterable[MoneyRecord],
) -> None:
    """Drop parts that still wait and that these orders' payments are no longer spread into.

    Parts on documents of later days were not spread now, and stay.
    """
    last = before.astimezone(company.zone).date()
    documents = ledger.of_orders(company.id, [*order_ids, DAY], DOCUMENTS)
    later = {entry.key for entry in documents if entry.dated_on is None or entry.dated_on >= last}
    parts = ledger.of_orders(company.id, order_ids, [kind])
    kept = {part.key for part in parts if part.document_key in later}
    due = kept | {str(record.key) for record in records}
    ledger.withdraw(company.id, order_ids, [kind], last, due, only_waiting=True)


def _due_money(record: MoneyRecord, company: Company) -> Due:
    reason, detail = _money_hold(record.paid_on, company)
    return Due(
        key=str(record.key),
        company=record.key.document.company,
        kind=record.key.kind,
        order_id=record.order_id,
        shipment_id=record.key.document.shipment_id,
        payment_id=record.key.payment_id,
        document_key=str(record.key.document),
        number=record.order_number,
        dated_on=record.paid_on,
        total=record.amount,
        due_hash=record.content_hash,
        reason=reason,
        detail=detail,
    )


def _money_hold(day: date, company: Company) -> tuple[HoldReason | None, str]:
    if company.closed_through is not None and day <= company.closed_through:
        return HoldReason.PERIOD_CLOSED, f"период закрыт по {company.closed_through:%d.%m.%Y}"
    if day < company.start_date:
        text = f"деньги от {day:%d.%m.%Y}, учёт ведётся с {company.start_date:%d.%m.%Y}: запишите вручную"
        return HoldReason.MANUAL_REQUIRED, text
    return None, ""
