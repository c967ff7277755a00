"""Corrections of Kontur.Accounting sale invoices: goods that came back, prices that went down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import LineSums, to_kopecks
from sandbox.books.checks import Field
from sandbox.books.errors import Detail
from sandbox.books.kontur_common import checked, refuse, refuse_closed, to_list
from sandbox.books.kontur_documents import NUMBER, refuse_cancelled
from sandbox.books.kontur_lines import item_sums
from sandbox.books.kontur_money import sale_of
from sandbox.books.lists import select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

FIELDS = {
    "date": Field(checks.day, required=True),
    "number": Field(NUMBER, required=True),
    "reason": Field(checks.choice("return", "price_change", "quantity_error"), required=True),
    "items": Field(checks.rows, required=True),
    "comment": Field(checks.text(1000)),
}


def _any_number(value: object) -> str | None:
    return None if checks.is_number(value) else "invalid_amount"


# A negative "after" is not a wrong number but too big a return: see `_objections`.
ITEM = {
    "line": Field(checks.whole, required=True),
    "quantityAfter": Field(_any_number, required=True),
    "priceAfter": Field(_any_number, required=True),
}


@dataclass(frozen=True)
class _Line:
    """A line of the document as the last correction left it."""

    item: Row
    quantity: Decimal
    price: Decimal
    sums: LineSums

    def corrected(self, quantity: Decimal, price: Decimal, *, vat_included: bool) -> _Line:
        if (quantity, price) == (self.quantity, self.price):
            return self
        return _Line(
            self.item, quantity, price, item_sums(self.item, price, quantity, vat_included=vat_included)
        )


class KonturCorrections:
    """Record and list corrections; each starts from where the one before it ended."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "/documents/{path}/{id}/corrections": {"GET": Action(self.search), "POST": Action(self.create)}
        }

    def search(self, call: Call) -> Answer:
        """The corrections of a sale invoice."""
        document = sale_of(self._book, call)
        rows = select(self._book, "corrections", {"documentId": document["id"]}, ("documentId",))
        return to_list(self._book, rows, call.query)

    def create(self, call: Call) -> Answer:
        """Record a correction, at the original rates, with the difference that it makes."""
        document = sale_of(self._book, call)
        body = call.json()
        refuse(self._malformed(body))
        refuse_cancelled(document)
        refuse_closed(self._book, body["date"])
        row = {"documentId": document["id"]} | {name: body[name] for name in FIELDS if name in body}
        return Answer(201, self._book.add("corrections", row | self._result(document, body)))

    def _malformed(self, body: Row) -> Iterator[Detail]:
        yield from checked(self._book, FIELDS, body)
        if checks.rows(body.get("items")) is None:
            for place, item in enumerate(body["items"]):
                yield from checked(self._book, ITEM, item, f"items[{place}].")

    def _result(self, document: Row, body: Row) -> Row:
        lines = self._lines(document)
        items = []
        for place, item in enumerate(body["items"]):
            refuse(_objections(lines, item, body["reason"], f"items[{place}]."))
            before = lines[item["line"]]
            lines[item["line"]] = _after(document, before, item)
            items.append(_difference(item["line"], before, lines[item["line"]]))
        sums = {name: sum((row[name] for row in items), Decimal()) for name in ("amountDelta", "vatDelta")}
        return {"items": items} | sums

    def _lines(self, document: Row) -> dict[int, _Line]:
        lines = {number: _original(item) for number, item in enumerate(document["items"], 1)}
        for correction in self._book.where("corrections", "documentId", document["id"]):
            for item in correction["items"]:
                lines[item["line"]] = _after(document, lines[item["line"]], item)
        return lines


def _original(item: Row) -> _Line:
    sums = LineSums(item["amount"], item["vatAmount"])
    return _Line(item, Decimal(item["quantity"]), Decimal(item["price"]), sums)


def _after(document: Row, line: _Line, item: Row) -> _Line:
    quantity, price = Decimal(item["quantityAfter"]), Decimal(item["priceAfter"])
    return line.corrected(quantity, price, vat_included=document["pricesIncludeVat"])


def _objections(lines: dict[int, _Line], item: Row, reason: str, at: str) -> Iterator[Detail]:
    line = lines.get(item["line"])
    if line is None:
        yield Detail(f"{at}line", "unknown_value")
        return
    for field, before, places in (("quantityAfter", line.quantity, 3), ("priceAfter", line.price, 2)):
        after = item[field]
        if after < 0 or (reason == "return" and after > before):
            yield Detail(at + field, "over_return")
        elif checks.number(places)(after):
            yield Detail(at + field, "invalid_amount")


def _difference(number: int, before: _Line, after: _Line) -> Row:
    return {
        "line": number,
        "quantityBefore": before.quantity,
        "quantityAfter": after.quantity,
        "priceBefore": to_kopecks(before.price),
        "priceAfter": to_kopecks(after.price),
        "vatRate": before.item["vatRate"],
        "amountDelta": after.sums.amount - before.sums.amount,
        "vatDelta": after.sums.vat - before.sums.vat,
    }
