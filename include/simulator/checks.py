"""The promises of DESIGN 5, asked of the books' own state after a history."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bookkeeping.domain import DAY, Capability, DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.posting import CORRECTION, MARK
from bookkeeping.write_back import WRITE_BACK
from simulator import truth
from simulator.world import NOTE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from bookkeeping.domain import Document, DocumentKey, MoneyRecord, SummaryPart
    from bookkeeping.ledger import Entry, KeptPart
    from bookkeeping.transforms.building import DueDocument
    from sandbox.books.book import Book

MAY_STAND = {Status.POSTED, Status.UNKNOWN, Status.IN_FLIGHT}
"""What the ledger may say of something that is in the books."""

Summed = tuple["DocumentKind", "date"]
"""Which summary: of what kind and day."""

REQUEST_ID = re.compile(r" \(request [^)]*\)")

SETTLED = {Status.POSTED, Status.HELD}
"""How everything stands when the weather has been fine for a while."""


@dataclass(frozen=True)
class Evidence:
    """What a history left behind.

    :ivar asked_for: the documents that the shop has ever asked for, by mark.
    :ivar due: what it asks for now, worked out anew without any fault.
    :ivar parts: what individuals' orders bring into the summaries of days, worked out in the same way.
    :ivar kept: what the ledger keeps of such parts.
    :ivar summed: the orders of individuals, if they are summed up.
    :ivar payments: roubles of the shop's payments, by id.
    :ivar money: the payments and refunds that are not in the books yet or have just to be there.
    :ivar closed: the last day of the closed period, and the moment after which nothing may go there.
    :ivar touched: orders that changed in between.
    :ivar brings_up: what the company lets the program do to documents that changed: update, cancel.
    :ivar comments: of each order, if the company writes back to them.
    """

    book: Book
    entries: Mapping[str, Entry]
    asked_for: Mapping[str, Document]
    due: Mapping[str, DueDocument]
    parts: Sequence[SummaryPart]
    kept: Sequence[KeptPart]
    summed: frozenset[str]
    payments: Mapping[str, Decimal]
    money: Sequence[MoneyRecord]
    closed: tuple[date, float] | None
    touched: frozenset[str]
    brings_up: Collection[Capability]
    comments: Mapping[str, str]

    @property
    def documents(self) -> list[truth.Record]:
        """All documents that stand in the books."""
        return truth.documents(self.book, self.asked_for)

    def is_of_summaries(self, mark: str) -> bool:
        """Whether something is a summary, or sells what might as well be in one."""
        return not {*self.summed, DAY}.isdisjoint(_parts(mark))

    def stands_in_summary(self, key: DocumentKey) -> bool:
        """Whether what a document would sell was sent in a summary."""
        place = key.kind.value, key.order_id, key.shipment_id
        return any(each.sent is not None for each in self.kept if each.part.place == place)

    def is_closed(self, *days: date) -> bool:
        """Whether the period of one of these days was closed."""
        return self.closed is not None and any(day <= self.closed[0] for day in days)


def unsafe(evidence: Evidence) -> Iterator[str]:
    """Yield what must never be true, whatever happened: P1, P3, P7."""
    yield from _doubles(evidence)
    yield from _sold_twice(evidence)
    yield from _guesses(evidence)
    yield from _late_for_the_period(evidence)
    yield from _spoiled_comments(evidence)


def unfinished(evidence: Evidence) -> Iterator[str]:
    """Yield what must not be true any more once the weather is fine: P2, P5."""
    yield from _forgotten(evidence)
    yield from _unsold(evidence)
    yield from _other_sums(evidence)
    yield from _other_than_daily(evidence)
    yield from _left_as_it_was(evidence)
    yield from _unsettled(evidence)
    yield from _money_left(evidence)
    yield from _missing_lines(evidence)


def same_everywhere(text: str) -> str:
    """Leave out of a text what differs from one process to another."""
    return REQUEST_ID.sub("", text)


def _doubles(evidence: Evidence) -> Iterator[str]:
    records = {"documents": evidence.documents, "payments": truth.money(evidence.book)}
    for what, found in {**records, "corrections": truth.corrections(evidence.book)}.items():
        for mark, times in Counter(record.mark for record in found).items():
            if times > 1:
                yield f"P1: {times} {what} bear {mark or 'no mark'}"
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


def _key_of(mark: str) -> str:
    """Return the ledger's key of what bears a mark.

    >>> _key_of("[b2:sale:1001:301]")
    'simulated/sale/1001/301'
    """
    return "/".join(("simulated", *_parts(mark)))


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


def _sold_twice(evidence: Evidence) -> Iterator[str]:
    """What was sent in a summary is not sold by itself too, whatever became of either."""
    for each in evidence.kept:
        whole, alone = (evidence.entries.get(key) for key in _keys(each.part))
        if each.sent and _may_stand(whole) and _may_stand(alone):
            yield f"P1: {each.part.place} is sold by itself and in the summary of {each.part.day}"
    for of, wanted in _sums(evidence).items():
        sold = _sold(evidence, *of)
        if sold > wanted and not _is_touched(evidence, *of):
            yield f"P1: {sold} roubles are sold in {_said(of)}, individuals bought for {wanted}"


def _may_stand(entry: Entry | None) -> bool:
    """Whether a document is in the books as far as the ledger knows, and was not cancelled there."""
    return entry is not None and entry.status in MAY_STAND and entry.sent_hash != ""


def _keys(part: SummaryPart) -> tuple[str, str]:
    """Return the ledger's keys of the summary that has a part, and of the document that it would be alone."""
    kind, order_id, shipment_id = part.place
    return f"simulated/{kind}/{DAY}/{part.day}", f"simulated/{kind}/{order_id}/{shipment_id}"


