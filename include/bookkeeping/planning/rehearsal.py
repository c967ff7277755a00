"""The run itself, on a copy of the ledger and with books that write nothing: the plan is what it leaves.

So whatever decides a document's fate is decided by the code that will decide it in earnest.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bookkeeping.companies import Company
from bookkeeping.day import due_of, finish, in_batches, last_day, poster_for, takes
from bookkeeping.domain import DAY, AccountingBackend, DocumentKind, MoneyKind, Status
from bookkeeping.due import COUNTERPARTY, DOCUMENTS
from bookkeeping.ledger import UNANSWERED, Entry, SummaryParts, SyncLedger
from bookkeeping.ledger.tables import contents, entries, metadata, summary_days, summary_parts
from bookkeeping.planning.books import PlannedBooks
from bookkeeping.posting import CHANGES, CORRECTION
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import ShopFrames

AT_A_TIME = 1000
"""Ids in one statement, under every database's limit of parameters."""

LONG_AGO = timedelta(days=1)
"""So old is an unanswered write that nothing of it can still be under way."""

KINDS = (*DOCUMENTS, *MoneyKind, *CHANGES, CORRECTION)

OF_SUMMARIES = (summary_parts, summary_days)

Row = dict[str, Any]

Entries = Mapping[str, Entry]
"""What a ledger says of documents, of their changes and of money, by key."""


@dataclass(frozen=True)
class Rehearsal:
    """What a run would find and leave behind.

    :ivar due: all that the orders ask for, by key.
    :ivar was: what the ledger says.
    :ivar now: what it would say after the run.
    :ivar summed: for orders that would be in the summary of a day, the day.
    """

    due: Mapping[str, DueDocument]
    was: Entries
    now: Entries
    summed: Mapping[str, date]


def rehearse(
    shop: ShopFrames,
    company: Company,
    before: datetime,
    ledger: SyncLedger,
    backend: AccountingBackend,
    *,
    is_whole: bool = True,
) -> Rehearsal:
    """Do all that a run does, and leave ledger and books as they are.

    :param is_whole: whether these are all the orders of the day.
    :raises SyncError: as reading the books does.
    """
    ids = list(shop.orders["order_id"])
    with copy_of(ledger, company.id, ids, last_day(before, company)) as copy, unheard():
        due = list(due_of([shop], company, before, copy, is_whole=is_whole, fits=takes(backend)))
        poster = poster_for(company, PlannedBooks(backend), copy)
        for batch in in_batches([item.document for item in due if item.reason is None]):
            poster.post_documents(batch)
        finish(shop, company, before, poster)
        return Rehearsal(
            due={str(item.document.key): item for item in due},
            was=entries_of(ledger, company.id, ids),
            now=entries_of(copy, company.id, ids),
            summed=summed_in(copy, company.id, ids),
        )


def entries_of(ledger: SyncLedger, company: str, order_ids: Sequence[str]) -> Entries:
    """Return what a ledger says of these orders and of the summaries of days."""
    return {entry.key: entry for entry in ledger.of_orders(company, [*order_ids, DAY], KINDS)}


def summed_in(ledger: SyncLedger, company: str, order_ids: Sequence[str]) -> dict[str, date]:
    """Return which of these orders are in the summary of which day."""
    parts = SummaryParts(ledger.engine, company, ledger.now).of_orders(order_ids)
    return {each.part.order_id: each.part.day for each in parts}


@contextmanager
def unheard() -> Iterator[None]:
    """Keep a rehearsal's log from saying that something is in the books now."""
    posting = logging.getLogger("bookkeeping.posting")
    level = posting.level
    posting.setLevel(logging.ERROR)
    try:
        yield
    finally:
        posting.setLevel(level)


@contextmanager
def copy_of(ledger: SyncLedger, company: str, order_ids: Sequence[str], day: date) -> Iterator[SyncLedger]:
    """Make a ledger in memory that knows of these orders, a day and all buyers what the real one knows.

    It can be used by one thread. What is under way or unanswered is old enough there to be looked for at
    once, as the run's retries will in the end.
    """
    engine = sa.create_engine("sqlite://", hide_parameters=True)
    metadata.create_all(engine)
    with engine.begin() as tx:
        for table, rows in _rows(ledger, company, order_ids, day):
            if rows:
                tx.execute(sa.insert(table), rows)
    try:
        yield SyncLedger(engine, clock=ledger.now, run="plan")
    finally:
        engine.dispose()


def _rows(
    ledger: SyncLedger, company: str, order_ids: Sequence[str], day: date
) -> Iterator[tuple[sa.Table, list[Row]]]:
    """Yield the rows to copy: of a summary that may be worked out, its other orders count too."""
    kept = SummaryParts(ledger.engine, company, ledger.now).of_orders(order_ids)
    days = {day, *(each.part.day for each in kept)}
    with ledger.engine.begin() as tx:
        waiting = _select(tx, entries, company, entries.c.order_id == DAY, entries.c.status != Status.POSTED)
        days |= {row["dated_on"] for row in waiting}
        parts = _select(tx, summary_parts, company, summary_parts.c.day.in_(sorted(days)))
        yield summary_parts, parts
        yield summary_days, _select(tx, summary_days, company)
        ids = sorted({*order_ids, DAY, *(part["order_id"] for part in parts)})
        chunks = [ids[at : at + AT_A_TIME] for at in range(0, len(ids), AT_A_TIME)]
        for some in chunks:
            yield contents, _contents(tx, company, some)
        long_ago = ledger.now() - LONG_AGO
        for wanted in (entries.c.kind == COUNTERPARTY, *(entries.c.order_id.in_(some) for some in chunks)):
            yield entries, [_settled(row, long_ago) for row in _select(tx, entries, company, wanted)]


def _select(tx: sa.Connection, table: sa.Table, company: str, *wanted: sa.ColumnElement[bool]) -> list[Row]:
    asked = sa.select(table).where(table.c.company == company, *wanted)
    return [dict(row) for row in tx.execute(asked).mappings()]


def _contents(tx: sa.Connection, company: str, order_ids: Sequence[str]) -> list[Row]:
    """Return what sales and their corrections say in the books: goods may have come back."""
    is_said = sa.and_(
        entries.c.key == contents.c.key,
        entries.c.company == company,
        entries.c.order_id.in_(order_ids),
        entries.c.kind.in_([DocumentKind.SALE, CORRECTION]),
        entries.c.status == Status.POSTED,
    )
    return [dict(row) for row in tx.execute(sa.select(contents).join(entries, is_said)).mappings()]


def _settled(row: Row, long_ago: datetime) -> Row:
    if row["status"] not in UNANSWERED:
        return row
    unknown = {"status": Status.UNKNOWN, "attempt": None, "leased_until": None, "unknown_since": long_ago}
    return row | unknown
