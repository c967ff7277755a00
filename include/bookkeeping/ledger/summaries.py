"""Which orders of individuals the summary of a day covers, and with what."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bookkeeping.domain import DAY, DocumentKey, DocumentKind, DocumentLine, SummaryPart
from bookkeeping.ledger.entries import WAITING
from bookkeeping.ledger.inserts import insert_if_absent, insert_or_replace
from bookkeeping.ledger.line_texts import NO_LINES, to_lines, to_text
from bookkeeping.ledger.tables import entries, summary_days, summary_parts

AT_A_TIME = 1000
REPLACED = ["day", "number", "lines", "total"]

OUTDATED = "its parts have changed"
"""What a summary's content counts as until it is worked out anew."""

Summed = tuple[DocumentKind, date]
"""Which summary: of what kind and day."""

KINDS = (DocumentKind.SALE, DocumentKind.ACT)


@dataclass(frozen=True)
class KeptPart:
    """A part of a summary as the ledger keeps it.

    :ivar sent: the lines of it that stand in the books; None if nothing of it was sent.
    """

    part: SummaryPart
    sent: tuple[DocumentLine, ...] | None

    @property
    def changed(self) -> bool:
        """Whether the shop now says something else of it than stands in the books."""
        return self.part.lines != (self.sent or ())


class SummaryParts:
    """The parts of one company's summaries.

    :param clock: the present moment, aware.
    """

    def __init__(self, engine: sa.Engine, company: str, clock: Callable[[], datetime]) -> None:
        self._engine, self._company, self._now = engine, company, clock

    def put(self, parts: Iterable[SummaryPart]) -> list[SummaryPart]:
        """Keep these parts in place of what was kept of the same shipments; what was sent of them stays.

        A summary whose parts change cannot be claimed before it is expected anew.

        :return: those that came too late: their summary may be in the books already, and without them.
        """
        wanted = sorted(parts, key=lambda part: part.place)
        with self._engine.begin() as tx:
            order_ids = [part.order_id for part in wanted]
            before = [each.part for each in self._kept(tx, order_ids)]
            standing = self._lock_summaries(tx, [*wanted, *before])
            known = {each.part.place: each for each in self._kept(tx, order_ids)}
            late = [part for part in wanted if _is_late(part, standing, known.get(part.place))]
            changed = [
                part
                for part in wanted
                if part not in late and (part.place not in known or known[part.place].part != part)
            ]
            if changed:
                rows = [self._row(part) for part in changed]
                tx.execute(insert_or_replace(tx, summary_parts, REPLACED), rows)
            was = [known[part.place].part for part in changed if part.place in known]
            self._outdate(tx, [*changed, *was])
        return late

    def drop(self, parts: Collection[SummaryPart]) -> None:
        """Forget parts that no summary covers any more; what has been sent meanwhile is asked for no more."""
        with self._engine.begin() as tx:
            standing = self._lock_summaries(tx, parts)
            for part in sorted(parts, key=lambda part: part.place):  # two that drop never wait for each other
                self._drop(tx, part, may_stand=(part.kind, part.day) in standing)
            self._outdate(tx, parts)

    def _drop(self, tx: sa.Connection, part: SummaryPart, *, may_stand: bool) -> None:
        is_sent = summary_parts.c.sent_lines.is_not(None) if may_stand else sa.false()
        tx.execute(sa.delete(summary_parts).where(*self._is(part), sa.not_(is_sent)))
        emptied = {"lines": NO_LINES, "total": Decimal(0)}
        tx.execute(sa.update(summary_parts).where(*self._is(part), is_sent).values(emptied))

    def _lock_summaries(self, tx: sa.Connection, parts: Iterable[SummaryPart]) -> set[Summed]:
        """Keep summaries from being claimed meanwhile; return those that may be in the books."""
        summed = {self._key(part): (part.kind, part.day) for part in parts}
        asked = sa.select(entries.c.key, entries.c.status).where(entries.c.key.in_(sorted(summed)))
        locked = tx.execute(asked.order_by(entries.c.key).with_for_update()).all() if summed else []
        return {summed[row.key] for row in locked if row.status not in WAITING}

    def _outdate(self, tx: sa.Connection, parts: Iterable[SummaryPart]) -> None:
        keys = sorted({self._key(part) for part in parts})
        if keys:
            tx.execute(sa.update(entries).where(entries.c.key.in_(keys)).values(due_hash=OUTDATED))

    def _key(self, part: SummaryPart) -> str:
        return str(DocumentKey.of_day(self._company, part.kind, part.day))

    def of_orders(self, order_ids: Collection[str]) -> list[KeptPart]:
        """Return what is kept of these orders."""
        with self._engine.begin() as tx:
            return self._kept(tx, order_ids)

    def _kept(self, tx: sa.Connection, order_ids: Collection[str]) -> list[KeptPart]:
        ids = sorted(set(order_ids))
        chunks = (ids[start : start + AT_A_TIME] for start in range(0, len(ids), AT_A_TIME))
        return [part for chunk in chunks for part in self._select(tx, summary_parts.c.order_id.in_(chunk))]

    def of_day(self, kind: str, day: date) -> list[KeptPart]:
        """Return what the summary of a day covers."""
        with self._engine.begin() as tx:
            return self._select(tx, summary_parts.c.kind == kind, summary_parts.c.day == day)

    def read_day(self, day: date) -> None:
        """Remember that all orders of a day have been looked at."""
        row = {"company": self._company, "day": day, "read_at": self._now()}
        with self._engine.begin() as tx:
            tx.execute(insert_if_absent(tx, summary_days).values(row))

    def days_read(self) -> frozenset[date]:
        """Return the days all of whose orders have been looked at."""
        asked = sa.select(summary_days.c.day).where(summary_days.c.company == self._company)
        with self._engine.begin() as tx:
            return frozenset(tx.scalars(asked))

    def _select(self, tx: sa.Connection, *wanted: sa.ColumnElement[bool]) -> list[KeptPart]:
        asked = sa.select(summary_parts).where(summary_parts.c.company == self._company, *wanted)
        order = (summary_parts.c.order_id, summary_parts.c.shipment_id)
        return [_to_part(dict(row)) for row in tx.execute(asked.order_by(*order)).mappings()]

    def _is(self, part: SummaryPart) -> Sequence[sa.ColumnElement[bool]]:
        key = {
            "company": self._company,
            "kind": part.kind,
            "order_id": part.order_id,
            "shipment_id": part.shipment_id,
        }
        return [summary_parts.c[name] == value for name, value in key.items()]

    def _row(self, part: SummaryPart) -> dict[str, Any]:
        names = ("kind", "order_id", "shipment_id", "day", "number", "total")
        facts = {name: getattr(part, name) for name in names}
        return {**facts, "company": self._company, "lines": to_text(part.lines)}


