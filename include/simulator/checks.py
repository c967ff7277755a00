"""The promises of DESIGN 5, asked of the books' own state after a history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bookkeeping.domain import DocumentKey, DocumentKind, HoldReason, Status
from simulator import truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from bookkeeping.domain import Document
    from bookkeeping.ledger import Entry
    from bookkeeping.transforms.documents import DueDocument
    from sandbox.books.book import Book

MAY_STAND = {Status.POSTED, Status.UNKNOWN, Status.IN_FLIGHT}
"""What the ledger may say of something that is in the books."""

SETTLED = {Status.POSTED, Status.HELD}
"""How everything stands when the weather has been fine for a while."""


@dataclass(frozen=True)
class Evidence:
    """What a history left behind.

    :ivar asked_for: the documents that the shop has ever asked for, by mark.
    :ivar due: what it asks for now, worked out anew without any fault.
    :ivar payments: roubles of the shop's payments, by id.
    :ivar closed: the last day of the closed period, and the moment after which nothing may go there.
    :ivar touched: orders that changed in between.
    """

    book: Book
    entries: Mapping[str, Entry]
    asked_for: Mapping[str, Document]
    due: Mapping[str, DueDocument]
    payments: Mapping[str, Decimal]
    closed: tuple[date, float] | None
    touched: frozenset[str]

    @property
    def documents(self) -> list[truth.Record]:
        """All documents in the books."""
        return truth.documents(self.book, self.asked_for)

    def key_of(self, mark: str) -> str:
        """Return the ledger's key of a document by its mark."""
        kind, *ids = _parts(mark)
        return str(DocumentKey("simulated", DocumentKind(kind), *ids))


def unsafe(evidence: Evidence) -> Iterator[str]:
    """Yield what must never be true, whatever happened: P1, P3, P7."""
    yield from _doubles(evidence)
    yield from _guesses(evidence)
    yield from _late_for_the_period(evidence)


def unfinished(evidence: Evidence) -> Iterator[str]:
    """Yield what must not be true any more once the weather is fine: P2, P5."""
    yield from _forgotten(evidence)
    yield from _other_than_daily(evidence)
    yield from _money_left(evidence)


def _doubles(evidence: Evidence) -> Iterator[str]:
    for mark, times in Counter(record.mark for record in evidence.documents).items():
        if times > 1:
            yield f"P1: {times} documents bear {mark or 'no mark'}"
    for mark, times in Counter(record.mark for record in truth.money(evidence.book)).items():
        if times > 1:
            yield f"P1: {times} payments bear {mark or 'no mark'}"
    for buyer, times in Counter(_who(row) for row in truth.counterparties(evidence.book)).items():
        if times > 1:
            yield f"P1: {times} counterparties are {buyer}"
    for payment, roubles in _by_payment(evidence).items():
        if roubles > evidence.payments.get(payment, roubles):
            yield f"P1: {roubles} roubles of payment {payment} stand, it brought {evidence.payments[payment]}"


def _parts(mark: str) -> list[str]:
    """Split a mark into what it is made of.

    >>> _parts("[b2:sale:1001:301]")
    ['sale', '1001', '301']
    """
    return mark.removeprefix("[b2:").removesuffix("]").split(":")


def _who(row: Mapping[str, object]) -> str:
    if row.get("inn"):
        return f"INN {row['inn']}, KPP {row.get('kpp') or 'none'}"
    contacts = [row.get(name) for name in ("email", "phone", "contacts")]
    return f"{row.get('name') or row.get('fullName')} {contacts}"


def _by_payment(evidence: Evidence) -> Counter[str]:
    sums: Counter[str] = Counter()
    for record in truth.money(evidence.book):
        kind, payment, *_ = _parts(record.mark)
        sums[payment] += record.total if kind == "payment" else 0  # type: ignore[assignment]
    return sums


def _guesses(evidence: Evidence) -> Iterator[str]:
    standing = {evidence.key_of(record.mark): record for record in evidence.documents if record.mark}
    for key, record in standing.items():
        entry = evidence.entries.get(key)
        if entry is None or entry.status not in MAY_STAND:
            yield f"P3: {key} is in the books, the ledger says {entry.status if entry else 'nothing'}"
        elif entry.external_id not in (None, record.external_id):
            yield f"P3: {key} is {record.external_id} in the books, {entry.external_id} in the ledger"
    kinds = set(DocumentKind)
    for key, entry in evidence.entries.items():
        is_gone = f"{key}/cancel" in evidence.entries
        if entry.kind in kinds and entry.status is Status.POSTED and key not in standing and not is_gone:
            yield f"P3: {key} is posted in the ledger and not in the books"


def _late_for_the_period(evidence: Evidence) -> Iterator[str]:
    if evidence.closed is None:
        return
    last_day, moment = evidence.closed
    for record in [*evidence.documents, *truth.money(evidence.book)]:
        if record.dated_on <= last_day and record.created_at > moment:
            yield f"P7: {record.mark} of {record.dated_on} was made after the period was closed"


def _forgotten(evidence: Evidence) -> Iterator[str]:
    for item in evidence.due.values():
        key = str(item.document.key)
        entry = evidence.entries.get(key)
        if entry is None:
            yield f"P2: {key} is due, and the ledger has not heard of it"
        elif entry.status not in SETTLED:
            yield f"P2: {key} is still {entry.status}: {entry.detail}"
        elif entry.reason not in _allowed(evidence, item):
            wanted = item.reason or "posted"
            yield f"P2: {key} is held ({entry.reason}: {entry.detail}), it should be {wanted}"


def _allowed(evidence: Evidence, item: DueDocument) -> set[HoldReason | None]:
    """A document is held for its own fault, or because its period was closed before it came to its turn."""
    is_closed = evidence.closed is not None and item.document.issued_on <= evidence.closed[0]
    return {item.reason, *((HoldReason.PERIOD_CLOSED, None) if is_closed else ())}


def _other_than_daily(evidence: Evidence) -> Iterator[str]:
    shown = {record.mark: record for record in evidence.documents}
    for mark, item in evidence.due.items():
        document, record = item.document, shown.get(mark)
        if document.key.order_id in evidence.touched or record is None:
            continue
        if (record.dated_on, record.total) != (document.issued_on, document.total):
            wanted = f"{document.total} of {document.issued_on}"
            yield f"P5: {mark} is {record.total} of {record.dated_on}, not {wanted}"
    for mark in set(shown) - set(evidence.due):
        if not evidence.touched.intersection(_parts(mark)):
            yield f"P5: {mark} is in the books and nobody asked for it"


def _money_left(evidence: Evidence) -> Iterator[str]:
    for key, entry in evidence.entries.items():
        is_needless = (entry.kind, entry.status) == ("counterparty", Status.PENDING)
        if entry.status not in SETTLED and not is_needless:
            yield f"P2: {key} is still {entry.status}: {entry.detail}"
