"""Bills, acts, delivery notes and UPD of the public Elba API, and the news of their payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from sandbox.books.arithmetic import HUNDRED, to_kopecks
from sandbox.books.elba_oauth_documents import status_of
from sandbox.books.elba_public_common import found, pick, read, refuse, whole
from sandbox.books.elba_public_models import Closed, NewAct, NewBill, NewDeliveryNote, NewUpd
from sandbox.books.elba_public_rules import RULES, broken
from sandbox.books.errors import BookError
from sandbox.books.web import Action, Answer

if TYPE_CHECKING:
    from sandbox.books.book import Book, Row
    from sandbox.books.web import Call, Paths

ORGANIZATION = "/organizations/{organization}"
MOST_NEWS = 1000

BILL = (
    *("id", "number", "date", "withNDS", "withDiscount", "comment", "bankAccountId", "contractorId"),
    *("warehouseItems", "status", "templateId", "placeholderItems"),
)
NEWS = ("id", "newsType", "newsContent")


@dataclass(frozen=True)
class Kind:
    """Where documents of a kind are kept, and what a new one looks like."""

    collection: str
    model: type[Closed]


KINDS = {
    "bills": Kind("bills", NewBill),
    "acts": Kind("acts", NewAct),
    "delivery-notes": Kind("delivery_notes", NewDeliveryNote),
    "universal-transfer-documents": Kind("universal_transfer_documents", NewUpd),
}


class Documents:
    """Make documents; only bills can be read back, and nothing can be changed."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def paths(self) -> Paths:
        """The calls of this part."""
        makers = {
            f"{ORGANIZATION}/{path}": {"POST": Action(partial(self.create, kind))}
            for path, kind in KINDS.items()
        }
        return makers | {
            f"{ORGANIZATION}/bills/{{id}}": {"GET": Action(self.get_bill)},
            f"{ORGANIZATION}/document-news": {"GET": Action(self.news)},
            f"{ORGANIZATION}/document-news/subscription": {"POST": Action(self.subscribe)},
        }

    def create(self, kind: Kind, call: Call) -> Answer:
        """Make a document; the same one again is a second document."""
        row = read(kind.model, call).row()
        refuse(broken(self._book, row, RULES[kind.collection]))
        row["number"] = row["number"] or str(len(self._book.rows(kind.collection)) + 1)
        row["warehouseItems"] = [self._line(item) for item in row["warehouseItems"] or ()]
        if kind.collection == "bills":
            row |= {"status": "notPaid", "paidSum": Decimal("0.00")}
        return Answer(201, {"id": self._book.add(kind.collection, row)["id"]})

    def get_bill(self, call: Call) -> Answer:
        """A bill, with its lines and its status, without its total."""
        row = found(self._book, "bills", call.path["id"])
        return Answer(200, pick(row, BILL) | {"sumsWithNds": row["sumsWithNDS"]})

    def news(self, call: Call) -> Answer:
        """The news from ``offset`` on, which is an id or a position."""
        if "offset" not in call.query:
            raise BookError(400, "validation", "Нужен offset")
        offset, limit = whole(call.query["offset"]), whole(call.query.get("limit", "100"))
        if offset < 0 or not 1 <= limit <= MOST_NEWS:
            raise BookError(400, "validation", f"limit от 1 до {MOST_NEWS}, offset от 0")
        rows = [pick(row, NEWS) for row in self._news_from(offset)]
        return Answer(200, {"news": rows[:limit]})

    def _news_from(self, offset: int) -> list[Row]:
        rows = self._book.rows("news")
        if self._book.is_set("news_offset", "position"):
            return rows[offset:]
        return [row for row in rows if row["id"] >= offset]

    def subscribe(self, _call: Call) -> Answer:
        """Let news come from now on; a second time changes nothing."""
        if not self._book.rows("subscriptions"):
            self._book.add("subscriptions", {})
        elif self._book.is_set("resubscription", "conflict"):
            raise BookError(409, "subscription_exists", "Подписка уже есть")
        return Answer(204)

    def _line(self, item: Row) -> Row:
        total = None if item["price"] is None else _discounted(item)
        return item | {"id": self._book.new_id(), "ndsRate": item["ndsRate"] or "withoutNds", "sum": total}


def pay(book: Book, bill_id: str, amount: Decimal) -> Row:
    """Let money for a bill come in, as Elba's own screens do, with its piece of news; return the bill.

    :raises BookError: 404 when there is no such bill.
    """
    row = found(book, "bills", bill_id)
    paid = to_kopecks(row["paidSum"] + amount)
    status = status_of(paid, total_of(row))
    if book.is_set("news", "always") or book.rows("subscriptions"):
        _tell(
            book,
            {"billId": bill_id, "billStatus": status, "relatedPaymentsSum": paid, "billSum": total_of(row)},
        )
    return book.replace("bills", row | {"paidSum": paid, "status": status})


def total_of(bill: Row) -> Decimal:
    """What the bill asks for, VAT included."""
    return sum((_gross(bill, line) for line in bill["warehouseItems"]), Decimal("0.00"))


def _tell(book: Book, content: Row) -> None:
    number = len(book.rows("news")) + 1
    book.add("news", {"id": number, "newsType": "billPaymentNews", "newsContent": content})


def _gross(bill: Row, line: Row) -> Decimal:
    net: Decimal = line["sum"] or Decimal()
    rate = line["ndsRate"].removeprefix("nds")
    if bill["sumsWithNDS"] or not rate.isdecimal():
        return net
    return net + to_kopecks(net * int(rate) / HUNDRED)


def _discounted(item: Row) -> Decimal:
    share = (HUNDRED - (item["discount"] or 0)) / HUNDRED
    return to_kopecks(item["price"] * item["quantity"] * share)
