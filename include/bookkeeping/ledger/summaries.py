"""Which orders of individuals the summary of a day covers, and with what."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bookkeeping.domain import DAY, DocumentKind, DocumentLine, Status, SummaryPart, VatRate
from bookkeeping.ledger.inserts import insert_if_absent, insert_or_replace
from bookkeeping.ledger.tables import entries, summary_days, summary_parts

AT_A_TIME = 1000
NUMBERS = ("quantity", "price", "total", "vat")
REPLACED = ["day", "lines", "total"]

KINDS = (DocumentKind.SALE, DocumentKind.ACT)
WAITING = (Status.PENDING, Status.HELD)


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

    def put(self, parts: Iterable[SummaryPart]) -> None:
        """Keep these parts in place of what was kept of the same shipments; what was sent of them stays."""
        rows = sorted(
            (self._row(part) for part in parts), key=lambda row: (row["order_id"], row["shipment_id"])
        )
        if rows:
            with self._engine.begin() as tx:
                tx.execute(insert_or_replace(tx, summary_parts, REPLACED), rows)

    def drop(self, parts: Iterable[SummaryPart]) -> None:
        """Forget parts that no summary covers any more."""
        with self._engine.begin() as tx:
            for part in parts:
                tx.execute(sa.delete(summary_parts).where(*self._is(part)))

    def of_orders(self, order_ids: Collection[str]) -> list[KeptPart]:
        """Return what is kept of these orders."""
        ids = sorted(order_ids)
        chunks = (ids[start : start + AT_A_TIME] for start in range(0, len(ids), AT_A_TIME))
        return [part for chunk in chunks for part in self._select(summary_parts.c.order_id.in_(chunk))]

    def of_day(self, kind: str, day: date) -> list[KeptPart]:
        """Return what the summary of a day covers."""
        return self._select(summary_parts.c.kind == kind, summary_parts.c.day == day)

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

    def _select(self, *wanted: sa.ColumnElement[bool]) -> list[KeptPart]:
        asked = sa.select(summary_parts).where(summary_parts.c.company == self._company, *wanted)
        order = (summary_parts.c.order_id, summary_parts.c.shipment_id)
        with self._engine.begin() as tx:
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
        facts = {name: getattr(part, name) for name in ("kind", "order_id", "shipment_id", "day", "total")}
        return {**facts, "company": self._company, "lines": _to_text(part.lines)}


def _to_text(lines: Iterable[DocumentLine]) -> str:
    return json.dumps([asdict(line) for line in lines], default=str, ensure_ascii=False)


def _to_part(row: Mapping[str, Any]) -> KeptPart:
    key = (DocumentKind(row["kind"]), row["order_id"], row["shipment_id"], row["day"])
    sent = row["sent_lines"]
    return KeptPart(SummaryPart(*key, _to_lines(row["lines"])), None if sent is None else _to_lines(sent))


def _to_lines(text: str) -> tuple[DocumentLine, ...]:
    return tuple(map(_to_line, json.loads(text)))


def _to_line(line: Mapping[str, Any]) -> DocumentLine:
    exact = {name: Decimal(line[name]) for name in NUMBERS}
    return DocumentLine(**{**line, **exact, "vat_rate": VatRate(line["vat_rate"])})


def sold_elsewhere(tx: sa.Connection, key: str) -> bool:
    """Whether what a document sells stands, or may stand, in the books in another one.

    Nobody else can claim such a one meanwhile: an order is never in its day's summary and in a document of
    its own.
    """
    company, kind, order_id, shipment_id, *_ = (*key.split("/"), "", "")
    if kind not in KINDS:
        return False
    if order_id == DAY:
        return _has_parts_sold_alone(tx, company, kind, date.fromisoformat(shipment_id))
    tx.execute(sa.select(entries.c.key).where(entries.c.key == key).with_for_update()).all()
    place = {"company": company, "kind": kind, "order_id": order_id, "shipment_id": shipment_id}
    is_it = [summary_parts.c[name] == value for name, value in place.items()]
    return tx.execute(sa.select(summary_parts.c.day).where(*is_it)).first() is not None


def _has_parts_sold_alone(tx: sa.Connection, company: str, kind: str, day: date) -> bool:
    part, own = summary_parts.c, entries.c
    same = [own[name] == part[name] for name in ("company", "kind", "order_id", "shipment_id")]
    covered = sa.exists().where(part.company == company, part.kind == kind, part.day == day, *same)
    asked = sa.select(own.status).where(own.company == company, own.kind == kind, covered)
    return any(
        status not in WAITING for status in tx.scalars(asked.order_by(own.key).with_for_update(of=entries))
    )


def keep_sent(tx: sa.Connection, key: str) -> None:
    """What is sent of a summary is what its parts bring now; of any other write there is nothing to keep."""
    company, kind, order_id, day, *change = (*key.split("/"), "", "")
    if order_id != DAY or any(change):
        return
    part = summary_parts.c
    of_day = (part.company == company, part.kind == kind, part.day == date.fromisoformat(day))
    tx.execute(sa.update(summary_parts).where(*of_day).values(sent_lines=part.lines))
