"""A plan in numbers: by what would happen, by kind of document and by VAT rate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bookkeeping.domain import DocumentKind, VatRate, to_kopecks
from bookkeeping.planning.plan import Fate, Plan, PlannedDocument
from bookkeeping.report.totals import total_of

WRITTEN = (Fate.CREATE, Fate.UPDATE)
"""Whose content goes into the books, so that its VAT is of interest."""


@dataclass(frozen=True)
class FateTotal:
    """Documents with the same fate."""

    fate: Fate
    count: int
    total: Decimal
    vat: Decimal


@dataclass(frozen=True)
class KindTotal:
    """Documents of one kind with the same fate."""

    fate: Fate
    kind: DocumentKind
    count: int
    total: Decimal
    vat: Decimal


@dataclass(frozen=True)
class RateTotal:
    """The parts at one VAT rate of documents of one kind that would be written."""

    fate: Fate
    kind: DocumentKind
    rate: VatRate
    total: Decimal
    vat: Decimal


def fate_totals(plan: Plan) -> tuple[FateTotal, ...]:
    """Count and sum the documents of each fate that occurs; each counts exactly once."""
    return tuple(
        FateTotal(fate, len(same), *_sums(same))
        for fate in Fate
        if (same := [document for document in plan.documents if document.fate is fate])
    )


def kind_totals(plan: Plan) -> tuple[KindTotal, ...]:
    """Count and sum the documents of each fate and kind: a bill and its sale are never added up."""
    return tuple(
        KindTotal(fate, kind, len(same), *_sums(same))
        for fate in Fate
        for kind in DocumentKind
        if (same := [each for each in plan.documents if (each.fate, each.kind) == (fate, kind)])
    )


def _sums(documents: Iterable[PlannedDocument]) -> tuple[Decimal, Decimal]:
    listed = list(documents)
    return total_of(each.total for each in listed), total_of(each.vat for each in listed)


def rate_totals(plan: Plan) -> tuple[RateTotal, ...]:
    """Sum what would be written by kind and VAT rate; the sums of a kind are those of its documents."""
    parts = defaultdict(list)
    for document in plan.documents:
        for part in document.rates:
            parts[document.fate, document.kind, part.rate].append(part)
    return tuple(
        RateTotal(fate, kind, rate, total_of(p.total for p in same), total_of(p.vat for p in same))
        for fate in WRITTEN
        for kind in DocumentKind
        for rate in VatRate
        if (same := parts.get((fate, kind, rate)))
    )


def summary(plan: Plan) -> dict[str, object]:
    """Return the plan's counts and sums, ready for JSON: money as text, nothing about any buyer."""
    return {
        "orders": plan.orders,
        "skipped": len(plan.skipped),
        "documents": {
            total.fate.value: {
                "count": total.count,
                "total": str(to_kopecks(total.total)),
                "vat": str(to_kopecks(total.vat)),
            }
            for total in fate_totals(plan)
        },
        "money": {fate.value: count for fate in Fate if (count := _count(plan, fate))},
    }


def _count(plan: Plan, fate: Fate) -> int:
    return sum(each.fate is fate for each in plan.money)
