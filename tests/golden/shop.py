"""From a case written for people to the rows that Bitrix would send of it; nothing is reckoned here."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

MOSCOW = ZoneInfo("Europe/Moscow")
FOLDER = Path(__file__).parent

Words = dict[str, Any]
"""What a case says: texts alone, so that no sum ever is a binary fraction and no INN a number."""

Row = dict[str, Any]

PROPERTIES = {
    "inn": "INN",
    "kpp": "KPP",
    "company": "COMPANY",
    "address": "COMPANY_ADR",
    "name": "FIO",
    "email": "EMAIL",
    "phone": "PHONE",
}
CHILDREN = ("lines", "shipments", "items", "payments", "properties", "platforms")


def read(path: Path) -> Words:
    """Return what a file says, every scalar as the text that stands there."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 makes texts and nothing else


ORDINARY = read(FOLDER / "ordinary.yaml")
FILES = {
    path.relative_to(FOLDER / "orders").with_suffix("").as_posix(): path
    for path in sorted((FOLDER / "orders").rglob("*.yaml"))
}
CASES = {name: read(path) for name, path in FILES.items()}


def on_the_wire(orders: list[Words]) -> tuple[list[Row], dict[str, list[Row]]]:
    """Return the rows of orders, and those that hang on them, as the lists of Bitrix give them."""
    rows: list[Row] = []
    children: dict[str, list[Row]] = {name: [] for name in CHILDREN}
    for said in orders:
        row, its = _order({**ORDINARY["order"], **said})
        rows.append(row)
        for name, more in its.items():
            children[name] += more
    return rows, children


def _order(said: Words) -> tuple[Row, dict[str, list[Row]]]:
    id_ = said["id"]
    lines = list(_lines(said, id_))
    shipments = said.get("shipments", [{}])
    numbered = [{"id": f"{id_}7{place}", **each} for place, each in enumerate(shipments, start=1)]
    row = {
        "id": int(id_),
        "accountNumber": said.get("number", id_),
        "lid": "s1",
        "statusId": said["status"],
        "price": Decimal(said["price"]),
        "currency": said["currency"],
        "payed": "N",
        "canceled": _flag(said.get("cancelled")),
        "version": 3,
        "dateInsert": moment(said["placed"]),
        "dateUpdate": moment(said["placed"]),
        "dateStatus": moment(said.get("in_status_since", "")),
    }
    platform = said.get("platform")
    return row, {
        "lines": lines,
        "shipments": [_shipment({**ORDINARY["shipment"], **each}, id_) for each in numbered],
        "items": [item for each in numbered for item in _items(each, lines)],
        "payments": [_payment(each, id_, place) for place, each in enumerate(said.get("payments", []), 1)],
        "properties": [
            {"orderId": int(id_), "code": PROPERTIES[column], "value": text}
            for column, text in said["buyer"].items()
        ],
        "platforms": [{"orderId": int(id_), "tradingPlatformId": platform}] if platform else [],
    }


def _lines(said: Words, order_id: str) -> Iterator[Row]:
    """Yield the rows of the basket; a line that says `repeat` stands there so many times."""
    ids = (f"{order_id}{place:02}" for place in count(1))
    for each in said["lines"]:
        for _ in range(int(each.get("repeat", "1"))):
            yield _line({"id": next(ids), **ORDINARY["line"], **each}, order_id)


def _line(said: Words, order_id: str) -> Row:
    vat = said["vat"]
    return {
        "id": said["id"],
        "orderId": order_id,
        "name": said["name"],
        "measureName": said["unit"],
        "quantity": Decimal(said["quantity"]),
        "price": Decimal(said["price"]),
        "vatRate": None if vat == "none" else Decimal(vat) / 100,
        "vatIncluded": "N" if said.get("vat_on_top") == "yes" else "Y",
        "type": {"bundle": "1", "service": "2"}.get(said.get("is", ""), ""),
        "setParentId": said["id"] if said.get("is") == "bundle" else said.get("part_of", ""),
    }


def _shipment(said: Words, order_id: str) -> Row:
    left = said["shipped"] != "never"
    return {
        "id": int(said["id"]),
        "orderId": int(order_id),
        "priceDelivery": Decimal(said.get("delivery", "0")),
        "deducted": "Y" if left else "N",
        "dateDeducted": moment(said["shipped"]) if left else None,
        "canceled": _flag(said.get("cancelled")),
    }


def _items(said: Words, lines: list[Row]) -> Iterator[Row]:
    """Yield what is in a shipment: so much of the lines that it names by their place, or all of all lines."""
    everything = {str(place): row["quantity"] for place, row in enumerate(lines, start=1)}
    for place, quantity in said.get("parts", everything).items():
        line_id = lines[int(place) - 1]["id"]
        yield {"orderDeliveryId": int(said["id"]), "basketId": line_id, "quantity": Decimal(quantity)}


def _payment(said: Words, order_id: str, place: int) -> Row:
    return {
        "id": int(f"{order_id}3{place}"),
        "orderId": int(order_id),
        "paid": "Y",
        "datePaid": moment(said["paid"]),
        "sum": Decimal(said["sum"]),
        "paySystemId": "4",
        "paySystemIsCash": "N",
        "isReturn": "N",
        "payReturnDate": None,
    }


def _flag(said: str | None) -> str:
    return "Y" if said == "yes" else "N"


def moment(said: str) -> str | None:
    """Return a moment as the shop writes it, with an offset: Moscow's, unless the case gives another."""
    if not said:
        return None
    read_ = datetime.fromisoformat(said)
    return (read_ if read_.tzinfo else read_.replace(tzinfo=MOSCOW)).isoformat()
