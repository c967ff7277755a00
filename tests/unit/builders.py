"""Orders, shops and companies for tests: say what matters, the rest is ordinary."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bookkeeping.companies import Company
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import BUYER, SCHEMAS, ShopFrames, to_table
from bookkeeping.transforms.documents import due_documents

MOSCOW = ZoneInfo("Europe/Moscow")
PLACED = "2026-10-01T10:00"
SHIPPED = "2026-10-03T12:00"
LATER = "2027-01-15"
"""The midnight, in the company's zone, before which everything in these tests has happened."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def at(moment: str) -> datetime:
    """Read a moment, of Moscow unless it says otherwise, as the UTC moment that frames hold."""
    read = datetime.fromisoformat(moment)
    return (read if read.tzinfo else read.replace(tzinfo=MOSCOW)).astimezone(UTC)


def line(price: str = "100.00", quantity: str = "1", vat: str | None = "0.22", **columns: Any) -> Row:
    """Make a line of goods; ``columns`` may say anything else of it, such as ``is_service``."""
    return {
        "parent_id": "",
        "name": "Чайник",
        "unit": "шт",
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "vat_fraction": None if vat is None else Decimal(vat),
        "vat_inside": True,
        "is_service": False,
        **columns,
    }


def service(price: str = "100.00", quantity: str = "1", vat: str | None = "0.22", **columns: Any) -> Row:
    """Make a line of a service."""
    return line(price, quantity, vat, name="Сборка", is_service=True, **columns)


def shipment(
    parts: Mapping[int, str] | None = None,
    *,
    delivery: str = "0",
    shipped: str | None = SHIPPED,
    **columns: Any,
) -> Row:
    """Make a shipment.

    :param parts: quantities by the line's place in its order; all of all lines if it does not say.
    :param shipped: when it left; None for one that waits.
    """
    return {
        "parts": parts,
        "delivery_price": Decimal(delivery),
        "shipped": shipped is not None,
        "shipped_at": at(shipped) if shipped else None,
        **columns,
    }


def payment(amount: str, on: str | None = "2026-10-02T15:00", **columns: Any) -> Row:
    """Make a payment; None for one that was never paid."""
    return {
        "paid": on is not None,
        "paid_at": at(on) if on else None,
        "amount": Decimal(amount),
        "is_cash": False,
        "is_card": False,
        "is_inner": False,
        "returned": "N",
        "returned_at": None,
        **columns,
    }


def order(
    *lines: Row,
    order_id: str = "1001",
    shipments: Iterable[Row] | None = None,
    payments: Iterable[Row] = (),
    **columns: Any,
) -> Tables:
    """Make a whole order, as a table each; it costs what its lines and delivery do unless it says otherwise.

    :param shipments: one with all of it, gone, if it does not say.
    """
    numbered = _numbered(lines, "line_id", order_id, first=1)
    sent = _numbered([shipment()] if shipments is None else shipments, "shipment_id", order_id, first=7)
    paid = _numbered(payments, "payment_id", order_id, first=3)
    return {
        "orders": [_order(order_id, numbered, sent) | _read(columns)],
        "lines": numbered,
        "shipments": [_without(row, "parts") for row in sent],
        "shipment_items": [item for row in sent for item in _items(row, numbered)],
        "payments": paid,
    }


def _numbered(rows: Iterable[Row], column: str, order_id: str, first: int) -> list[Row]:
    """Give each row the order's id and, unless it has one, an id of its own."""
    ids = (f"{order_id}{place:02}" for place in range(first, 100))
    return [{column: id_, "order_id": order_id, **row} for id_, row in zip(ids, rows, strict=False)]


def _order(order_id: str, lines: list[Row], shipments: list[Row]) -> Row:
    return {
        "order_id": order_id,
        "number": f"{order_id}/26",
        "site": "s1",
        "status": "F",
        "platform": "",
        "placed_at": at(PLACED),
        "changed_at": at("2026-10-03T20:30"),
        "version": 1,
        "cancelled": False,
        "paid": False,
        "price": _price(lines, shipments),
        "currency": "RUB",
        **dict.fromkeys(BUYER, ""),
        "inn": "7707083893",
        "kpp": "773601001",
        "company": "ООО «Вектор»",
    }


def _read(columns: Row) -> Row:
    """Let a test write moments and sums as texts."""
    readers = {"placed_at": at, "changed_at": at, "price": Decimal}
    return {name: readers.get(name, lambda value: value)(value) for name, value in columns.items()}


def _price(lines: list[Row], shipments: list[Row]) -> Decimal:
    sold = sum((_gross(row) for row in lines if row["parent_id"] in {"", row["line_id"]}), Decimal(0))
    return sold + sum((row["delivery_price"] for row in shipments), Decimal(0))


def _gross(row: Row) -> Decimal:
    """Reckon a line as the shop's core does, in a way of our own."""
    net = row["price"] * row["quantity"]
    vat = Decimal(0) if row["vat_inside"] else net * (row["vat_fraction"] or 0)
    return sum((part.quantize(Decimal("0.01"), ROUND_HALF_UP) for part in (net, vat)), Decimal(0))


def _items(sent: Row, lines: list[Row]) -> list[Row]:
    parts = sent["parts"]
    if parts is None:
        parts = {place: row["quantity"] for place, row in enumerate(lines)}
    return [
        {
            "shipment_id": sent["shipment_id"],
            "line_id": lines[place]["line_id"],
            "quantity": Decimal(quantity),
        }
        for place, quantity in parts.items()
    ]


def _without(row: Row, column: str) -> Row:
    return {name: value for name, value in row.items() if name != column}


def shop(*orders: Tables) -> ShopFrames:
    """Stage orders as extraction does, and read them back as the transforms do."""
    rows = {name: [row for each in orders for row in each[name]] for name in SCHEMAS}
    return ShopFrames.of({name: to_table(rows[name], declared) for name, declared in SCHEMAS.items()})


def company(**settings: Any) -> Company:
    """Make a company that bills, sells and acts with ordinary VAT."""
    ordinary = {
        "id": "romashka",
        "title": "ООО «Ромашка»",
        "inn": "7707083893",
        "start_date": "2026-01-01",
        "books": {"system": "kontur"},
        "vat": [{"from": "2017-01-01", "mode": "standard"}],
        "documents": ["bill", "sale", "act"],
    }
    return Company.model_validate(ordinary | settings)


def midnight(day: str, owner: Company) -> datetime:
    """Return the moment in which a day of the company begins."""
    return datetime.fromisoformat(day).replace(tzinfo=owner.zone)


def due(
    *orders: Tables, before: str = LATER, known: Iterable[str] = (), **settings: Any
) -> list[DueDocument]:
    """Return what these orders ask for."""
    owner = company(**settings)
    return due_documents(shop(*orders), owner, midnight(before, owner), frozenset(known))


def due_of(kind: str, *orders: Tables, **settings: Any) -> list[DueDocument]:
    """Return what these orders ask for of one kind, of a company that makes no other."""
    return due(*orders, documents=[kind], **settings)


def one(*orders: Tables, **settings: Any) -> DueDocument:
    """Return the only document that these orders ask for."""
    (only,) = due(*orders, **settings)
    return only


def shown(item: DueDocument) -> list[str]:
    """Write a document's lines as people would."""
    return [f"{row.name}: {row.quantity} × {row.price}" for row in item.document.lines]