def _said(of: Summed) -> str:
    kind, day = of
    return f"{kind}s of {day}"


def _sums(evidence: Evidence) -> dict[Summed, Decimal]:
    """Return what individuals bought, by kind and day."""
    sums: dict[Summed, Decimal] = {}
    for part in evidence.parts:
        of = part.kind, part.day
        sums[of] = sums.get(of, Decimal(0)) + part.total
    return sums


def _sold(evidence: Evidence, kind: DocumentKind, day: date) -> Decimal:
    """Return roubles of what stands in the books of a day's individuals, summed up or alone."""
    ours = (
        record
        for record in evidence.documents
        if evidence.is_of_summaries(record.mark) and _parts(record.mark)[0] == kind
    )
    return sum((record.total for record in ours if record.dated_on == day), Decimal(0))


def _is_touched(evidence: Evidence, kind: DocumentKind, day: date) -> bool:
    """Whether an order that belongs to a summary, or once did, has changed."""
    parts = [*evidence.parts, *(each.part for each in evidence.kept)]
    orders = {part.order_id for part in parts if (part.kind, part.day) == (kind, day)}
    return not evidence.touched.isdisjoint(orders)


def _unsold(evidence: Evidence) -> Iterator[str]:
    """Each individual's shipment is in a summary or in a document of its own, or the ledger says why not."""
    kept = {each.part.place: each for each in evidence.kept}
    for part in evidence.parts:
        whole_key, alone_key = _keys(kept[part.place].part if part.place in kept else part)
        known = [evidence.entries.get(alone_key)]
        known += [evidence.entries.get(whole_key)] if part.place in kept else []
        if not any(entry and entry.status in SETTLED for entry in known):
            yield f"P2: {alone_key} is sold neither alone nor on {part.day}"


def _other_sums(evidence: Evidence) -> Iterator[str]:
    """What stands of a day's individuals is what they bought, to the kopeck: P5, P6."""
    for of, wanted in _sums(evidence).items():
        sold = _sold(evidence, *of)
        if sold != wanted and not _may_differ(evidence, *of):
            yield f"P5: {sold} roubles are sold in {_said(of)}, individuals bought for {wanted}"


