"""What closing a month says: the books in numbers, what is still open, and whether it can be closed."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bookkeeping.domain import DocumentKind, HoldReason, VatRate
from bookkeeping.ledger import Entry
from bookkeeping.outcomes import ForeignRow, MoneyRow
from bookkeeping.report.totals import OutcomeTotal


@dataclass(frozen=True)
class KindTotal:
    """What stands in the books of one kind: documents as they were issued, money, or corrections.

    :ivar kind: as the ledger has it: ``sale``, ``payment``, ``correction``.
    :ivar vat: None for money, which has none of its own.
    """

    kind: str
    count: int
    total: Decimal
    vat: Decimal | None = None


@dataclass(frozen=True)
class RateTotal:
    """Roubles of documents of one kind at one VAT rate, VAT inside; a rate of None is not known."""

    kind: DocumentKind
    rate: VatRate | None
    total: Decimal
    vat: Decimal


class Cause(StrEnum):
    """Why no document of a kind bears a number that lies between others."""

    UNEXPLAINED = "unexplained"
    """There is neither an order nor a document."""
    NOT_OURS = "not_ours"
    """The books number these documents, and gave the number to somebody else's."""
    NOT_DONE = "not_done"
    """The order's document is held, unanswered, or still to be sent."""
    ELSEWHERE = "elsewhere"
    """The order went into a document with another number, such as a day's summary."""
    NO_DOCUMENT = "no_document"
    """The order has no document at all, and its outcome says why."""
    OTHER_KIND = "other_kind"
    """The order has documents, and asks for none of this kind."""


@dataclass(frozen=True)
class Gap:
    """Numbers next to each other that no document of a kind bears, for one cause.

    :ivar last: the same as ``first`` if there is only one.
    :ivar text: what the order's outcome says, in Russian.
    """

    kind: DocumentKind
    first: str
    last: str
    count: int
    cause: Cause
    text: str = ""


@dataclass(frozen=True)
class Repeat:
    """One of several documents of a kind that bear the same number in the same year.

    :ivar key: ours, or the id in the books of somebody else's.
    """

    kind: DocumentKind
    number: str
    issued_on: date | None
    total: Decimal
    key: str
    is_ours: bool = True


@dataclass(frozen=True)
class LateDocument:
    """A document dated in the month that came into the books when the month was over."""

    entry: Entry
    posted_at: datetime


@dataclass(frozen=True)
class UnrecordedMoney:
    """Money of the month that does not stand in the books whole."""

    order_id: str
    number: str
    money: MoneyRow

    @property
    def missing(self) -> Decimal:
        """Roubles that the books do not have."""
        return self.money.amount - self.money.recorded


@dataclass(frozen=True)
class HoldTotal:
    """What is held for one reason."""

    reason: HoldReason
    count: int
    total: Decimal


class Field(StrEnum):
    """What may have changed of an order or a document since the pack before."""

    CAME = "came"
    WENT = "went"
    OUTCOME = "outcome"
    STATUS = "status"
    REASON = "reason"
    NUMBER = "number"
    DATE = "issued_on"
    TOTAL = "total"
    VAT = "vat"
    DOCUMENTS = "documents_total"
    PAID_IN_SHOP = "paid_in_shop"
    PAID_IN_BOOKS = "paid_in_books"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class ChangeRow:
    """One thing that is otherwise than in the pack before; before and after are as the packs have them.

    :ivar kind: ``order``, or a document's kind; a foreign document's begins with ``foreign``.
    """

    kind: str
    id: str
    number: str
    field: Field
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Previous:
    """The pack before.

    :ivar manifest_sha256: of its manifest; None if that cannot be read.
    :ivar damaged: names of its files that are not as they were written.
    :ivar is_compared: whether enough of it is sound to say what has changed since.
    """

    created_at: datetime
    manifest_sha256: str | None
    damaged: tuple[str, ...] = ()
    is_compared: bool = True


@dataclass(frozen=True)
class Closing:
    """A company's month, ready to be closed or not.

    :ivar reasons: why it cannot be closed, in Russian; none if it can.
    :ivar notes: what does not keep it from being closed and should be known, in Russian.
    :ivar last_day: the last day that was looked at; of a month that goes on it is not the month's last.
    :ivar closed_through: the last day of the closed period, as the companies file has it.
    :ivar waiting: writes dated in the month that are not in the books, or not known to be.
    :ivar previous: None for the first pack of the month.
    """

    company: str
    title: str
    system: str
    first_day: date
    last_day: date
    created_at: datetime
    closed_through: date | None
    orders: int
    outcomes: tuple[OutcomeTotal, ...]
    documents: tuple[KindTotal, ...]
    rates: tuple[RateTotal, ...]
    money: tuple[KindTotal, ...]
    waiting: tuple[Entry, ...]
    holds: tuple[HoldTotal, ...]
    late: tuple[LateDocument, ...]
    unrecorded: tuple[UnrecordedMoney, ...]
    gaps: tuple[Gap, ...]
    repeats: tuple[Repeat, ...]
    foreign: tuple[ForeignRow, ...]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    previous: Previous | None = None

    @property
    def month_end(self) -> date:
        """The last day of the calendar month."""
        _, days = monthrange(self.first_day.year, self.first_day.month)
        return self.first_day.replace(day=days)

    @property
    def is_closed(self) -> bool:
        """Whether the companies file says that the month's last day is closed."""
        return self.closed_through is not None and self.month_end <= self.closed_through

    @property
    def can_be_closed(self) -> bool:
        """Whether nothing speaks against closing it."""
        return not self.reasons
