"""Bills and acts in the first Elba dialect."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.books import checks
from sandbox.books.arithmetic import to_kopecks
from sandbox.books.checks import Field
from sandbox.books.elba_oauth_common import found, refuse, to_list
from sandbox.books.elba_oauth_lines import DOCUMENT, read_document
from sandbox.books.errors import BookError, Detail
from sandbox.books.lists import between, select
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

INVOICE = DOCUMENT | {
    "number": Field(checks.text(50, 1), required=True),
    "paymentDueDate": Field(checks.day),
}
ACT = DOCUMENT | {"invoiceId": Field(checks.text(100))}

UNPAID = ("notPaid", "overdue")


class ElbaInvoices:
    """Make, find, change and send bills; nobody can pay them here but Elba itself."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "/invoices": {"GET": Action(self.search), "POST": Action(self.create, seed=True)},
            "/invoices/{id}": {"GET": Action(self.get), "PUT": Action(self.update)},
            "/invoices/{id}/send": {"POST": Action(self.send)},
        }

    def search(self, call: Call) -> Answer:
        """Bills by number, days, counterparty and status."""
        rows = between(select(self._book, "invoices", call.query, ("number", "counterpartyId")), call.query)
        status = call.query.get("status")
        rows = [row for row in rows if not status or self._status(row) == status]
        return to_list(self._book, rows, call.query, self._shown)

    def get(self, call: Call) -> Answer:
        """One bill, with what was paid on it."""
        return Answer(200, self._shown(found(self._book, "invoices", call.path["id"])))

    def create(self, call: Call) -> Answer:
        """Make a bill with a number that is free in its year."""
        content = self._read(call.json())
        self._refuse_twin(content)
        own = {"id": self._book.new_id(), "status": "notPaid", "paidSum": Decimal("0.00")}
        link = {"link": f"https://elba.kontur.ru/public/{own['id']}"}
        return Answer(201, self._shown(self._book.add("invoices", own | content | link)))

    def update(self, call: Call) -> Answer:
        """Replace the content of a bill while nobody has paid it."""
        old = found(self._book, "invoices", call.path["id"])
        content = self._read(call.json())
        if self._status(old) not in UNPAID:
            raise BookError(409, "conflict", "Счёт уже оплачен или отклонён")
        self._refuse_twin(content, but=old["id"])
        own = {name: old[name] for name in ("id", "createdAt", "status", "paidSum", "link")}
        return Answer(200, self._shown(self._book.replace("invoices", own | content)))

    def send(self, call: Call) -> Answer:
        """Remember to whom the bill went; the sandbox sends no mail."""
        row = found(self._book, "invoices", call.path["id"])
        body = call.json()
        if not checks.EMAIL.fullmatch(str(body.get("email", ""))):
            refuse([Detail("email", "unknown_value")])
        self._book.replace("invoices", row | {"sentTo": body["email"]})
        return Answer(200, {})

    def _read(self, body: Row) -> Row:
        content = read_document(self._book, INVOICE, body)
        if content.get("paymentDueDate", "9999") < content["date"]:
            refuse([Detail("paymentDueDate", "invalid_date")])
        return content

    def _refuse_twin(self, content: Row, but: str = "") -> None:
        same = self._book.where("invoices", "number", content["number"])
        year = content["date"][:4]
        if self._book.is_on("unique_numbers") and any(
            row["date"][:4] == year and row["id"] != but for row in same
        ):
            raise BookError(409, "duplicate_number")

    def _status(self, row: Row) -> str:
        due = row.get("paymentDueDate", "9999")
        is_late = row["status"] == "notPaid" and due < self._book.today().isoformat()
        return "overdue" if is_late else str(row["status"])

    def _shown(self, row: Row) -> Row:
        if self._book.is_on("seed_only"):
            return {"id": row["id"]}
        return with_number(self._book, row) | {"status": self._status(row)}


class ElbaActs:
    """Make and find acts, which the books number themselves."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        return {
            "/acts": {"GET": Action(self.search), "POST": Action(self.create, seed=True)},
            "/acts/{id}": {"GET": Action(self.get)},
        }

    def search(self, call: Call) -> Answer:
        """Acts by days and counterparty."""
        rows = between(select(self._book, "acts", call.query, ("counterpartyId",)), call.query)
        return to_list(self._book, rows, call.query, self._shown)

    def get(self, call: Call) -> Answer:
        """One act."""
        return Answer(200, self._shown(found(self._book, "acts", call.path["id"])))

    def create(self, call: Call) -> Answer:
        """Make an act with the next number of its year, whatever number was sent."""
        content = read_document(self._book, ACT, call.json())
        if "invoiceId" in content and self._book.find("invoices", content["invoiceId"]) is None:
            refuse([Detail("invoiceId", "unknown_value")])
        number = self._next_number(content["date"][:4])
        return Answer(201, self._shown(self._book.add("acts", content | {"number": number})))

    def _next_number(self, year: str) -> str:
        numbers = (row["number"] for row in reversed(self._book.rows("acts")) if row["date"][:4] == year)
        return str(int(next(numbers, "0")) + 1)

    def _shown(self, row: Row) -> Row:
        return {"id": row["id"]} if self._book.is_on("seed_only") else with_number(self._book, row)


def with_number(book: Book, row: Row) -> Row:
    """The row with its number in the form that the profile ``number_field`` asks for."""
    match book.profile("number_field"):
        case "number_missing":
            return {name: value for name, value in row.items() if name != "number"}
        case "number_as_int" if row["number"].isdecimal():
            return row | {"number": int(row["number"])}
    return row


def pay(book: Book, invoice_id: str, amount: Decimal) -> Row:
    """Let money for a bill come in, as Elba's own screens do; return the bill.

    :raises BookError: 404 when there is no such bill.
    """
    row = found(book, "invoices", invoice_id)
    paid = to_kopecks(row["paidSum"] + amount)
    return book.replace("invoices", row | {"paidSum": paid, "status": status_of(paid, row["total"])})


def status_of(paid: Decimal, total: Decimal) -> str:
    """What Elba calls a bill of which so much is paid."""
    if paid >= total:
        return "paid"
    return "partiallyPaid" if paid > 0 else "notPaid"
