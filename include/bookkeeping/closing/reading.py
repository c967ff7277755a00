"""What the ledger knows of a month, day by day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from bookkeeping.companies import Company
from bookkeeping.domain import MoneyKind, Status
from bookkeeping.due import DOCUMENTS, is_cancelled
from bookkeeping.ledger import Entry, SyncLedger
from bookkeeping.ledger.tables import entries, events
from bookkeeping.posting import CHANGES, CORRECTION

KINDS = (*DOCUMENTS, *MoneyKind, *CHANGES, CORRECTION)
"""All that goes into the books and has a day of its own."""


@dataclass(frozen=True)
class Period:
    """The days of a company's month, both inclusive."""

    company: Company
    first: date
    last: date

    @property
    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + timedelta(days=passed) for passed in range((self.last - self.first).days + 1))

    @property
    def last_run(self) -> datetime:
        """When the day is over on which the last day's own run makes its documents."""
        return datetime.combine(self.last + timedelta(days=2), time(), self.company.zone)


def entries_of(ledger: SyncLedger, period: Period) -> list[Entry]:
    """Return all writes that are dated in the period."""
    return ledger.dated(period.company.id, KINDS, period.first, period.last)


def documents_among(found: Iterable[Entry]) -> list[Entry]:
    """Return the documents."""
    return [entry for entry in found if entry.kind in DOCUMENTS]


def standing(found: Iterable[Entry]) -> list[Entry]:
    """Return what stands in the books: it was posted, and has not been cancelled since."""
    return [entry for entry in found if entry.status is Status.POSTED and not is_cancelled(entry)]


def posted_late(ledger: SyncLedger, period: Period) -> dict[str, datetime]:
    """Return by key when documents of the period came into the books, of those that came after its runs."""
    first_posted = sa.func.min(events.c.at)
    asked = (
        sa.select(events.c.key, first_posted.label("posted_at"))
        .join(entries, entries.c.key == events.c.key)
        .where(*_documents_between(period.company, period.first, period.last))
        .where(events.c.became == Status.POSTED)
        .group_by(events.c.key)
        .having(first_posted >= period.last_run)
    )
    with ledger.engine.begin() as tx:
        return {row.key: row.posted_at for row in tx.execute(asked)}


def repeated_in_year(ledger: SyncLedger, company: Company, year: int) -> list[Entry]:
    """Return our documents in the books whose number another one of the same kind and year bears too."""
    in_year = sa.and_(
        *_documents_between(company, date(year, 1, 1), date(year, 12, 31)),
        entries.c.status == Status.POSTED,
        entries.c.sent_hash != "",
    )
    twice = (
        sa.select(entries.c.kind, entries.c.number)
        .where(in_year)
        .group_by(entries.c.kind, entries.c.number)
        .having(sa.func.count() > 1)
        .subquery()
    )
    same = sa.and_(entries.c.kind == twice.c.kind, entries.c.number == twice.c.number)
    asked = sa.select(entries.c.key).join(twice, same).where(in_year).order_by(entries.c.key)
    with ledger.engine.begin() as tx:
        keys = list(tx.scalars(asked))
    return list(ledger.with_keys(keys).values())


def _documents_between(company: Company, first: date, last: date) -> list[sa.ColumnElement[bool]]:
    return [
        entries.c.company == company.id,
        entries.c.kind.in_(list(DOCUMENTS)),
        entries.c.dated_on.between(first, last),
    ]