def _is_late(part: SummaryPart, standing: Collection[Summed], known: KeptPart | None) -> bool:
    """Whether a summary that stands has nothing of this shipment in it, or that of another day has it."""
    sent = known.part if known and known.sent else None
    if sent and (sent.kind, sent.day) in standing:
        return sent.day != part.day
    return (part.kind, part.day) in standing


def _to_part(row: Mapping[str, Any]) -> KeptPart:
    key = (DocumentKind(row["kind"]), row["order_id"], row["shipment_id"], row["day"])
    sent = row["sent_lines"]
    part = SummaryPart(*key, to_lines(row["lines"]), row["number"])
    return KeptPart(part, None if sent is None else to_lines(sent))


def sold_no_more(company: str) -> sa.Select[Any]:
    """Select the orders that a summary has let go: what they sell may be due elsewhere by now."""
    part = summary_parts.c
    return sa.select(part.order_id).where(
        part.company == company, part.lines == NO_LINES, part.sent_lines == NO_LINES
    )


def sold_elsewhere(tx: sa.Connection, key: str) -> bool:
    """Whether what a document sells stands, or may stand, in the books in another one.

    Nobody else can claim such a one meanwhile: an order is never in its day's summary and in a document of
    its own.
    """
    company, kind, order_id, shipment_id, *_ = (*key.split("/"), "", "")
    if kind not in KINDS:
        return False
    if order_id == DAY:
        return _has_parts_sold_alone(tx, _of_day(company, kind, shipment_id))
    tx.execute(sa.select(entries.c.key).where(entries.c.key == key).with_for_update()).all()
    place = {"company": company, "kind": kind, "order_id": order_id, "shipment_id": shipment_id}
    is_it = [summary_parts.c[name] == value for name, value in place.items()]
    is_it.append(sa.or_(summary_parts.c.lines != NO_LINES, summary_parts.c.sent_lines != NO_LINES))
    return tx.execute(sa.select(summary_parts.c.day).where(*is_it)).first() is not None


def _has_parts_sold_alone(tx: sa.Connection, of_day: Sequence[sa.ColumnElement[bool]]) -> bool:
    part, own = summary_parts.c, entries.c
    same = [own[name] == part[name] for name in ("company", "kind", "order_id", "shipment_id")]
    asked = sa.select(own.status).join_from(entries, summary_parts, sa.and_(*same)).where(*of_day)
    locked = tx.scalars(asked.order_by(own.key).with_for_update(of=entries))
    return any(status not in WAITING for status in locked)


def keep_sent(tx: sa.Connection, key: str) -> None:
    """What is sent of a summary is what its parts bring now; of any other write there is nothing to keep."""
    company, kind, order_id, day, *change = (*key.split("/"), "", "")
    if order_id != DAY or any(change):
        return
    as_sent = sa.exists().where(entries.c.key == key, entries.c.due_hash == entries.c.sent_hash)
    sent = sa.update(summary_parts).where(*_of_day(company, kind, day), as_sent)
    tx.execute(sent.values(sent_lines=summary_parts.c.lines))


def covered_orders(tx: sa.Connection, key: str) -> list[str]:
    """Return the orders that a summary covers."""
    company, kind, _, day, *_ = key.split("/")
    return list(
        tx.scalars(sa.select(summary_parts.c.order_id).where(*_of_day(company, kind, day)).distinct())
    )


def _of_day(company: str, kind: str, day: str) -> Sequence[sa.ColumnElement[bool]]:
    part = summary_parts.c
    return part.company == company, part.kind == kind, part.day == date.fromisoformat(day)
