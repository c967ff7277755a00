"""Sale invoices, acts and bills in Kontur.Accounting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import to_kopecks
from sandbox.books.checks import Field
from sandbox.books.errors import BookError, Detail, not_found
from sandbox.books.kontur_common import (
    checked,
    found,
    refuse,
    refuse_closed,
    refuse_unknown_filters,
    to_list,
    vat_mode_on,
)
from sandbox.books.kontur_lines import check_items, check_rates, to_line
from sandbox.books.lists import between, modified_since, select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

KINDS = {"saleinvoices": "saleinvoice", "acts": "act", "bills": "bill"}

NUMBER = checks.text(50, 1)

FIELDS = {
    "date": Field(checks.day, required=True),
    "number": Field(NUMBER),
    "counterpartyId": Field(checks.text(100, 1), required=True),
    "items": Field(lambda _: None, required=True),
    "totalAmount": Field(checks.number(2), required=True),
    "comment": Field(checks.text(1000)),
    "contractId": Field(checks.text(100)),
    "externalId": Field(checks.text(100)),
    "pricesIncludeVat": Field(checks.flag),
}

OWN_FIELDS = {
    "saleinvoice": {
        "number": Field(NUMBER, required=True),
        "documentForm": Field(checks.choice("waybill", "upd1", "upd2")),
    },
    "act": {},
    "bill": {"dueDate": Field(checks.day)},
}

VERSION = {"version": Field(checks.whole, required=True)}

FILTERS = ("number", "counterpartyId", "status")
DEPENDENTS = ("payments", "refunds", "corrections")

# What a document's balance is summed from.
SUMS = (("payments", "amount"), ("refunds", "amount"), ("corrections", "amountDelta"))

# What the books say of a document beyond what the caller set.
SYSTEM = ("id", "kind", "status", "version", "createdAt", "modifiedAt")


class KonturDocuments:
    """Make, find, change and cancel documents of the three kinds, all by the same calls."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "/documents/{path}": {"GET": Action(self.search), "POST": Action(self.create, seed=True)},
            "/documents/{path}/{id}": {"GET": Action(self.get), "PUT": Action(self.update)},
            "/documents/{path}/{id}/cancel": {"POST": Action(self.cancel)},
        }

    def search(self, call: Call) -> Answer:
        """Documents of a kind by number, days, counterparty and status."""
        kind = kind_of(self._book, call)
        refuse_unknown_filters(self._book, call.query, (*FILTERS, "dateFrom", "dateTo"))
        rows = select(self._book, "documents", call.query, FILTERS)
        rows = between((row for row in rows if row["kind"] == kind), call.query)
        return to_list(self._book, modified_since(rows, call.query), call.query, self._shown)

    def get(self, call: Call) -> Answer:
        """One document, with what was paid, returned and corrected."""
        return Answer(200, self._shown(document_of(self._book, call)))

    def create(self, call: Call) -> Answer:
        """Make a document whose lines add up, with a number that is free in its year."""
        kind = kind_of(self._book, call)
        content = self._read(kind, call.json())
        refuse_closed(self._book, content["date"])
        if "number" not in content:
            content["number"] = self._next_number(kind, content["date"])
        self._refuse_twin(kind, content)
        now = self._book.timestamp()
        own = {"kind": kind, "status": self._book.profile("post_status"), "version": 1}
        row = self._book.add("documents", own | content | {"createdAt": now, "modifiedAt": now})
        return Answer(201, self._shown(row))

    def update(self, call: Call) -> Answer:
        """Replace the content of a document that nothing hangs on; its comment in any case."""
        old = document_of(self._book, call)
        refuse_cancelled(old)
        body = call.json()
        content = {"number": old["number"]} | self._read(old["kind"], body, version=True)
        if body["version"] != old["version"]:
            raise BookError(409, "version_conflict")
        refuse_closed(self._book, old["date"], content["date"])
        if not _is_same(old, content):
            self._refuse_dependents(old, DEPENDENTS)
        self._refuse_twin(old["kind"], content, but=old["id"])
        return Answer(200, self._shown(self._changed(_system_of(old), content)))

    def cancel(self, call: Call) -> Answer:
        """Cancel a document that nobody paid or corrected; again, with no effect."""
        row = document_of(self._book, call)
        refuse(checked(self._book, {"reason": Field(checks.text(1000))}, call.json_or_nothing()))
        if row["status"] != "cancelled":
            refuse_closed(self._book, row["date"])
            self._refuse_dependents(row, ("payments", "corrections"))
            row = self._changed(row, {"status": "cancelled"})
        return Answer(200, self._shown(row))

    def _read(self, kind: str, body: Row, *, version: bool = False) -> Row:
        fields = FIELDS | OWN_FIELDS[kind] | (VERSION if version else {})
        items = list(check_items(self._book, body["items"])) if body.get("items") is not None else []
        refuse([*checked(self._book, fields, body), *items])
        content = self._computed(kind, body, fields)
        refuse(self._disagreements(body, content))
        return content

    def _computed(self, kind: str, body: Row, fields: dict[str, Field]) -> Row:
        vat_included = body.get("pricesIncludeVat", True)
        lines = [to_line(item, vat_included=vat_included) for item in body["items"]]
        total = sum((line["amount"] for line in lines), Decimal())
        kept = {name: body[name] for name in fields if name in body and name != "version"}
        if not self._book.is_on("external_id"):
            kept.pop("externalId", None)
        sums = {
            "items": lines,
            "totalAmount": total
            if self._book.is_on("total_check")
            else to_kopecks(Decimal(body["totalAmount"])),
            "vatAmount": sum((line["vatAmount"] for line in lines), Decimal()),
        }
        return {"comment": "", "pricesIncludeVat": True} | self._form(kind, body) | kept | sums

    def _form(self, kind: str, body: Row) -> Row:
        if kind != "saleinvoice":
            return {}
        mode = vat_mode_on(self._book, date.fromisoformat(body["date"]))
        return {"documentForm": "waybill" if mode == "none" else "upd1"}

    def _disagreements(self, body: Row, content: Row) -> Iterator[Detail]:
        yield from check_rates(self._book, content["items"], date.fromisoformat(content["date"]))
        if self._book.find("counterparties", content["counterpartyId"]) is None:
            yield Detail("counterpartyId", "counterparty_not_found")
        if content["totalAmount"] != body["totalAmount"]:
            yield Detail("totalAmount", "total_mismatch")

    def _twins(self, kind: str, number: str, year: str) -> list[Row]:
        rows = self._book.where("documents", "number", number)
        return [
            row
            for row in rows
            if row["kind"] == kind and row["date"][:4] == year and row["status"] != "cancelled"
        ]

    def _refuse_twin(self, kind: str, content: Row, but: str = "") -> None:
        twins = self._twins(kind, content["number"], content["date"][:4])
        if self._book.is_on("unique_numbers") and any(row["id"] != but for row in twins):
            raise BookError(409, "duplicate_number")

    def _next_number(self, kind: str, day: str) -> str:
        number = 1
        while self._twins(kind, str(number), day[:4]):
            number += 1
        return str(number)

    def _refuse_dependents(self, row: Row, collections: tuple[str, ...]) -> None:
        if any(self._book.where(collection, "documentId", row["id"]) for collection in collections):
            raise BookError(409, "has_dependents")

    def _changed(self, row: Row, change: Row) -> Row:
        version = {"version": row["version"] + 1, "modifiedAt": self._book.timestamp()}
        return self._book.replace("documents", row | change | version)

    def _shown(self, row: Row) -> Row:
        return {"id": row["id"]} if self._book.is_on("seed_only") else with_balance(self._book, row)


