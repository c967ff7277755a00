"""The words of the project as types: what is sold, to whom, and what must exist in the books."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Protocol

KOPECK = Decimal("0.01")


def to_kopecks(amount: Decimal) -> Decimal:
    """Round half up to two decimals, the one place where money is rounded (DESIGN R6).

    >>> to_kopecks(Decimal("0.005"))
    Decimal('0.01')
    """
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP)


class DocumentKind(StrEnum):
    """The documents a company can ask for."""

    BILL = "bill"
    SALE = "sale"
    ACT = "act"


class Status(StrEnum):
    """Where a write stands in the ledger."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    POSTED = "posted"
    UNKNOWN = "unknown"
    HELD = "held"


class HoldReason(StrEnum):
    """Why a document waits for a person; the list is closed (DESIGN R8)."""

    INN_INVALID = "inn_invalid"
    KPP_INVALID = "kpp_invalid"
    COUNTERPARTY_NAME_MISSING = "counterparty_name_missing"
    COUNTERPARTY_AMBIGUOUS = "counterparty_ambiguous"
    UNSUPPORTED_CURRENCY = "unsupported_currency"
    TOTAL_MISMATCH = "total_mismatch"
    VAT_RATE_NOT_VALID_ON_DATE = "vat_rate_not_valid_on_date"
    VAT_RATE_NOT_SUPPORTED = "vat_rate_not_supported"
    NEGATIVE_AMOUNT = "negative_amount"
    IMPLAUSIBLE_AMOUNT = "implausible_amount"
    TOO_MANY_LINES = "too_many_lines"
    PERIOD_CLOSED = "period_closed"
    NUMBER_TAKEN = "number_taken"
    REJECTED_BY_BOOKS = "rejected_by_books"
    REQUISITES_MISSING = "requisites_missing"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CHANGED_AFTER_POSTING = "changed_after_posting"
    CANCELLED_AFTER_POSTING = "cancelled_after_posting"
    MANUAL_REQUIRED = "manual_required"
    DAY_NOT_READ = "day_not_read"


class VatRate(StrEnum):
    """A VAT rate; "no VAT" is not 0 %."""

    NONE = "none"
    VAT0 = "vat0"
    VAT5 = "vat5"
    VAT7 = "vat7"
    VAT10 = "vat10"
    VAT18 = "vat18"
    VAT20 = "vat20"
    VAT22 = "vat22"

    @property
    def percent(self) -> Decimal:
        """The rate in percent; zero for no VAT."""
        return Decimal(0) if self is VatRate.NONE else Decimal(self.value.removeprefix("vat"))

    def inside(self, gross: Decimal) -> Decimal:
        """Return the VAT inside a gross sum, rounded half up (НК РФ ст. 164 п. 4: r / (100 + r)).

        >>> VatRate.VAT22.inside(Decimal("300.00"))
        Decimal('54.10')
        """
        return to_kopecks(gross * self.percent / (100 + self.percent))


class CounterpartyKind(StrEnum):
    """Who buys: a company, a sole proprietor, or a person."""

    COMPANY = "company"
    SOLE_PROPRIETOR = "sole_proprietor"
    INDIVIDUAL = "individual"


@dataclass(frozen=True)
class Counterparty:
    """A buyer as the books should know it (DESIGN R7).

    :ivar key: ``inn:<inn>:<kpp>``, ``person:<digest of the e-mail or phone>`` or ``retail``.
    """

    key: str
    kind: CounterpartyKind
    name: str
    inn: str = ""
    kpp: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)

    @property
    def digest(self) -> str:
        """The key, told to nobody: a log may name it and still not say who buys."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:24]


DAY = "day"
"""What stands in the key of a day's summary where an order's id would; no order has it."""

Place = tuple[str, str, str]
"""Where something is sold: the kind of document, the order and the shipment."""


@dataclass(frozen=True)
class DocumentKey:
    """The same on every run: which document of which shipment of which order (DESIGN R4)."""

    company: str
    kind: DocumentKind
    order_id: str
    shipment_id: str = ""

    @classmethod
    def of_day(cls, company: str, kind: DocumentKind, day: date) -> "DocumentKey":
        """Return the key of the summary of a day."""
        return cls(company, kind, DAY, day.isoformat())

    @property
    def place(self) -> Place:
        """What it sells, whoever makes the document."""
        return self.kind.value, self.order_id, self.shipment_id

    @property
    def path(self) -> tuple[str, ...]:
        """Kind, order and, if there is one, shipment: the key within its company."""
        return tuple(filter(None, (self.kind.value, self.order_id, self.shipment_id)))

    def __str__(self) -> str:
        return "/".join((self.company, *self.path))

    @property
    def mark(self) -> str:
        """The text that makes the document recognisably ours in any of the books."""
        return f"[b2:{':'.join(self.path)}]"


@dataclass(frozen=True)
class DocumentLine:
    """One line; ``price`` and ``total`` are roubles with VAT inside, and price × quantity is total."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    total: Decimal
    vat_rate: VatRate
    vat: Decimal
    is_service: bool = False


