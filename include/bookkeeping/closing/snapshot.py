"""What a pack remembers of each order and document, so that the next one can say what changed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter

from bookkeeping.closing.month import ChangeRow, Field
from bookkeeping.domain import to_kopecks
from bookkeeping.due import is_cancelled
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import ForeignRow, OrderRow, Reconciliation

CANCELLED = "cancelled"
"""The status of a document that we have taken out of the books."""

ORDER = "order"

Record = dict[str, str | None]
"""One order or document: its kind, its number and what may change of it, all as text."""

Snapshot = dict[str, dict[str, Record]]
"""Orders by id, documents by key, and foreign documents by kind and id in the books."""

SNAPSHOT = TypeAdapter(Snapshot)

COMPARED = [field for field in Field if field not in {Field.CAME, Field.WENT}]


def snapshot_of(reconciliation: Reconciliation, documents: Iterable[Entry]) -> Snapshot:
    """Return a month as it stands, with nothing about any buyer."""
    return {
        "orders": {order.order_id: _order(order) for order in reconciliation.orders},
        "documents": {entry.key: _document(entry) for entry in documents},
        "foreign": {f"{row.kind}/{row.external_id}": _foreign(row) for row in reconciliation.foreign},
    }


def _order(order: OrderRow) -> Record:
    return {
        "kind": ORDER,
        Field.NUMBER: order.number,
        Field.OUTCOME: order.outcome,
        Field.TOTAL: _text(order.total),
        Field.DOCUMENTS: _text(order.documents_total),
        Field.PAID_IN_SHOP: _text(order.paid_in_shop),
        Field.PAID_IN_BOOKS: _text(order.paid_in_books),
        Field.DIFFERENCE: _text(order.difference),
    }


def _document(entry: Entry) -> Record:
    return {
        "kind": entry.kind,
        Field.NUMBER: entry.number,
        Field.STATUS: CANCELLED if entry.external_id and is_cancelled(entry) else entry.status,
        Field.REASON: entry.reason,
        Field.DATE: _day(entry.dated_on),
        Field.TOTAL: _text(entry.total),
        Field.VAT: _text(entry.vat),
        "order_id": entry.order_id,
        "external_id": entry.external_id,
    }


def _foreign(row: ForeignRow) -> Record:
    facts: Record = {Field.NUMBER: row.number, Field.DATE: _day(row.issued_on), Field.TOTAL: _text(row.total)}
    return {"kind": f"foreign {row.kind}", **facts}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(to_kopecks(amount))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def written(snapshot: Snapshot) -> bytes:
    """Write a snapshot as JSON, equal ones equally, a line a record: any tool can compare two of them."""
    groups = (f"{_json(name)}: {{\n{_lines(records)}\n}}" for name, records in snapshot.items())
    return f"{{{', '.join(groups)}}}\n".encode(errors="replace")


def read(content: bytes) -> Snapshot:
    """Read back what was written.

    :raises ValueError: it is no snapshot.
    """
    return SNAPSHOT.validate_json(content)


def _lines(records: Mapping[str, Record]) -> str:
    return ",\n".join(f"{_json(id_)}: {_json(record)}" for id_, record in sorted(records.items()))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def changes(was: Mapping[str, Mapping[str, Record]], now: Snapshot) -> Iterator[ChangeRow]:
    """Yield what came, what went, and what is otherwise than it was."""
    for name, records in now.items():
        before = was.get(name, {})
        for id_ in sorted({*before, *records}):
            yield from _changes(id_, before.get(id_), records.get(id_))


def _changes(id_: str, was: Record | None, now: Record | None) -> Iterator[ChangeRow]:
    known = now or was or {}
    kind, number = str(known.get("kind")), str(known.get(Field.NUMBER))
    if was is None or now is None:
        field = Field.CAME if was is None else Field.WENT
        yield ChangeRow(kind, id_, number, field, (was or {}).get(Field.TOTAL), (now or {}).get(Field.TOTAL))
        return
    for field in COMPARED:
        if was.get(field) != now.get(field):
            yield ChangeRow(kind, id_, number, field, was.get(field), now.get(field))
