"""What the books say of money on a company's bills, and how far their news have been read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from bookkeeping.domain import BillNews, DocumentKind, Status
from bookkeeping.ledger.inserts import dialect_insert, insert_if_absent
from bookkeeping.ledger.ledger import SyncLedger
from bookkeeping.ledger.tables import bill_payments, cursors, entries

AT_A_TIME = 1000
"""Bills in one transaction, under every database's limit of parameters."""

LONGEST_STATUS = 32

PAID = "paid"
"""The books' own word for a bill that is paid whole; both dialects of Elba have it."""

PARTLY_PAID = "partiallyPaid"

WITH_MONEY = (PAID, PARTLY_PAID)

T = TypeVar("T")

Put = Callable[[str], Any]
"""Makes, for a database, the statement that keeps what is known of a bill if it is to be believed."""


@dataclass(frozen=True)
class Cursor:
    """How far a feed has been read: so many pieces of news are known, and this is the youngest of them."""

    position: int = 0
    last_id: int = -1


@dataclass(frozen=True)
class BillState:
    """What the books say of the money on a bill.

    :ivar paid: roubles that came so far; None if that is not known.
    :ivar status: in the books' own words; empty for a bill that is gone from them.
    :ivar news_id: the youngest piece of news that told of it.
    """

    external_id: str
    paid: Decimal | None = None
    status: str = ""
    news_id: int | None = None


@dataclass(frozen=True)
class OurBill:
    """A bill that we posted, and what is known of the money on it."""

    external_id: str
    dated_on: date
    state: BillState

    @property
    def is_open(self) -> bool:
        """Whether it is not known as paid whole."""
        return self.state.status != PAID


@dataclass(frozen=True)
class PaidBill:
    """A bill of ours for which money came, wholly or in part; sums in roubles.

    :ivar paid: all that came so far; None if the books only say that it was a part.
    """

    number: str
    external_id: str
    dated_on: date | None
    total: Decimal | None
    paid: Decimal | None
    status: str
    changed_at: datetime