def _may_differ(evidence: Evidence, kind: DocumentKind, day: date) -> bool:
    """Whether a summary need not say what the shop says now: it changed, and nobody may bring it up."""
    changes = _changes(f"simulated/{kind}/{DAY}/{day}", "update", evidence)
    is_followed = Capability.UPDATE in evidence.brings_up and not any(change.reason for change in changes)
    return evidence.is_closed(day) or (_is_touched(evidence, kind, day) and not is_followed)


def _guesses(evidence: Evidence) -> Iterator[str]:
    records = [*evidence.documents, *truth.money(evidence.book)]
    standing = {_key_of(record.mark): record for record in records if record.mark}
    for key, record in standing.items():
        entry = evidence.entries.get(key)
        if entry is None or entry.status not in MAY_STAND:
            yield f"P3: {key} is in the books, the ledger says {entry.status if entry else 'nothing'}"
        elif entry.external_id not in (None, "", record.external_id):
            yield f"P3: {key} is {record.external_id} in the books, {entry.external_id} in the ledger"
    yield from _guessed_corrections(evidence)
    kinds = {*DocumentKind, *MoneyKind}
    for key, entry in evidence.entries.items():
        is_missed = entry.kind in kinds and entry.status is Status.POSTED and key not in standing
        if is_missed and not _may_be_cancelled(key, evidence):
            yield f"P3: {key} is posted in the ledger and not in the books"


def _guessed_corrections(evidence: Evidence) -> Iterator[str]:
    """Goods come back as often in the ledger as in the books."""
    standing = {_corrected(record.mark): record for record in truth.corrections(evidence.book)}
    for key in standing:
        entry = evidence.entries.get(key)
        if entry is None or entry.status not in MAY_STAND:
            yield f"P3: {key} is in the books, the ledger says {entry.status if entry else 'nothing'}"
    for key, entry in evidence.entries.items():
        if entry.kind == CORRECTION and entry.status is Status.POSTED and key not in standing:
            yield f"P3: {key} is posted in the ledger and not in the books"


def _corrected(mark: str) -> str:
    """Return the ledger's key of a correction.

    >>> _corrected("[b2:correction:1001:301:1]")
    'simulated/sale/1001/301/correction1'
    """
    _, order_id, shipment_id, serial = _parts(mark)
    return f"simulated/sale/{order_id}/{shipment_id}/correction{serial}"


def _may_be_cancelled(key: str, evidence: Evidence) -> bool:
    """Whether the ledger knows that a document was cancelled, or that nobody has answered whether it was."""
    return any(entry.status in MAY_STAND for entry in _changes(key, "cancel", evidence))


def _changes(key: str, what: str, evidence: Evidence) -> list[Entry]:
    """Return the ledger's entries of what was done to a document after it was posted."""
    return [entry for name, entry in evidence.entries.items() if name.startswith(f"{key}/{what}")]


def _late_for_the_period(evidence: Evidence) -> Iterator[str]:
    if evidence.closed is None:
        return
    documents = truth.ever_made(evidence.book, evidence.asked_for)
    for record in [*documents, *truth.money(evidence.book), *truth.corrections(evidence.book)]:
        if evidence.is_closed(record.dated_on) and record.changed_at > evidence.closed[1]:
            yield f"P7: {record.mark} of {record.dated_on} was written after the period was closed"


def _spoiled_comments(evidence: Evidence) -> Iterator[str]:
    for order_id, text in evidence.comments.items():
        if not text.startswith(NOTE):
            yield f"P1: what others wrote in order {order_id} is lost"
        for mark, times in Counter(MARK.findall(text)).items():
            entry = evidence.entries.get(f"{_key_of(mark)}/{WRITE_BACK}")
            if times > 1:
                yield f"P1: {times} lines in order {order_id} say {mark}"
            if entry is None or entry.status not in MAY_STAND:
                said = entry.status if entry else "nothing"
                yield f"P3: {mark} is in order {order_id}, the ledger says {said}"
    for entry in evidence.entries.values():
        text = evidence.comments.get(entry.order_id, "")
        if entry.kind == WRITE_BACK and entry.external_id and entry.external_id not in text:
            yield f"P3: {entry.key} is posted in the ledger and not in the comments"


