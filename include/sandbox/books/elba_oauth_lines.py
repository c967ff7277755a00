"""The content that bills and acts of the first Elba dialect share: lines, rates, sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import is_rate_of, line_sums, to_kopecks
from sandbox.books.checks import Field
from sandbox.books.elba_oauth_common import refuse
from sandbox.books.errors import BookError, Detail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row

MOST_LINES = 500

SEED_RATES = ("NoNds", "Nds0", "Nds10", "Nds20")
RATES = (*SEED_RATES, "Nds5", "Nds7", "Nds22")

ITEM = {
    "name": Field(checks.text(1000, 1), required=True),
    "count": Field(checks.number(3, above=0), required=True),
    "price": Field(checks.number(2), required=True),
    "unit": Field(checks.text(20, 1), required=True),
    "ndsRate": Field(checks.choice(*RATES), required=True),
}

DOCUMENT = {
    "date": Field(checks.day, required=True),
    "counterpartyId": Field(checks.text(100, 1), required=True),
    "items": Field(checks.rows, required=True),
    "comment": Field(checks.text(1000)),
}


def read_document(book: Book, fields: dict[str, Field], body: Row) -> Row:
    """The *fields* of a good body, with sums and VAT of its lines.

    :raises BookError: 400 or 413 when something is wrong with it.
    """
    refuse([*checks.check(fields, body), *_bad_items(body.get("items"))])
    refuse(_disagreements(book, body))
    lines = [_to_line(item) for item in body["items"]]
    kept = {name: body[name] for name in fields if name in body}
    sums = {
        "items": lines,
        "total": sum((line["sum"] for line in lines), Decimal()),
        "ndsTotal": sum((line["ndsSum"] for line in lines), Decimal()),
    }
    return {"comment": ""} | kept | sums


def _bad_items(items: object) -> Iterator[Detail]:
    if checks.rows(items) or not isinstance(items, list):
        return
    if len(items) > MOST_LINES:
        raise BookError(413, "payload_too_large", f"Больше {MOST_LINES} строк")
    for place, item in enumerate(items):
        yield from checks.check(ITEM, item, f"items[{place}].")


def _disagreements(book: Book, body: Row) -> Iterator[Detail]:
    if book.find("counterparties", body["counterpartyId"]) is None:
        yield Detail("counterpartyId", "counterparty_not_found")
    for place, item in enumerate(body["items"]):
        if code := _objection(book, item["ndsRate"], date.fromisoformat(body["date"])):
            yield Detail(f"items[{place}].ndsRate", code)


def _objection(book: Book, rate: str, day: date) -> str | None:
    match book.profile("vat"):
        case "lenient":
            return None
        case "seed":
            return None if rate in SEED_RATES else "unknown_value"
    return None if is_rate_of(day, _percent_of(rate)) else "vat_rate_not_valid_on_date"


def _percent_of(rate: str) -> int:
    return int(rate.removeprefix("Nds")) if rate != "NoNds" else 0


def _to_line(item: Row) -> Row:
    price = to_kopecks(Decimal(item["price"]))
    sums = line_sums(price, Decimal(item["count"]), _percent_of(item["ndsRate"]))
    return {name: item[name] for name in ITEM} | {"price": price, "sum": sums.amount, "ndsSum": sums.vat}
