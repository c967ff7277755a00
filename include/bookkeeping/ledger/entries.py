"""What the ledger is told is due, and what it knows of each write."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bookkeeping.domain import DocumentKey, DocumentKind, HoldReason, Status

WAITING = (Status.PENDING, Status.HELD)
"""What nobody has sent: it may still be forgotten."""

UNANSWERED = (Status.UNKNOWN, Status.IN_FLIGHT)
"""What may stand in the books, or may not."""


@dataclass(frozen=True)
class Due:
    """A write that must happen once: a document, a counterparty, a payment or a refund.

    :ivar due_hash: changes with the content; tells a change after posting from a repeat.
    :ivar reason: set when it must not be sent as it is; the entry is then held.
    """

    key: str
    company: str
    kind: str
    order_id: str = ""
    shipment_id: str = ""
    payment_id: str = ""
    document_key: str = ""
    counterparty_key: str = ""
    number: str = ""
    dated_on: date | None = None
    total: Decimal | None = None
    vat: Decimal | None = None
    due_hash: str = ""
    reason: HoldReason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of the ledger as it stands."""

    key: str
    company: str
    kind: str
    status: Status
    order_id: str
    shipment_id: str
    payment_id: str
    document_key: str
    counterparty_key: str
    number: str
    dated_on: date | None
    total: Decimal | None
    vat: Decimal | None
    due_hash: str
    sent_hash: str
    external_id: str | None
    reason: HoldReason | None
    detail: str
    unknown_since: datetime | None

    @property
    def own_key(self) -> DocumentKey:
        """The key of the document that this is the entry of."""
        return DocumentKey(self.company, DocumentKind(self.kind), self.order_id, self.shipment_id)

    @property
    def changed(self) -> bool:
        """Whether the shop now says something else than was posted."""
        return self.status is Status.POSTED and self.due_hash != self.sent_hash


@dataclass(frozen=True)
class Attempt:
    """The right to send one write once; worthless as soon as another attempt holds the entry.

    :ivar until: when the lease ends: the write must be over by then, answered or not.
    """

    key: str
    token: str
    until: datetime