def kind_of(book: Book, call: Call) -> str:
    """The kind of document that the path names.

    :raises BookError: 404 for another one; only sale invoices were named at the start of the project.
    """
    path = call.path["path"]
    if path not in KINDS or (path != "saleinvoices" and book.is_on("seed_only")):
        raise not_found()
    return KINDS[path]


def document_of(book: Book, call: Call) -> Row:
    """The document that the path names.

    :raises BookError: 404 when there is none of that kind and id.
    """
    kind = kind_of(book, call)
    row = found(book, "documents", call.path["id"])
    if row["kind"] != kind:
        raise not_found()
    return row


def refuse_cancelled(document: Row) -> None:
    """Leave a cancelled document as it is.

    :raises BookError: 409 ``document_cancelled``.
    """
    if document["status"] == "cancelled":
        raise BookError(409, "document_cancelled")


def with_balance(book: Book, document: Row) -> Row:
    """The document with all that happened to it: corrections, payments, refunds, and what is still owed."""
    paid, refunded, corrected = (_sum_of(book, document, *what) for what in SUMS)
    owed = document["totalAmount"] + corrected
    return document | {
        "correctedAmount": owed,
        "paidAmount": paid,
        "refundedAmount": refunded,
        "balance": owed - paid + refunded,
        "paymentStatus": _payment_status(paid - refunded, owed),
    }


def _sum_of(book: Book, document: Row, collection: str, field: str) -> Decimal:
    rows = book.where(collection, "documentId", document["id"])
    return sum((row[field] for row in rows), Decimal("0.00"))


def _payment_status(paid: Decimal, owed: Decimal) -> str:
    if paid == owed:
        return "paid"
    if paid > owed:
        return "overpaid"
    return "partiallyPaid" if paid > 0 else "notPaid"


def _system_of(document: Row) -> Row:
    return {name: document[name] for name in SYSTEM}


def _is_same(old: Row, content: Row) -> bool:
    apart = {*SYSTEM, "comment"}
    return {name: old[name] for name in old if name not in apart} == {
        name: content[name] for name in content if name not in apart
    }