def _missing_lines(evidence: Evidence) -> Iterator[str]:
    for entry in evidence.entries.values() if evidence.comments else ():
        is_posted = entry.kind in set(DocumentKind) and entry.status is Status.POSTED
        if is_posted and f"{entry.key}/{WRITE_BACK}" not in evidence.entries:
            yield f"P2: {entry.key} is posted, and nobody thinks of its line"


def _forgotten(evidence: Evidence) -> Iterator[str]:
    for item in evidence.due.values():
        key = str(item.document.key)
        if evidence.stands_in_summary(item.document.key):
            continue  # held by now, and sold before it was
        entry = evidence.entries.get(key)
        if entry is None:
            yield f"P2: {key} is due, and the ledger has not heard of it"
        elif entry.status not in SETTLED:
            yield f"P2: {key} is still {entry.status}: {_why(entry)}"
        elif entry.reason not in _allowed(evidence, item):
            wanted = item.reason or "posted"
            yield f"P2: {key} is held ({entry.reason}: {_why(entry)}), it should be {wanted}"


def _allowed(evidence: Evidence, item: DueDocument) -> set[HoldReason | None]:
    """A document is held for its own fault, or because its period was closed before it came to its turn."""
    is_closed = evidence.is_closed(item.document.issued_on)
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
        if evidence.is_of_summaries(mark):
            continue
        if not evidence.touched.intersection(_parts(mark)):
            yield f"P5: {mark} is in the books and nobody asked for it"


def _left_as_it_was(evidence: Evidence) -> Iterator[str]:
    """Where changes are followed, a changed order's documents say what the shop says now."""
    for record in evidence.documents:
        item = evidence.due.get(record.mark)
        if evidence.touched.isdisjoint(_parts(record.mark)) or _is_excused(record, item, evidence):
            continue
        if evidence.is_of_summaries(record.mark):
            continue
        document = item.document if item else None
        if document is None and Capability.CANCEL in evidence.brings_up:
            yield f"P5: {record.mark} stands, and nobody asks for it any more"
        elif document and (record.dated_on, record.total) != (document.issued_on, document.total):
            wanted = f"{document.total} of {document.issued_on}"
            yield f"P5: {record.mark} is {record.total} of {record.dated_on}, the shop now says {wanted}"


def _is_excused(record: truth.Record, item: DueDocument | None, evidence: Evidence) -> bool:
    """Whether a document may differ from the shop: nobody follows it, or the ledger says what keeps it."""
    days = [record.dated_on, *([item.document.issued_on] if item else [])]
    what = "update" if item else "cancel"
    is_held = any(entry.reason for entry in _changes(_key_of(record.mark), what, evidence))
    is_followed = Capability.UPDATE in evidence.brings_up
    return is_held or not is_followed or evidence.is_closed(*days) or bool(item and item.reason)


def _money_left(evidence: Evidence) -> Iterator[str]:
    for record in evidence.money:
        entry = evidence.entries.get(str(record.key))
        if entry is None:
            yield f"P2: {record.key} of {record.amount} is not recorded, the ledger has not heard of it"
        elif entry.status is not Status.POSTED and not entry.reason:
            yield f"P2: {record.key} of {record.amount} is not recorded: {entry.status} {_why(entry)}"


def _unsettled(evidence: Evidence) -> Iterator[str]:
    """Whatever it is, it is settled; but for a buyer in whom nobody is interested any more."""
    for key, entry in evidence.entries.items():
        is_needless = entry.kind == "counterparty" and entry.status in (Status.PENDING, Status.UNKNOWN)
        if entry.status not in SETTLED and not is_needless:
            yield f"P2: {key} is still {entry.status}: {_why(entry)}"


def _why(entry: Entry) -> str:
    return same_everywhere(entry.detail)
