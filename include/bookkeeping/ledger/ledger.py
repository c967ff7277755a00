"""The ledger lets the database decide who writes, and never mistakes silence for failure."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bookkeeping.domain import DAY, DocumentKind, HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, RejectedError, SyncError
from bookkeeping.ledger.contents import drop_content, keep_content
from bookkeeping.ledger.entries import WAITING, Attempt, Due, Entry
from bookkeeping.ledger.inserts import insert_if_absent
from bookkeeping.ledger.summaries import covered_orders, keep_sent, sold_elsewhere, sold_no_more
from bookkeeping.ledger.tables import entries, events, in_hand

LEASE = timedelta(minutes=5)
"""How long an attempt may take; longer than any request's timeout."""

ANSWER_MAY_STILL_COME = timedelta(seconds=150)
"""A write that went unanswered is not declared absent before this: it may land a minute and a half later,
and lists may show it a minute after that."""

LONGEST_TEXT = 1000
"""The letters of a detail or an evidence that are kept."""

LONGEST_RUN = 250

LEFT_ALONE = timedelta(hours=1)
"""So long nobody else takes up what a run has in hand: its retries take no longer."""

COLUMNS = [entries.c[field.name] for field in fields(Entry)]
ENTRIES = sa.select(*COLUMNS)


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class SyncLedger:
    """Every write that must happen once, in a SQL database behind ``engine``.

    :param clock: the present moment, aware; known as ``now``.
    :param run: who is writing, for the history: an Airflow run and task.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], datetime] = utc_now, run: str = "") -> None:
        self.engine = engine
        self.run = run[:LONGEST_RUN]
        self.now = clock

    def expect(self, dues: Iterable[Due]) -> None:
        """Remember what is due; a second time, refresh what still waits and note what changed since posting.

        A due that carries a reason becomes held, and one that no longer does becomes pending again. Writes in
        flight or unknown are left alone.
        """
        for due in dues:
            with self.engine.begin() as tx:
                known = self._lock(tx, due.key)
                if known is None:
                    self._insert(tx, due)
                elif known.status in WAITING:
                    self._refresh(tx, known, due)
                elif known.due_hash != due.due_hash:
                    self._update(tx, due.key, due_hash=due.due_hash)

    def withdraw(
        self,
        company: str,
        order_ids: Collection[str],
        kinds: Collection[str],
        before: date,
        due: Collection[str],
        *,
        only_waiting: bool = False,
    ) -> int:
        """Forget what these orders no longer ask for; return how many waiting entries were dropped.

        Only entries dated before the day are looked at. A posted one stays and counts as changed, unless
        *only_waiting* says that what stands need not be asked for again.
        """
        dropped = 0
        for entry in self.of_orders(company, order_ids, kinds):
            if entry.key in due or entry.dated_on is None or entry.dated_on >= before:
                continue
            if only_waiting and entry.status not in WAITING:
                continue
            with self.engine.begin() as tx:
                dropped += self._withdraw(tx, entry.key)
        return dropped

    def forget(self, key: str) -> bool:
        """Drop an entry that waits and that nobody needs any more."""
        with self.engine.begin() as tx:
            return self._withdraw(tx, key)

    def claim(
        self,
        key: str,
        sent: Mapping[str, Any] | None = None,
        whole: Decimal | None = None,
        while_due: tuple[str, str] | None = None,
    ) -> Attempt | None:
        """Take a pending entry for one attempt; the database lets one worker win.

        :param sent: columns that say what is being sent, such as ``dated_on``: the entry keeps them, so that
            an unanswered write is looked for as it was sent, whatever the shop says since. With ``sent_hash``
            the claim is won only while the shop still asks for just that: staged files may be older.
            ``content`` is no column: it is kept beside the entry, for as long as it is what was last sent.
        :param whole: roubles of the payment that the entry is a part of: the claim is lost if the parts that
            stand, or may, would add up to more. Another run may have spread the payment otherwise.
        :param while_due: another entry's key and ``due_hash``: the claim is won only while that one is still
            asked for, so that a change or a cancellation is not sent after the shop has changed its mind.
        """
        attempt = Attempt(key, secrets.token_hex(8), self.now() + LEASE)
        as_due = [entries.c.due_hash == sent["sent_hash"]] if sent and "sent_hash" in sent else []
        as_due += [_is_due(*while_due)] if while_due else []
        with self.engine.begin() as tx:
            if whole is not None and not self._fits(tx, key, (sent or {})["total"], whole):
                return None
            if sold_elsewhere(tx, key):
                return None
            won = self._move(
                tx,
                key,
                Status.PENDING,
                Status.IN_FLIGHT,
                *as_due,
                attempt=attempt.token,
                leased_until=attempt.until,
                **{"sent_hash": entries.c.due_hash, **_columns(sent or {})},
            )
            if won:
                _keep_content(tx, key, sent or {})
                keep_sent(tx, key)
        return attempt if won else None

    def claim_together(self, keys: Collection[str]) -> list[Attempt]:
        """Take pending entries of one kind and order for one attempt: a single request writes them all.

        None is taken while another entry of that kind and order is under way or unanswered: a request that
        replaces a whole text must not cross with another one.
        """
        if not keys:
            return []
        attempts = [Attempt(key, secrets.token_hex(8), self.now() + LEASE) for key in sorted(keys)]
        with self.engine.begin() as tx:
            is_crossed = self._is_under_way(tx, attempts[0].key)
            return [] if is_crossed else [attempt for attempt in attempts if self._take(tx, attempt)]

    def bind(self, attempt: Attempt, external_id: str) -> bool:
        """Keep the id that the books gave; a late one, after the lease was lost, is kept as evidence only."""
        with self.engine.begin() as tx:
            return self._settle_attempt(
                tx, attempt, Status.POSTED, f"id {external_id}", external_id=external_id
            )

    def release(self, attempt: Attempt, error: SyncError) -> bool:
        """Give an attempt back with what kept it: to pending, unknown or held, by the kind of error."""
        status, values = self._after(error)
        with self.engine.begin() as tx:
            return self._settle_attempt(tx, attempt, status, str(error), **values)

    def hold(self, key: str, reason: HoldReason, detail: str) -> bool:
        """Let a pending entry wait for a person."""
        with self.engine.begin() as tx:
            return self._move(
                tx, key, Status.PENDING, Status.HELD, evidence=detail, reason=reason, detail=_short(detail)
            )

    def confirm(self, key: str, external_id: str, evidence: str, asked_at: datetime | None = None) -> bool:
        """An unanswered write was found in the books; what hangs on it is the next run's again.

        :param asked_at: when a person was asked: silence that is younger was not meant.
        """
        meant = [entries.c.unknown_since <= asked_at] if asked_at else []
        with self.engine.begin() as tx:
            found = self._move(
                tx, key, Status.UNKNOWN, Status.POSTED, *meant, evidence=evidence, external_id=external_id
            )
            if found:
                self._leave_open(tx, key)
            return found

    def reopen(self, key: str, evidence: str, looked_at: datetime | None = None) -> bool:
        """An unanswered write is surely not in the books; False while its answer may still be under way.

        :param looked_at: when the look began, if it took time: what lands after it was not seen.
        """
        settled = entries.c.unknown_since <= (looked_at or self.now()) - ANSWER_MAY_STILL_COME
        with self.engine.begin() as tx:
            return self._move(tx, key, Status.UNKNOWN, Status.PENDING, settled, evidence=evidence)

    def send_again(self, key: str, evidence: str, asked_at: datetime | None = None) -> bool:
        """An unanswered write is not in the books, as a person says who looked; False if it may still land.

        :param asked_at: as for :meth:`confirm`.
        """
        with self.engine.begin() as tx:
            meant = [entries.c.unknown_since <= asked_at] if asked_at else []
            over = entries.c.unknown_since <= self.now() - ANSWER_MAY_STILL_COME
            return self._move(tx, key, Status.UNKNOWN, Status.PENDING, over, *meant, evidence=evidence)

    def begin_orders(self, company: str, order_ids: Collection[str]) -> None:
        """A run has these orders in hand; until :meth:`end_orders` they are not forgotten."""
        rows = [{"company": company, "order_id": id_, "since": self.now()} for id_ in sorted(order_ids)]
        with self.engine.begin() as tx:
            self._end_orders(tx, company, order_ids)
            if rows:
                tx.execute(insert_if_absent(tx, in_hand), rows)

    def leave_to_next_run(self, company: str, order_ids: Collection[str]) -> None:
        """Nobody has these orders in hand, and they are not done: the next run takes them up at once."""
        since = self.now() - LEFT_ALONE
        rows = [{"company": company, "order_id": id_, "since": since} for id_ in sorted(order_ids)]
        if rows:
            with self.engine.begin() as tx:
                tx.execute(insert_if_absent(tx, in_hand), rows)

    def end_orders(self, company: str, order_ids: Collection[str]) -> None:
        """All that could be done for these orders is done; what is held or unknown stays open by itself."""
        with self.engine.begin() as tx:
            self._end_orders(tx, company, order_ids)

    def expire(self) -> int:
        """Call every lapsed attempt what it is: a write whose outcome nobody knows."""
        now = self.now()
        lapsed = (
            sa.select(entries.c.key)
            .where(entries.c.status == Status.IN_FLIGHT, entries.c.leased_until < now)
            .order_by(entries.c.key)  # two workers that lock rows in one order never wait for each other
        )
        with self.engine.begin() as tx:
            return sum(
                self._move(
                    tx,
                    key,
                    Status.IN_FLIGHT,
                    Status.UNKNOWN,
                    entries.c.leased_until < now,
                    evidence="the worker died in mid-flight",
                    unknown_since=now,
                )
                for key in tx.scalars(lapsed).all()
            )

    def brought_up(self, key: str, sent: Mapping[str, Any]) -> bool:
        """A posted entry was changed in the books: from now on they hold what is said here.

        :param sent: as for :meth:`claim`; a ``content`` of None is not known.
        """
        with self.engine.begin() as tx:
            moved = self._move(
                tx,
                key,
                Status.POSTED,
                Status.POSTED,
                evidence="changed in the books",
                external_id=entries.c.external_id,
                **_columns(sent),
            )
            if moved:
                _keep_content(tx, key, sent)
                keep_sent(tx, key)
            return moved

    def entry(self, key: str) -> Entry | None:
        """Return one entry as it stands."""
        found = self._select(entries.c.key == key)
        return found[0] if found else None

    def status_of(self, key: str) -> Status | None:
        """Return where an entry stands, or None if it was never expected."""
        entry = self.entry(key)
        return entry.status if entry else None

    def with_keys(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Return the entries among these keys."""
        return {entry.key: entry for entry in self._select_in(entries.c.key, keys)}

    def with_external_ids(self, ids: Collection[str]) -> list[Entry]:
        """Return all companies' documents and records with these ids in the books."""
        return self._select_in(entries.c.external_id, sorted(ids))

    def of_orders(self, company: str, order_ids: Collection[str], kinds: Collection[str]) -> list[Entry]:
        """Return all entries of the given kinds that belong to these orders of a company."""
        wanted = sa.and_(entries.c.company == company, entries.c.kind.in_(sorted(kinds)))
        return self._select_in(entries.c.order_id, sorted(order_ids), wanted)

    def on_documents(self, keys: Collection[str], kinds: Collection[str]) -> list[Entry]:
        """Return all entries of the given kinds that hang on these documents, whatever order they are of."""
        return self._select_in(entries.c.document_key, sorted(keys), entries.c.kind.in_(sorted(kinds)))

    def open_orders(self, company: str, before: date) -> list[str]:
        """Return the ids of a company's orders with a write, dated before a day, that is not in the books.

        So are orders that a run had in hand and did not bring to its end, and those that a summary has let
        go. What another run may be bringing forward just now is left to it.
        """
        abandoned = sa.select(in_hand.c.order_id).where(
            in_hand.c.company == company, in_hand.c.since <= self.now() - LEFT_ALONE
        )
        forgotten = entries.c.updated_at < self.now() - LEFT_ALONE
        still_open = sa.select(entries.c.order_id).where(
            entries.c.company == company,
            entries.c.status != Status.POSTED,
            sa.or_(entries.c.status == Status.HELD, forgotten),
            entries.c.order_id.not_in(["", DAY]),
            entries.c.dated_on < before,
        )
        summaries = sa.select(entries.c.key).where(
            entries.c.company == company,
            entries.c.status != Status.POSTED,
            sa.or_(entries.c.status == Status.HELD, forgotten),
            entries.c.order_id == DAY,
            entries.c.kind.in_(list(DocumentKind)),  # a change that was refused waits for a person
            entries.c.dated_on < before,
        )
        with self.engine.begin() as tx:
            found = (still_open.distinct(), abandoned, sold_no_more(company))
            covered = [id_ for key in tx.scalars(summaries).all() for id_ in covered_orders(tx, key)]
            return sorted({*covered, *(order_id for asked in found for order_id in tx.scalars(asked))})

    def dated(self, company: str, kinds: Collection[str], first: date, last: date) -> list[Entry]:
        """Return a company's entries of the given kinds that are dated from one day to another, inclusive."""
        of_kinds = entries.c.kind.in_(sorted(kinds))
        return self._select(entries.c.company == company, of_kinds, entries.c.dated_on.between(first, last))

    def in_status(self, status: Status) -> list[Entry]:
        """Return all companies' entries in a status."""
        return self._select(entries.c.status == status)

    def of_company(self, company: str, kinds: Collection[str] = ()) -> list[Entry]:
        """Return all entries of a company, of some kinds if they are named."""
        of_kind = [entries.c.kind.in_(sorted(kinds))] if kinds else []
        return self._select(entries.c.company == company, *of_kind)

    def history(self, key: str) -> list[tuple[datetime, str, str, str]]:
        """Return when an entry went from which status to which, and on what evidence; oldest first."""
        asked = sa.select(events.c.at, events.c.was, events.c.became, events.c.evidence)
        with self.engine.begin() as tx:
            return [tuple(row) for row in tx.execute(asked.where(events.c.key == key).order_by(events.c.id))]

    def _fits(self, tx: sa.Connection, key: str, part_of_it: Decimal, whole: Decimal) -> bool:
        """Whether so much is still free of a payment; nobody can claim another part of it meanwhile."""
        part = entries.alias()
        same = [part.c[name] == entries.c[name] for name in ("company", "kind", "order_id", "payment_id")]
        of_payment = sa.exists().where(part.c.key == key, *same)
        locked = sa.select(entries.c.key, entries.c.status, entries.c.total).where(of_payment)
        parts = tx.execute(locked.order_by(entries.c.key).with_for_update(of=entries)).all()
        taken = sum(p.total or 0 for p in parts if p.key != key and p.status not in WAITING)
        return taken + part_of_it <= whole

    def _is_under_way(self, tx: sa.Connection, key: str) -> bool:
        """Whether anything of an entry's kind and order may be; nobody can claim any of it meanwhile."""
        named = [entries.c[name] for name in ("company", "kind", "order_id")]
        place = tx.execute(sa.select(*named).where(entries.c.key == key)).first()
        if place is None:
            return True  # it was forgotten a moment ago: whoever did that is at work here
        siblings = [column == value for column, value in zip(named, place, strict=True)]
        tx.execute(sa.select(entries.c.key).where(*siblings).order_by(entries.c.key).with_for_update()).all()
        under_way = entries.c.status.in_([Status.IN_FLIGHT, Status.UNKNOWN])
        return bool(tx.scalar(sa.select(sa.exists().where(*siblings, under_way))))

    def _take(self, tx: sa.Connection, attempt: Attempt) -> bool:
        return self._move(
            tx,
            attempt.key,
            Status.PENDING,
            Status.IN_FLIGHT,
            attempt=attempt.token,
            leased_until=attempt.until,
            sent_hash=entries.c.due_hash,
        )

    def _after(self, error: SyncError) -> tuple[Status, dict[str, Any]]:
        match error:
            case OutcomeUnknownError():
                return Status.UNKNOWN, {"unknown_since": self.now(), "detail": _short(str(error))}
            case RejectedError():
                return Status.HELD, {"reason": error.reason, "detail": _short(str(error))}
            case _:
                return Status.PENDING, {"detail": _short(str(error))}

    def _settle_attempt(
        self, tx: sa.Connection, attempt: Attempt, status: Status, evidence: str, **values: object
    ) -> bool:
        ours = entries.c.attempt == attempt.token
        if self._move(tx, attempt.key, Status.IN_FLIGHT, status, ours, evidence=evidence, **values):
            return True
        self._record(tx, attempt.key, None, None, f"a late answer of a lost attempt: {status}, {evidence}")
        return False

    def _move(
        self,
        tx: sa.Connection,
        key: str,
        was: Status,
        became: Status,
        *only_if: sa.ColumnElement[bool],
        evidence: str = "",
        **values: object,
    ) -> bool:
        """Change a status if it still is what we think; every field of the old status is emptied."""
        emptied: dict[str, object] = dict.fromkeys(
            ("attempt", "leased_until", "unknown_since", "reason", "external_id")
        )
        moved = (
            sa.update(entries)
            .where(entries.c.key == key, entries.c.status == was, *only_if)
            .values({**emptied, "detail": "", **values, "status": became, "updated_at": self.now()})
        )
        if tx.execute(moved).rowcount != 1:
            return False
        self._record(tx, key, was, became, evidence)
        if became in WAITING:
            self._forget_withdrawn(tx, key, became)
        return True

    def _forget_withdrawn(self, tx: sa.Connection, key: str, status: Status) -> None:
        """What came back from an attempt, and was withdrawn meanwhile, waits for nobody."""
        withdrawn = sa.and_(entries.c.key == key, entries.c.due_hash == "", entries.c.sent_hash != "")
        if tx.execute(sa.delete(entries).where(withdrawn)).rowcount:
            drop_content(tx, key)
            self._record(tx, key, status, None, "no longer due")

    def _leave_open(self, tx: sa.Connection, key: str) -> None:
        order = tx.execute(sa.select(entries.c.company, entries.c.order_id).where(entries.c.key == key)).one()
        covered = covered_orders(tx, key) if order.order_id == DAY else [order.order_id]
        since = self.now() - LEFT_ALONE
        rows = [{"company": order.company, "order_id": id_, "since": since} for id_ in covered if id_]
        if rows:
            tx.execute(insert_if_absent(tx, in_hand), rows)

    def _end_orders(self, tx: sa.Connection, company: str, order_ids: Collection[str]) -> None:
        ids = sorted(order_ids)
        for start in range(0, len(ids), 1000):
            some = in_hand.c.order_id.in_(ids[start : start + 1000])
            tx.execute(sa.delete(in_hand).where(in_hand.c.company == company, some))

    def _insert(self, tx: sa.Connection, due: Due) -> None:
        now, row = self.now(), _waiting(due)
        insert = insert_if_absent(tx, entries).values({**row, "created_at": now, "updated_at": now})
        if tx.execute(insert).rowcount == 1:
            self._record(tx, due.key, None, row["status"], due.detail)

    def _refresh(self, tx: sa.Connection, known: Entry, due: Due) -> None:
        row = _waiting(due)
        self._update(tx, due.key, **row)
        if (known.status, known.reason) != (row["status"], due.reason):
            self._record(tx, due.key, known.status, row["status"], due.detail)

    def _withdraw(self, tx: sa.Connection, key: str) -> bool:
        known = self._lock(tx, key)
        if known is None or known.status not in WAITING:
            if known and known.due_hash:
                self._update(tx, key, due_hash="")
            return False
        tx.execute(sa.delete(entries).where(entries.c.key == key))
        drop_content(tx, key)
        self._record(tx, key, known.status, None, "no longer due")
        return True

    def _update(self, tx: sa.Connection, key: str, /, **values: object) -> None:
        tx.execute(sa.update(entries).where(entries.c.key == key).values(**values, updated_at=self.now()))

    def _record(
        self, tx: sa.Connection, key: str, was: Status | None, became: Status | None, evidence: str
    ) -> None:
        event = {"key": key, "at": self.now(), "was": was, "became": became, "run": self.run}
        tx.execute(sa.insert(events).values(**event, evidence=_short(evidence)))

    def _lock(self, tx: sa.Connection, key: str) -> Entry | None:
        row = tx.execute(ENTRIES.where(entries.c.key == key).with_for_update()).first()
        return None if row is None else to_entry(row)

    def _select(self, *wanted: sa.ColumnElement[bool]) -> list[Entry]:
        with self.engine.begin() as tx:
            return [to_entry(row) for row in tx.execute(ENTRIES.where(*wanted).order_by(entries.c.key))]

    def _select_in(
        self, column: sa.Column[str], values: Sequence[str], *wanted: sa.ColumnElement[bool]
    ) -> list[Entry]:
        """Ask for many values a thousand at a time, under every database's limit of parameters."""
        return [
            entry
            for start in range(0, len(values), 1000)
            for entry in self._select(column.in_(values[start : start + 1000]), *wanted)
        ]


def _columns(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != "content"}


def _keep_content(tx: sa.Connection, key: str, sent: Mapping[str, Any]) -> None:
    if "content" in sent:
        keep_content(tx, key, sent["sent_hash"], sent["content"])


def _is_due(key: str, due_hash: str) -> sa.ColumnElement[bool]:
    """Whether an entry is still asked for with just this content."""
    other = entries.alias()
    return sa.exists().where(other.c.key == key, other.c.due_hash == due_hash)


def _waiting(due: Due) -> dict[str, Any]:
    """Return the row of a write that nobody has claimed yet."""
    status = Status.HELD if due.reason else Status.PENDING
    return {**asdict(due), "detail": _short(due.detail), "status": status}


def _short(text: str) -> str:
    """Cut a text to what its column holds; PostgreSQL takes no NUL."""
    return text.replace("\0", "")[:LONGEST_TEXT]


def to_entry(row: sa.Row[Any]) -> Entry:
    """Turn a row of the table into an entry with its enumerations."""
    values = row._asdict()
    reason = values["reason"] and HoldReason(values["reason"])
    return Entry(**{**values, "status": Status(values["status"]), "reason": reason})
