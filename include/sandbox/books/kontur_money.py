"""Payments of Kontur.Accounting documents, and money given back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import to_kopecks
from sandbox.books.checks import Field
from sandbox.books.errors import Detail, not_found
from sandbox.books.kontur_common import checked, refuse, refuse_closed, to_list
from sandbox.books.kontur_documents import document_of, refuse_cancelled, with_balance
from sandbox.books.lists import select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

PAYMENT = {
    "date": Field(checks.day, required=True),
    "amount": Field(checks.number(2, above=0), required=True),
    "paymentMethod": Field(checks.choice("Cash", "BankTransfer"), required=True),
    "comment": Field(checks.text(500)),
    "externalId": Field(checks.text(100)),
}

REFUND = PAYMENT | {"reason": Field(checks.text(500, 1), required=True), "paymentId": Field(checks.text(100))}


class KonturMoney:
    """Record and list what came in and what went back."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        payments = {"GET": Action(self.payments), "POST": Action(self.pay, seed=True)}
        refunds = {"GET": Action(self.refunds), "POST": Action(self.refund)}
        return {"/documents/{path}/{id}/payments": payments, "/documents/{path}/{id}/refunds": refunds}

    def payments(self, call: Call) -> Answer:
        """What was paid on a document."""
        return self._list("payments", document_of(self._book, call), call)

    def pay(self, call: Call) -> Answer:
        """Record a payment; the same one again is a second payment."""
        document = document_of(self._book, call)
        body = self._read(PAYMENT, document, call)
        refuse(self._overpayment(document, body))
        return self._record("payments", document, body, "in")

    def refunds(self, call: Call) -> Answer:
        """What was given back on a sale invoice."""
        return self._list("refunds", sale_of(self._book, call), call)

    def refund(self, call: Call) -> Answer:
        """Record money given back, never more than came in."""
        document = sale_of(self._book, call)
        body = self._read(REFUND, document, call)
        refuse(self._over_refund(document, body))
        return self._record("refunds", document, body, "out")

    def _read(self, fields: dict[str, Field], document: Row, call: Call) -> Row:
        body = call.json()
        refuse(checked(self._book, fields, body))
        refuse_cancelled(document)
        refuse_closed(self._book, body["date"])
        kept = {name: body[name] for name in fields if name in body}
        if not self._book.is_on("external_id"):
            kept.pop("externalId", None)
        return {"comment": ""} | kept | {"amount": to_kopecks(Decimal(body["amount"]))}

    def _overpayment(self, document: Row, body: Row) -> Iterator[Detail]:
        owed = with_balance(self._book, document)["balance"]
        if self._book.is_set("overpayment", "reject") and body["amount"] > owed:
            yield Detail("amount", "overpayment_not_allowed")

    def _over_refund(self, document: Row, body: Row) -> Iterator[Detail]:
        paid = self._book.where("payments", "documentId", document["id"])
        if "paymentId" in body and body["paymentId"] not in {row["id"] for row in paid}:
            yield Detail("paymentId", "unknown_value")
        sums = with_balance(self._book, document)
        if body["amount"] > sums["paidAmount"] - sums["refundedAmount"]:
            yield Detail("amount", "over_refund")

    def _record(self, collection: str, document: Row, body: Row, direction: str) -> Answer:
        row = self._book.add(collection, {"documentId": document["id"], **body, "direction": direction})
        return Answer(201, {} if self._book.is_on("seed_only") else row)

    def _list(self, collection: str, document: Row, call: Call) -> Answer:
        rows = select(self._book, collection, {"documentId": document["id"]}, ("documentId",))
        return to_list(self._book, rows, call.query)


def sale_of(book: Book, call: Call) -> Row:
    """The sale invoice that the path names.

    :raises BookError: 404 for acts and bills too: money and goods come back on sale invoices only.
    """
    document = document_of(book, call)
    if document["kind"] != "saleinvoice":
        raise not_found()
    return document
