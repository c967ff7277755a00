"""A company's day, from what the shop says to what the books hold: one way for tasks and simulations."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, Capability, Document, MoneyKind
from bookkeeping.due import (
    forget_money,
    known_counterparties,
    posted_documents,
    remember_documents,
    remember_money,
)
from bookkeeping.fingerprints import staged_fingerprints
from bookkeeping.ledger import ShopMemory, SyncLedger
from bookkeeping.posting import Poster
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.documents import DueDocument, due_documents
from bookkeeping.transforms.payments import Payment, payments_of, refunds, spread
from bookkeeping.write_back import remember_lines

BATCH = 100
"""Documents a task: enough to outweigh its start, few enough to see which ones failed."""

WorkOut = Callable[[ShopFrames, Company, datetime, frozenset[str]], list[DueDocument]]
ListPayments = Callable[[ShopFrames, ZoneInfo, datetime], list[Payment]]


def poster_for(
    company: Company,
    backend: AccountingBackend,
    ledger: SyncLedger,
    sleep: Callable[[float], object] = time.sleep,
) -> Poster:
    """Return the one who writes for a company, by the companies file as it is now."""
    return Poster(
        company.id,
        backend,
        ledger,
        closed_through=company.closed_through,
        follows_changes=company.on_change == "update",
        sleep=sleep,
    )


def documents_of(
    shop: ShopFrames,
    company: Company,
    end: datetime,
    ledger: SyncLedger,
    work_out: WorkOut = due_documents,
) -> list[Document]:
    """Work out what is due before the end of a day and tell the ledger; return what may be sent.

    From then on the orders are known as they look here.
    """
    ledger.begin_orders(company.id, list(shop.orders["order_id"]))
    due = work_out(shop, company, end, known_counterparties(ledger, company))
    remember_documents(ledger, company, due, list(shop.orders["order_id"]), end)
    ShopMemory(ledger).take_up(company.id, staged_fingerprints(shop.orders))
    return [item.document for item in due if item.reason is None]


def in_batches(documents: Sequence[Document], size: int = BATCH) -> list[list[Document]]:
    """Cut documents into batches by date, so that a batch can be compared with the books in few requests."""
    ordered = sorted(documents, key=lambda document: (document.issued_on, str(document.key)))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def finish(
    shop: ShopFrames,
    company: Company,
    end: datetime,
    poster: Poster,
    list_payments: ListPayments = payments_of,
) -> dict[str, dict[str, int]]:
    """Cancel what is due no more and record the money, where the books allow it; return counts by status.

    What went unanswered and is in no batch any more is looked up first; at the end the orders are done, but
    for the lines in their comments, which the ledger then knows of.

    :raises SyncError: as :class:`~bookkeeping.posting.Poster` does.
    """
    orders = list(shop.orders["order_id"])
    poster.settle_leftovers(orders)
    counts = {"cancelled": poster.cancel_withdrawn(orders)}
    if Capability.PAYMENTS in poster.backend.capabilities:
        payments = list_payments(shop, company.zone, end)
        for kind, records_of in {MoneyKind.PAYMENT: spread, MoneyKind.REFUND: refunds}.items():
            records = records_of(payments, posted_documents(poster.ledger, company, orders, end))
            remember_money(poster.ledger, company, records)
            forget_money(poster.ledger, company, kind, orders, end, records)
            counts[f"{kind}s"] = poster.record_money(records)
    remember_lines(poster.ledger, company, orders)
    poster.ledger.end_orders(company.id, orders)
    return {name: count for name, count in counts.items() if count}
