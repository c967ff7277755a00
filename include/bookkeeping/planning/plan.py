"""What a plan says: the fate of each document and each sum of money, and the orders that make none."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bookkeeping.domain import Document, DocumentKind, HoldReason, MoneyKind, VatRate

ZERO = Decimal(0)


class Fate(StrEnum):
    """What the run would do with a document, or with money."""

    CREATE = "create"
    UPDATE = "update"
    CANCEL = "cancel"
    CORRECT = "correct"
    LOOK_UP = "look_up"
    FOUND = "found"
    HELD = "held"
    LEFT = "left"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class RateSum:
    """Roubles of one document at one VAT rate, VAT inside."""

    rate: VatRate
    total: Decimal
    vat: Decimal


def by_rate(document: Document) -> tuple[RateSum, ...]:
    """Sum up a document's lines by their VAT rate, in the order in which rates are declared."""
    lines = defaultdict(list)
    for line in document.lines:
        lines[line.vat_rate].append(line)
    return tuple(
        RateSum(rate, sum((line.total for line in same), ZERO), sum((line.vat for line in same), ZERO))
        for rate in VatRate
        if (same := lines.get(rate))
    )


@dataclass(frozen=True)
class PlannedDocument:
    """A document that is due, or that stands in the books though nothing asks for it any more.

    :ivar total: roubles with VAT inside, as the shop asks for them; of what is due no more, as they stand.
    :ivar rates: its parts by VAT rate; none where the content is not known.
    :ivar stands: roubles that stand in the books already, None if nothing does; ``stands_vat`` their VAT.
    """

    key: str
    kind: DocumentKind
    number: str
    issued_on: date | None
    order_id: str
    buyer: str
    total: Decimal
    vat: Decimal
    fate: Fate
    rates: tuple[RateSum, ...] = ()
    stands: Decimal | None = None
    stands_vat: Decimal | None = None
    reason: HoldReason | None = None
    detail: str = ""


@dataclass(frozen=True)
class PlannedMoney:
    """The part of a payment, or of a refund, that would go onto one document."""

    key: str
    kind: MoneyKind
    payment_id: str
    order_number: str
    document_number: str
    paid_on: date | None
    amount: Decimal
    fate: Fate
    reason: HoldReason | None = None
    detail: str = ""


@dataclass(frozen=True)
class SkippedOrder:
    """An order that makes no document, and why, in Russian."""

    order_id: str
    number: str
    placed_on: date
    buyer: str
    total: Decimal
    why: str


@dataclass(frozen=True)
class Plan:
    """All that a run of a company's day would do.

    :ivar orders: how many orders were read.
    :ivar only: the ids of the orders to which the run is limited; none if it is not.
    :ivar records_money: whether these books take payments over this connection.
    """

    company: str
    title: str
    system: str
    business_date: date
    orders: int
    documents: tuple[PlannedDocument, ...]
    money: tuple[PlannedMoney, ...]
    skipped: tuple[SkippedOrder, ...]
    only: tuple[str, ...] = ()
    records_money: bool = True

    @property
    def changes_anything(self) -> bool:
        """Whether the run would write anything into the books, or has first to look for what it wrote."""
        calm = {Fate.UNCHANGED, Fate.HELD, Fate.LEFT}
        return not {*(each.fate for each in self.documents), *(each.fate for each in self.money)} <= calm