class BillPayments:
    """The money on one company's bills, in the ledger's database.

    Two facts may say different things of a bill. Of two pieces of news the one with the higher id is the
    younger and counts, whenever it was read. A look at the bill itself counts over all news that were known
    when it began, and over looks that began earlier; if other news came meanwhile it does not count at all,
    for nobody can say which of the two is younger, and the next run looks again.
    """

    def __init__(self, ledger: SyncLedger, company: str) -> None:
        self._engine, self._now, self._company = ledger.engine, ledger.now, company

    def cursor(self, feed: str) -> Cursor:
        """Return how far a feed has been read."""
        asked = sa.select(cursors.c.position, cursors.c.last_id).where(cursors.c.name == self._name(feed))
        with self._engine.begin() as tx:
            row = tx.execute(asked).first()
        return Cursor(row.position, row.last_id) if row else Cursor()

    def move_cursor(self, feed: str, ids: Collection[int]) -> None:
        """Remember that these pieces of news have been stored; an older reading never moves it back.

        Only those above the last one are counted: a position that is too low makes news come again, one that
        is too high would lose them.
        """
        name, start = self._name(feed), Cursor()
        with self._engine.begin() as tx:
            row = {"name": name, "position": start.position, "last_id": start.last_id}
            tx.execute(insert_if_absent(tx, cursors).values({**row, "moved_at": self._now()}))
            here = cursors.c.name == name
            known = tx.execute(sa.select(cursors).where(here).with_for_update()).one()
            if young := {id_ for id_ in ids if id_ > known.last_id}:
                place = {"position": known.position + len(young), "last_id": max(young)}
                tx.execute(sa.update(cursors).where(here).values({**place, "moved_at": self._now()}))

    def hear(self, news: Iterable[BillNews]) -> list[BillState]:
        """Keep what news say, in any order; return the bills of which that is something else than before."""
        last: dict[str, BillNews] = {}
        for piece in news:
            if piece.external_id not in last or piece.id > last[piece.external_id].id:
                last[piece.external_id] = piece
        told = [BillState(id_, piece.paid, piece.status, piece.id) for id_, piece in last.items()]
        return self._put(_hearing, told, self._now())

    def see(self, states: Iterable[BillState], asked_at: datetime) -> list[BillState]:
        """Keep what a look at bills showed; return those of which that is something else than before.

        :param states: with the news that were known before the look.
        :param asked_at: when the look began.
        """
        return self._put(_seeing, states, asked_at)

    def of(self, external_ids: Collection[str]) -> dict[str, BillState]:
        """Return what is known of these bills, by id."""
        chunks = _chunks(sorted(set(external_ids)))
        with self._engine.begin() as tx:
            return {id_: state for chunk in chunks for id_, state in self._of(tx, chunk).items()}

    def ours(self, since: date) -> list[OurBill]:
        """Return our bills in the books dated on a day or later, those longest not asked about first.

        What we cancelled ourselves is left out.
        """
        bill, told = entries.c, bill_payments.c
        asked = (
            sa.select(bill.external_id, bill.dated_on, told.paid, told.status, told.news_id)
            .join_from(entries, bill_payments, self._is_of_entry(), isouter=True)
            .where(*self._posted_bills(), bill.dated_on >= since)
            .where(sa.or_(bill.due_hash != "", bill.sent_hash != ""))
            .order_by(told.seen_at.nulls_first(), bill.dated_on, bill.key)
        )
        with self._engine.begin() as tx:
            return [_to_bill(dict(row)) for row in tx.execute(asked).mappings()]

    def paid_since(self, moment: datetime) -> list[PaidBill]:
        """Return our bills of which we learned at a moment or later that they are paid, or a part of them."""
        bill, told = entries.c, bill_payments.c
        columns = (bill.number, bill.external_id, bill.dated_on, bill.total)
        asked = (
            sa.select(*columns, told.paid, told.status, told.changed_at)
            .join_from(entries, bill_payments, self._is_of_entry())
            .where(*self._posted_bills(), told.changed_at >= moment)
            .order_by(bill.dated_on, bill.key)
        )
        with self._engine.begin() as tx:
            found = [PaidBill(**row) for row in tx.execute(asked).mappings()]
        return [bill for bill in found if bill.paid or (bill.paid is None and bill.status in WITH_MONEY)]

    def _put(self, put: Put, states: Iterable[BillState], seen_at: datetime) -> list[BillState]:
        """Two workers that lock rows in one order never wait for each other, so bills are sorted."""
        wanted = sorted(states, key=lambda state: state.external_id)
        return [state for chunk in _chunks(wanted) for state in self._put_some(put, chunk, seen_at)]

    def _put_some(self, put: Put, states: Sequence[BillState], seen_at: datetime) -> list[BillState]:
        moments = {"changed_at": self._now(), "seen_at": seen_at}
        ids = [state.external_id for state in states]
        with self._engine.begin() as tx:
            before = self._of(tx, ids)
            tx.execute(put(tx.dialect.name), [{**self._row(state), **moments} for state in states])
            after = self._of(tx, ids)
        return [state for id_, state in after.items() if _is_other(state, before.get(id_))]

    def _row(self, state: BillState) -> dict[str, Any]:
        return {**vars(state), "company": self._company, "status": state.status[:LONGEST_STATUS]}

    def _of(self, tx: sa.Connection, external_ids: Sequence[str]) -> dict[str, BillState]:
        told = bill_payments.c
        asked = sa.select(told.external_id, told.paid, told.status, told.news_id).where(
            told.company == self._company, told.external_id.in_(external_ids)
        )
        rows = tx.execute(asked.order_by(told.external_id)).mappings()
        return {row["external_id"]: BillState(**row) for row in rows}

    def _posted_bills(self) -> Sequence[sa.ColumnElement[bool]]:
        of_kind = entries.c.kind == DocumentKind.BILL
        return entries.c.company == self._company, of_kind, entries.c.status == Status.POSTED

    def _is_of_entry(self) -> sa.ColumnElement[bool]:
        same = bill_payments.c.external_id == entries.c.external_id
        return sa.and_(bill_payments.c.company == entries.c.company, same)

    def _name(self, feed: str) -> str:
        return f"{self._company}/{feed}"


@cache
def _hearing(dialect: str) -> Any:  # noqa: ANN401 one of two dialects' inserts
    """Insert, or replace what older news or no news at all said."""
    new, old = dialect_insert(dialect, bill_payments).excluded, bill_payments.c
    return _replacing(dialect, sa.or_(old.news_id.is_(None), old.news_id < new.news_id))


@cache
def _seeing(dialect: str) -> Any:  # noqa: ANN401 one of two dialects' inserts
    """Insert, or replace what was seen earlier, unless news have come since the look began."""
    new, old = dialect_insert(dialect, bill_payments).excluded, bill_payments.c
    is_last = old.seen_at <= new.seen_at
    return _replacing(dialect, sa.and_(old.news_id.is_not_distinct_from(new.news_id), is_last))


def _replacing(dialect: str, is_believed: sa.ColumnElement[bool]) -> Any:  # noqa: ANN401 as above
    insert, old = dialect_insert(dialect, bill_payments), bill_payments.c
    new = insert.excluded
    is_other = sa.or_(old.status != new.status, old.paid.is_distinct_from(new.paid))
    changed_at = sa.case((is_other, new.changed_at), else_=old.changed_at)
    replaced = {name: new[name] for name in ("paid", "status", "news_id", "seen_at")}
    return insert.on_conflict_do_update(
        index_elements=list(bill_payments.primary_key),
        set_={**replaced, "changed_at": changed_at},
        where=is_believed,
    )


def _to_bill(row: Mapping[str, Any]) -> OurBill:
    state = BillState(row["external_id"], row["paid"], row["status"] or "", row["news_id"])
    return OurBill(row["external_id"], row["dated_on"], state)


def _is_other(state: BillState, before: BillState | None) -> bool:
    return before is None or (state.paid, state.status) != (before.paid, before.status)


def _chunks(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[start : start + AT_A_TIME] for start in range(0, len(things), AT_A_TIME))
