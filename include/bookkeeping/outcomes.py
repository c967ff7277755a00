"""How an order's day ends: exactly one outcome an order, with the rows that prove it (DESIGN R12)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from bookkeeping.domain import DocumentKind, DocumentLine, HoldReason, MoneyKind, Status
from bookkeeping.transforms.revisions import Change


class Outcome(StrEnum):
    """What the reconciliation says of an order, or of a document that no order explains."""

    MATCHED = "matched"
    NOT_DUE = "not_due"
    HELD = "held"
    UNKNOWN = "unknown"
    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_DIFFERS = "document_differs"
    PAYMENT_MISSING = "payment_missing"
    PAID_IN_SHOP_ONLY = "paid_in_shop_only"
    PAID_IN_BOOKS_ONLY = "paid_in_books_only"
    AMOUNT_DIFFERS = "amount_differs"
    OVERPAID = "overpaid"
    REFUND_OPEN = "refund_open"
    CHANGED_AFTER_POSTING = "changed_after_posting"
    CANCELLED_AFTER_POSTING = "cancelled_after_posting"
    FOREIGN = "foreign"
    NOT_CHECKED = "not_checked"


class Seen(StrEnum):
    """Whether the books were seen to hold a document or record."""

    YES = "yes"
    NO = "no"
    NOT_CHECKED = "not_checked"


class WarningKind(StrEnum):
    """What is odd about a day of the shop, and not about any one of its orders."""

    MISSED_ORDERS = "missed_orders"
    VANISHED_ORDERS = "vanished_orders"
    FEW_ORDERS = "few_orders"


@dataclass(frozen=True)
class DocumentRow:
    """One document of an order: what the ledger says of it, and whether the books show it.

    :ivar total: roubles with VAT inside; ``books_total`` the same as the books show it, if they do.
    """

    key: str
    kind: DocumentKind
    number: str
    issued_on: date
    total: Decimal
    vat: Decimal
    status: Status
    external_id: str = ""
    reason: HoldReason | None = None
    detail: str = ""
    seen: Seen = Seen.NOT_CHECKED
    books_total: Decimal | None = None


@dataclass(frozen=True)
class MoneyRow:
    """One payment or refund of an order as the shop knows it, and its part that the ledger recorded.

    :ivar amount: roubles; ``recorded`` the roubles that stand in the books.
    """

    payment_id: str
    kind: MoneyKind
    paid_on: date | None
    amount: Decimal
    recorded: Decimal
    status: Status | None = None
    note: str = ""


@dataclass(frozen=True)
class Sums:
    """What is known of a document whose lines are not: roubles, and the VAT in them if the books said it."""

    total: Decimal
    vat: Decimal | None


Told: TypeAlias = DocumentLine | Sums | date | str | None
"""A line, a whole document, or a fact of its head; None for what is not there."""


@dataclass(frozen=True)
class DifferenceRow:
    """One way in which a document that stands in the books is not what its order asks for now.

    :ivar number: the document's, as it was sent.
    :ivar name: what a line sells; empty for the head and for a whole document.
    :ivar total: roubles with VAT inside that the change brings; all of a document's are its difference.
    :ivar vat: roubles of VAT that it brings; None if the books did not say how much there was.
    """

    kind: DocumentKind
    number: str
    change: Change
    name: str
    before: Told
    after: Told
    total: Decimal = Decimal(0)
    vat: Decimal | None = Decimal(0)


@dataclass(frozen=True)
class OrderRow:
    """One order's story and its one outcome.

    :ivar difference: roubles that do not agree; 0 for an order that is right or not due.
    :ivar explanation: one sentence for the accountant, in Russian.
    :ivar paid_in_books: None where these books do not show payments.
    :ivar differences: what its documents have otherwise, of an order that was changed after posting, or
        cancelled.
    """

    order_id: str
    number: str
    placed_on: date
    buyer: str
    total: Decimal
    documents_total: Decimal
    paid_in_shop: Decimal
    paid_in_books: Decimal | None
    outcome: Outcome
    difference: Decimal
    explanation: str
    documents: tuple[DocumentRow, ...] = ()
    money: tuple[MoneyRow, ...] = ()
    differences: tuple[DifferenceRow, ...] = ()


@dataclass(frozen=True)
class ForeignRow:
    """A document in the books that bears our number or mark and that no order explains."""

    kind: DocumentKind
    number: str
    issued_on: date
    external_id: str
    total: Decimal
    explanation: str


class BankMatch(StrEnum):
    """What money on the seller's bank account was found to be for; only a single fit is a match."""

    DOCUMENT = "document"
    ACQUIRER = "acquirer"
    """The day's card payments in one sum, less the acquirer's commission."""
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True)
class BankRow:
    """Money that arrived on the seller's bank account, and what it is for.

    :ivar amount: roubles that arrived; ``commission`` the roubles that the acquirer kept.
    :ivar numbers: of the documents that it pays; of all that it may pay where that is ambiguous.
    :ivar expected: the roubles that those documents, or the day's cards, call for; None if nothing fits.
    :ivar explanation: one sentence for the accountant, in Russian.
    """

    external_id: str
    dated_on: date
    amount: Decimal
    payer: str = field(repr=False)
    purpose: str = field(repr=False)
    match: BankMatch
    explanation: str
    commission: Decimal = Decimal(0)
    numbers: tuple[str, ...] = ()
    expected: Decimal | None = None


@dataclass(frozen=True)
class Reconciliation:
    """A company's day or month: every order with an event in it, and what the books hold besides.

    :ivar warnings: what is odd about the period: the kind and, in Russian, the text for the accountant.
    :ivar through: the last day of a longer period that begins on the business date; None for one day.
    :ivar bank: what arrived on the bank account; None where these books do not show the bank.
    """

    company: str
    title: str
    system: str
    business_date: date
    orders: tuple[OrderRow, ...]
    foreign: tuple[ForeignRow, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    through: date | None = None
    bank: tuple[BankRow, ...] | None = None

    @property
    def last_day(self) -> date:
        """The last day that is explained."""
        return self.through or self.business_date
