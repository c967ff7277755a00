"""Which goods came back by the end of a day: sales that stand, of which their orders ask for less by now."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind, HoldReason, Status
from bookkeeping.due import is_cancelled, known_counterparties
from bookkeeping.ledger import Entry, SyncLedger, sent_contents
from bookkeeping.ledger.entries import WAITING
from bookkeeping.posting import CORRECTION, Returned, bring_down
from bookkeeping.posting.revisions import UPDATE, open_changes
from bookkeeping.summaries import DailySummaries
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.documents import due_day
from bookkeeping.transforms.returns import goods_back, sold_elsewhere

CORRECTABLE = (None, HoldReason.PERIOD_CLOSED)


def returned_goods(shop: ShopFrames, company: Company, end: datetime, ledger: SyncLedger) -> list[Returned]:
    """Return what came back of sales of these orders before a moment, and is in no correction yet.

    Goods come back on the day of their order's last change: the shop has no other day for it. Corrections
    that wait, of goods that did not come back after all, are forgotten; one of a later day is a later run's.
    """
    orders = list(shop.orders["order_id"])
    corrections = ledger.of_orders(company.id, orders, [CORRECTION])
    for key in sorted({entry.document_key for entry in corrections}):
        bring_down(key, ledger)
    changed = _changed(ledger, company, orders)
    returned = list(_returned(shop, company, end, ledger, changed))
    wanted, open_ = {str(each.document.key) for each in returned}, {entry.key for entry in changed}
    for entry in corrections:
        is_later = entry.document_key in open_ and not _is_before(end, company, entry.dated_on)
        if entry.status in WAITING and entry.document_key not in wanted and not is_later:
            ledger.forget(entry.key)
    return returned


def _changed(ledger: SyncLedger, company: Company, orders: Collection[str]) -> list[Entry]:
    """Return these orders' sales that stand otherwise than they are asked for; no update of them is open."""
    updates = open_changes(ledger, company.id, orders, UPDATE)
    open_ = {entry.document_key for entry in updates if entry.status is not Status.HELD}
    sales = ledger.of_orders(company.id, orders, [DocumentKind.SALE])
    return [e for e in sales if e.changed and e.due_hash and not is_cancelled(e) and e.key not in open_]


def _returned(
    shop: ShopFrames, company: Company, end: datetime, ledger: SyncLedger, entries: Collection[Entry]
) -> Iterator[Returned]:
    some = shop.only({entry.order_id for entry in entries})
    due = _due(some, company, end, ledger) if entries else []
    documents = {str(item.document.key): item.document for item in due if item.reason in CORRECTABLE}
    days = {row.order_id: row.changed_at.astimezone(company.zone).date() for row in some.orders.itertuples()}
    contents = sent_contents(ledger.engine, entries)
    for entry in entries:
        document, sent, day = documents.get(entry.key), contents.get(entry.key), days[entry.order_id]
        if not document or not sent or document.content_hash != entry.due_hash:
            continue  # not known, or another run knows better
        if _is_before(end, company, day):
            elsewhere = {company.delivery.name, *sold_elsewhere(document, (item.document for item in due))}
            if back := goods_back(sent, document, elsewhere):
                yield Returned(document, back, day, entry.sent_hash)


def _is_before(end: datetime, company: Company, day: date | None) -> bool:
    return day is None or day < end.astimezone(company.zone).date()


def _due(shop: ShopFrames, company: Company, end: datetime, ledger: SyncLedger) -> list[DueDocument]:
    """Return what these orders ask for; a sale of a closed period may be corrected in an open one."""
    coverage = DailySummaries(ledger, company).coverage(list(shop.orders["order_id"]))
    return due_day(shop, company, end, known_counterparties(ledger, company), coverage).documents