@dataclass(frozen=True)
class Document:
    """A bill, sale document or act that must exist in the books.

    :ivar number: what people see; the shop's order number, with ``/2`` for a second shipment.
    :ivar issued_on: the document's date in the company's time zone.
    :ivar pay_by: a bill's last day of payment.
    """

    key: DocumentKey
    number: str
    issued_on: date
    counterparty: Counterparty
    lines: tuple[DocumentLine, ...]
    order_number: str
    pay_by: date | None = None

    @property
    def content_hash(self) -> str:
        """Changes with anything that would stand in the books."""
        content = {**asdict(self), "counterparty": self.counterparty.key}
        return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()

    @property
    def total(self) -> Decimal:
        """Roubles with VAT inside: the sum of the lines."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def vat(self) -> Decimal:
        """Roubles of VAT: the sum over the lines."""
        return sum((line.vat for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class SummaryPart:
    """What one shipment of an individual's order brings into the summary of a day (DESIGN R7).

    :ivar lines: none if it is not sold there any more.
    :ivar number: the order's own, for people.
    """

    kind: DocumentKind
    order_id: str
    shipment_id: str
    day: date
    lines: tuple[DocumentLine, ...]
    number: str = ""

    @property
    def place(self) -> Place:
        """Where it is sold."""
        return self.kind.value, self.order_id, self.shipment_id

    @property
    def total(self) -> Decimal:
        """Roubles with VAT inside."""
        return sum((line.total for line in self.lines), Decimal(0))


class MoneyKind(StrEnum):
    """Money that came in, or went back to the buyer."""

    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class MoneyKey:
    """The part of one Bitrix payment (or its return) that belongs to one document (DESIGN R11)."""

    kind: MoneyKind
    payment_id: str
    document: DocumentKey

    def __str__(self) -> str:
        return "/".join((self.document.company, self.kind, self.payment_id, *self.document.path))

    @property
    def mark(self) -> str:
        """The text that makes the record recognisably ours."""
        return f"[b2:{':'.join((self.kind, self.payment_id, *self.document.path))}]"


@dataclass(frozen=True)
class MoneyRecord:
    """A payment or refund to be recorded on one document; ``amount`` in roubles, above zero.

    :ivar whole: roubles of the shop's payment, whose parts on all documents never add up to more.
    :ivar part_of: the order that was paid, where the document is a summary of many.
    """

    key: MoneyKey
    paid_on: date
    amount: Decimal
    is_cash: bool
    order_number: str
    whole: Decimal | None = None
    part_of: str = ""

    @property
    def order_id(self) -> str:
        """The order that was paid."""
        return self.part_of or self.key.document.order_id

    @property
    def content_hash(self) -> str:
        """Changes with anything that would stand in the books."""
        return f"{self.paid_on} {to_kopecks(self.amount)} {self.is_cash}"


@dataclass(frozen=True)
class CorrectedLine:
    """A line of a document of which goods came back.

    :ivar place: of the line in the document as it was first sent, from 1.
    :ivar quantity: what is still sold; ``price`` is the line's own.
    """

    place: int
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class Correction:
    """Goods that came back, of one sale document (DESIGN R11): a fact beside the money that went back.

    :ivar serial: from 1, among the document's corrections.
    """

    document: DocumentKey
    serial: int
    number: str
    dated_on: date
    lines: tuple[CorrectedLine, ...]
    order_number: str

    @property
    def key(self) -> str:
        """The same on every run."""
        return f"{self.document}/correction{self.serial}"

    @property
    def mark(self) -> str:
        """The text that makes the correction recognisably ours."""
        return f"[b2:correction:{self.document.order_id}:{self.document.shipment_id}:{self.serial}]"


@dataclass(frozen=True)
class BankTransaction:
    """Money that arrived on the seller's bank account.

    :ivar amount: roubles that arrived; ``commission`` the roubles that an acquirer kept.
    :ivar document_id: the books' id of the document to which somebody has tied it there.
    """

    external_id: str
    dated_on: date
    amount: Decimal
    payer: str = field(repr=False)
    payer_inn: str
    purpose: str = field(repr=False)
    commission: Decimal = Decimal(0)
    document_id: str = ""


class Capability(StrEnum):
    """What a connection to the books can do; each can be switched off in its ``capabilities`` (DESIGN 6)."""

    BILLS = "bills"
    SALES = "sales"
    ACTS = "acts"
    SEARCH_DOCUMENTS = "search_documents"
    PAYMENTS = "payments"
    PAYMENTS_LIST = "payments_list"
    REFUNDS = "refunds"
    READ_STATUS = "read_status"
    EXTENDED_VAT = "extended_vat"
    UPDATE = "update"
    CANCEL = "cancel"
    LINKS = "links"
    NEWS = "news"
    UNIQUE_NUMBERS = "unique_numbers"
    """The books refuse a second document with the same number in a year."""
    EXTERNAL_ID = "external_id"
    LINE_AMOUNT = "line_amount"
    CORRECTIONS = "corrections"
    BANK_TRANSACTIONS = "bank_transactions"
    CONTRACTS = "contracts"
    EXPENSE_CATEGORIES = "expense_categories"
    ACCOUNT_INFO = "account_info"
    SEARCH_BY_EMAIL = "search_by_email"
    SEND_INVOICE = "send_invoice"


MONEY_CAPABILITY = {MoneyKind.PAYMENT: Capability.PAYMENTS, MoneyKind.REFUND: Capability.REFUNDS}
"""What books must be able to do to record it."""


@dataclass(frozen=True)
class BookDocument:
    """A document as the books show it; ``None`` where these books do not say."""

    kind: DocumentKind
    external_id: str
    number: str
    issued_on: date
    counterparty_id: str
    comment: str
    total: Decimal
    vat: Decimal | None = None
    paid: Decimal | None = None
    refunded: Decimal | None = None
    status: str = ""


@dataclass(frozen=True)
class BillNews:
    """What the books tell about a bill on which money came.

    :ivar id: of the news itself, the same whenever it is read.
    :ivar external_id: the bill's id in the books.
    :ivar paid: all the money that these books have tied to the bill so far, in roubles.
    :ivar total: the bill's own total, in roubles.
    """

    id: int
    external_id: str
    paid: Decimal | None
    status: str
    total: Decimal | None = None


class AccountingBackend(Protocol):
    """The books behind one connection, the same for Kontur.Accounting and both dialects of Elba.

    Every method may raise each of the four kinds of :class:`~bookkeeping.errors.SyncError`; a write raises
    ``OutcomeUnknownError`` when it may have landed, and ``TransientError`` only when it surely did not.
    """

    system: str
    """``kontur``, ``elba oauth`` or ``elba public``: for messages."""

    capabilities: frozenset[Capability]
    """What this connection can do, after its own switches."""

    vat_rates: frozenset[VatRate]
    """The rates that can be expressed; any other is held as ``vat_rate_not_supported``."""

    max_lines: int
    """More lines than this are held as ``too_many_lines``."""

    at_once: int
    """How many requests these books take at the same moment."""

    numbers_itself: frozenset[DocumentKind]
    """The kinds whose number these books give; on all others stands ours."""

    def check(self) -> str:
        """Prove that address, key and rights are right; return one sentence about whose books these are."""

    def counterparty_payload(self, counterparty: Counterparty) -> Mapping[str, Any]:
        """Return what creating it would send, and send nothing.

        :raises RejectedError: these books cannot take it.
        """

    def document_payload(self, document: Document, counterparty_id: str) -> Mapping[str, Any]:
        """Return what creating it would send, and send nothing.

        :raises RejectedError: these books cannot take it.
        """

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Return the id of the exact (INN, KPP) match.

        A counterparty without an INN is never searched for, unless by its e-mail: see SEARCH_BY_EMAIL.
        """

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it and return its id."""

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create it and return its id."""

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> list[BookDocument]:
        """Return the documents that may be the one sent, without cancelled ones; needs SEARCH_DOCUMENTS.

        They are those with this number in the year of the day; where the books number themselves, all of
        that day.
        """

    def update_document(self, document: Document, external_id: str, counterparty_id: str) -> None:
        """Bring a document that stands in the books to this content; needs UPDATE.

        :raises RejectedError: ``changed_after_posting``, the books do not let it be changed any more.
        """

    def cancel_document(self, kind: DocumentKind, external_id: str) -> None:
        """Cancel a document, or withdraw its public link; a second time is as good as once; needs CANCEL.

        :raises RejectedError: ``cancelled_after_posting``, the books do not let it be cancelled any more.
        """

    def publish_link(self, kind: DocumentKind, external_id: str) -> str:
        """Publish a bill or act and return its public address, empty if it has none; needs LINKS."""

    def read_news(self, offset: int) -> list[BillNews]:
        """Return the news of bills after the first so many of them, oldest first; needs NEWS.

        None that is younger gets lost, but some that are older may come again: know them by their ids.
        """

    def read_back(self, document: Document, external_id: str) -> None:
        """Look at what was just created, where these books may have understood it otherwise; never fails."""

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all documents of a kind dated within the days, both inclusive; needs SEARCH_DOCUMENTS."""

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one document, or None if it is gone; needs READ_STATUS."""

    def record_money(self, record: MoneyRecord, external_id: str) -> str:
        """Record a payment or refund on the document with this id; needs PAYMENTS or REFUNDS."""

    def find_money(self, record: MoneyRecord, external_id: str) -> str | None:
        """Return the id of the record that bears the mark; needs PAYMENTS_LIST."""

    def correct_document(self, correction: Correction, external_id: str) -> str:
        """Record goods that came back, of the sale with this id, and return the id; needs CORRECTIONS.

        The rate is the original line's, whatever the day.
        """

    def find_correction(self, correction: Correction, external_id: str) -> str | None:
        """Return the id of the correction that bears the mark; needs CORRECTIONS."""

    def list_bank_transactions(self, first_day: date, last_day: date) -> list[BankTransaction]:
        """Return what arrived on the bank account, oldest first, both days inclusive.

        Needs BANK_TRANSACTIONS.
        """
