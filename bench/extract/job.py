"""What every contender is told, and in what form it brings the rows; imports nothing that a peer lacks."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

# By list: the method, and the fields that the books need.
LISTS = {
    "orders": (
        "sale.order.list",
        "id accountNumber lid statusId price currency payed canceled dateInsert dateUpdate dateStatus",
    ),
    "lines": (
        "sale.basketitem.list",
        "id orderId setParentId name measureName quantity price vatRate vatIncluded type",
    ),
    "properties": ("sale.propertyvalue.list", "id orderId code value"),
    "payments": (
        "sale.payment.list",
        "id orderId paid datePaid sum paySystemId paySystemIsCash isReturn payReturnDate",
    ),
    "shipments": ("sale.shipment.list", "id orderId priceDelivery deducted dateDeducted canceled"),
}

CHUNK = 500
"""Orders whose rows are asked for by one array: PHP takes 1000 values in a request."""

TIMEOUT = (3.05, 65.0)
"""Seconds to connect, and to wait: the portal may take 60 for a batch."""


@dataclass(frozen=True)
class Job:
    """A day to read, and where.

    :ivar webhook: the address up to the code, with a slash behind it.
    :ivar start: the first moment of the day in ISO 8601; `end` is the first that is not in it.
    :ivar burst: how many requests the portal takes in one go; 0 if it has no limit.
    :ivar rate: how many of them it forgets a second.
    """

    webhook: str
    start: str
    end: str
    rate: float
    burst: int

    @property
    def host(self) -> str:
        """The portal's host and port."""
        return urlsplit(self.webhook).netloc

    @property
    def code(self) -> str:
        """The webhook's user and code."""
        return urlsplit(self.webhook).path.removeprefix("/rest/").rstrip("/")

    @property
    def of_the_day(self) -> dict[str, str]:
        """The filter for the orders of the day."""
        return {">=dateUpdate": self.start, "<dateUpdate": self.end}


def chunks(ids: list[int]) -> list[list[int]]:
    """Ids in parts that one filter takes."""
    return [ids[place : place + CHUNK] for place in range(0, len(ids), CHUNK)]


def children_filters(name: str, ids: list[int]) -> list[dict[str, object]]:
    """How the documentation lets a user ask for the rows of these orders; ids are sorted.

    A portal takes no array for property values, but makes 1 of it: there it has to be a range.
    """
    if name == "properties":
        return [{">=orderId": ids[0], "<=orderId": ids[-1]}]
    return [{"@orderId": part} for part in chunks(ids)]


def names_of(name: str, rows: list[dict[str, object]], wanted: set[int]) -> list[str]:
    """What tells these rows apart, without those of other orders that came with a range."""
    if name == "orders":
        return [str(row["id"]) for row in rows]
    mine = [row for row in rows if int(str(row["orderId"])) in wanted]
    if name == "properties":
        return [f"{row['orderId']}/{row['code']}" for row in mine]
    return [str(row["id"]) for row in mine]
