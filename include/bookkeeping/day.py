"""A company's day, from what the shop says to what the books hold: one way for tasks and simulations."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bookkeeping.companies import Company
from bookkeeping.domain import DAY, AccountingBackend, Capability, Document, MoneyKind
from bookkeeping.due import (
    forget_money,
    known_counterparties,
    posted_documents,
    remember_documents,
    remember_money,
)
from bookkeeping.fingerprints import staged_fingerprints
from bookkeeping.holds import in_short
from bookkeeping.ledger import ShopMemory, Summed, SyncLedger
from bookkeeping.posting import Poster
from bookkeeping.returns import returned_goods
from bookkeeping.summaries import DailySummaries
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.documents import DueDay, Fits, due_day
from bookkeeping.transforms.individuals import Coverage
from bookkeeping.transforms.payments import Payment, payments_of, refunds, spread
from bookkeeping.write_back import remember_lines

log = logging.getLogger(__name__)

BATCH = 100
"""Documents a task: enough to outweigh its start, few enough to see which ones failed."""

MOST_BATCHES = 900
"""Airflow maps a task over 1024 things at most; each part of a day may leave a smaller batch at its end."""

MOST_DOCUMENTS = 4
"""How many documents an order has, and rarely more."""

BATCHES_TOGETHER = 20
"""So many batches are sorted by date with each other: in memory they are small."""

WorkOut = Callable[[ShopFrames, Company, datetime, frozenset[str], Coverage], DueDay]
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


def all_fits(_document: Document) -> None:
    """Refuse nothing, where no books are asked."""


def takes(backend: AccountingBackend) -> Fits:
    """Return what raises RejectedError for a document that these books cannot take; nothing is sent."""
    return lambda document: backend.document_payload(document, "")


def documents_of(
    shop: ShopFrames,
    company: Company,
    end: datetime,
    ledger: SyncLedger,
    work_out: WorkOut = due_day,
) -> list[Document]:
    """Work out what is due before the end of a day and tell the ledger; return what may be sent.

    From then on the orders are known as they look here.
    """
    due = due_of([shop], company, end, ledger, work_out)
    return [item.document for item in due if item.reason is None]


def due_of(
    parts: Iterable[ShopFrames],
    company: Company,
    end: datetime,
    ledger: SyncLedger,
    work_out: WorkOut = due_day,
    *,
    is_whole: bool = True,
    fits: Fits = all_fits,
) -> Iterator[DueDocument]:
    """Yield what is due before the end of a day, and tell the ledger; one part is in memory at a time.

    Summaries come last.

    :param is_whole: whether these are all the orders of the day, so that it can be summed up.
    :param fits: raises RejectedError for a document that the books cannot take: it stays out of summaries.
    """
    summaries, touched = DailySummaries(ledger, company), set[Summed]()
    for shop in parts:
        orders = list(shop.orders["order_id"])
        ledger.begin_orders(company.id, orders)
        coverage = summaries.coverage(orders)
        due = work_out(shop, company, end, known_counterparties(ledger, company), coverage)
        due = due.refusing(fits, coverage)
        remember_documents(ledger, company, due.documents, orders, end)
        _tell_held(due.documents)
        touched |= summaries.take_up(due, orders, coverage, end.astimezone(company.zone).date())
        ShopMemory(ledger).take_up(company.id, staged_fingerprints(shop.orders))
        yield from due.documents
    yield from summaries.due(touched, last_day(end, company) if is_whole else None)


def last_day(end: datetime, company: Company) -> date:
    """Return the day that ends at a moment."""
    return (end.astimezone(company.zone) - timedelta(days=1)).date()


def _tell_held(due: Iterable[DueDocument]) -> None:
    """One line a document, in the words of the report and without what the shop says of anybody."""
    for item in due:
        if item.reason:
            log.warning("%s is held: %s", item.document.key, in_short(item.reason))


def batches_of(
    parts: Iterable[ShopFrames],
    company: Company,
    end: datetime,
    ledger: SyncLedger,
    size: int = BATCH,
    *,
    is_whole: bool = True,
    fits: Fits = all_fits,
) -> Iterator[list[Document]]:
    """Yield what may be sent of a day, batch by batch, and tell the ledger."""
    together: list[Document] = []
    for item in due_of(parts, company, end, ledger, is_whole=is_whole, fits=fits):
        if item.reason is None:
            together.append(item.document)
        if len(together) == size * BATCHES_TOGETHER:
            yield from in_batches(together, size)
            together = []
    yield from in_batches(together, size)


def batch_size(orders: int) -> int:
    """Return how many documents a batch has, so that Airflow need not map a task over too many of them."""
    return max(BATCH, orders * MOST_DOCUMENTS // MOST_BATCHES)


def in_batches(documents: Sequence[Document], size: int = BATCH) -> list[list[Document]]:
    """Cut documents into batches by date, so that a batch can be compared with the books in few requests."""
    ordered = sorted(documents, key=lambda document: (document.issued_on, str(document.key)))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def finish_all(
    parts: Iterable[ShopFrames], company: Company, end: datetime, poster: Poster
) -> dict[str, dict[str, int]]:
    """Do what :func:`finish` does for all the parts of a day, and add up the counts."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for shop in parts:
        for name, count in finish(shop, company, end, poster).items():
            counts[name].update(count)
    return {name: dict(count) for name, count in counts.items()}


def finish(
    shop: ShopFrames,
    company: Company,
    end: datetime,
    poster: Poster,
    list_payments: ListPayments = payments_of,
) -> dict[str, dict[str, int]]:
    """Cancel what is due no more and record goods that came back and money, where the books allow it.

    What went unanswered and is in no batch any more is looked up first; at the end the orders are done, but
    for the lines in their comments, which the ledger then knows of.

    :raises SyncError: as :class:`~bookkeeping.posting.Poster` does.
    """
    orders = list(shop.orders["order_id"])
    poster.settle_leftovers([*orders, DAY])
    counts = {"cancelled": poster.cancel_withdrawn([*orders, DAY])}
    counts["corrected"] = poster.record_returns(returned_goods(shop, company, end, poster.ledger))
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
