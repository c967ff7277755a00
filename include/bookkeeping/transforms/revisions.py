"""What a document says in the books, and what its order asks for now, line by line (DESIGN R10)."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bookkeeping.domain import Document, DocumentLine

ZERO = Decimal(0)


class Change(StrEnum):
    """What may differ: a line that came, went or is another, a fact of the head, or nobody knows what."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    NUMBER = "number"
    DATE = "date"
    BUYER = "buyer"
    PAY_BY = "pay_by"
    WHOLE = "whole"
    """What stood in the lines is not known, the sums are."""


@dataclass(frozen=True)
class Content:
    """What a document says in the books; of the buyer there is the key and nothing else."""

    number: str
    issued_on: date
    counterparty_key: str
    lines: tuple[DocumentLine, ...]
    pay_by: date | None = None

    @property
    def total(self) -> Decimal:
        """Roubles with VAT inside: the sum of the lines."""
        return sum((line.total for line in self.lines), ZERO)

    @property
    def vat(self) -> Decimal:
        """Roubles of VAT: the sum over the lines."""
        return sum((line.vat for line in self.lines), ZERO)

    @property
    def sold(self) -> tuple[DocumentLine, ...]:
        """The lines of which anything is left: what came back whole keeps its place in the document."""
        return tuple(line for line in self.lines if line.quantity)


def content_of(document: Document) -> Content:
    """Return what a document would say in the books."""
    return Content(
        document.number, document.issued_on, document.counterparty.key, document.lines, document.pay_by
    )


@dataclass(frozen=True)
class LineDifference:
    """A line before and after a change; None where there is no such line."""

    before: DocumentLine | None
    after: DocumentLine | None

    @property
    def change(self) -> Change:
        """Whether the line came, went or is another."""
        if self.before is None:
            return Change.ADDED
        return Change.REMOVED if self.after is None else Change.CHANGED

    @property
    def name(self) -> str:
        """What the line sells."""
        line = self.before or self.after
        return line.name if line else ""

    @property
    def total(self) -> Decimal:
        """Roubles with VAT inside that the change brings, below zero for what it takes away."""
        return (self.after.total if self.after else ZERO) - (self.before.total if self.before else ZERO)

    @property
    def vat(self) -> Decimal:
        """Roubles of VAT that the change brings."""
        return (self.after.vat if self.after else ZERO) - (self.before.vat if self.before else ZERO)


@dataclass(frozen=True)
class HeadDifference:
    """A fact of a document's head before and after a change."""

    change: Change
    before: date | str | None
    after: date | str | None


def differences(sent: Content, due: Document | None) -> list[LineDifference]:
    """Return what a document's lines became, line by line; their sums are the document's to the kopeck.

    Lines in another order are no difference. Lines that agree in all are paired first, then those with one
    name, unit, rate and price, then whatever the price, then whatever the rate; what is left came or went.

    :param due: what the order asks for now; None after a cancellation, which takes back every line at the
        rate that it was sent at.
    """
    before, after = sent.sold, due.lines if due else ()
    pairs = partners(before, after)
    kept = [
        LineDifference(line, after[pairs[place]] if place in pairs else None)
        for place, line in enumerate(before)
    ]
    new = set(range(len(after))) - set(pairs.values())
    added = [LineDifference(None, after[place]) for place in sorted(new)]
    return [pair for pair in (*kept, *added) if not _is_same(pair)]


def head_differences(sent: Content, due: Document | None) -> list[HeadDifference]:
    """Return which of number, date, buyer and last day of payment a document now has otherwise."""
    if due is None:
        return []
    now = content_of(due)
    facts = [
        HeadDifference(Change.NUMBER, sent.number, now.number),
        HeadDifference(Change.DATE, sent.issued_on, now.issued_on),
        HeadDifference(Change.BUYER, sent.counterparty_key, now.counterparty_key),
        HeadDifference(Change.PAY_BY, sent.pay_by, now.pay_by),
    ]
    return [fact for fact in facts if fact.before != fact.after]


def partners(before: Sequence[DocumentLine], after: Sequence[DocumentLine]) -> dict[int, int]:
    """Return which line became which, by their places; what has no partner came or went."""
    pairs: dict[int, int] = {}
    for alike in (_all_that_is_sold, _goods_at_a_price, _goods_at_a_rate, _goods):
        pairs |= _more_pairs(before, after, alike, pairs)
    return pairs


Alike = Callable[[DocumentLine], Hashable]
"""Two lines for which this is the same are the same thing before and after a change."""


def _more_pairs(
    before: Sequence[DocumentLine], after: Sequence[DocumentLine], alike: Alike, pairs: Mapping[int, int]
) -> dict[int, int]:
    """Pair the places of lines that have no partner yet, in their order."""
    taken, waiting = set(pairs.values()), defaultdict[Hashable, deque[int]](deque)
    for place, line in enumerate(after):
        if place not in taken:
            waiting[alike(line)].append(place)
    return {
        place: waiting[alike(line)].popleft()
        for place, line in enumerate(before)
        if place not in pairs and waiting[alike(line)]
    }


def _all_that_is_sold(line: DocumentLine) -> DocumentLine:
    """Goods or a service is the shop's own word, and no sum in the books depends on it."""
    return replace(line, is_service=False)


def _goods_at_a_price(line: DocumentLine) -> Hashable:
    return *_goods_at_a_rate(line), line.price


def _goods_at_a_rate(line: DocumentLine) -> tuple[Hashable, ...]:
    return line.name, line.unit, line.vat_rate


def _goods(line: DocumentLine) -> Hashable:
    return line.name, line.unit


def _is_same(pair: LineDifference) -> bool:
    if pair.before is None or pair.after is None:
        return False
    return _all_that_is_sold(pair.before) == _all_that_is_sold(pair.after)
