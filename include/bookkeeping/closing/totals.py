"""A month in numbers: what stands in the books by kind and by VAT rate, and what is held."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from bookkeeping.closing.month import Closing, HoldTotal, KindTotal, RateTotal
from bookkeeping.closing.reading import standing
from bookkeeping.domain import DocumentKind, HoldReason, MoneyKind, VatRate, to_kopecks
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import Entry, SyncLedger, sent_contents
from bookkeeping.posting import CORRECTION
from bookkeeping.report.totals import total_of

ZERO = Decimal(0)

AT_A_TIME = 1000
"""Documents whose lines are in memory together."""

Sums = tuple[Decimal, Decimal]
"""Roubles with VAT inside, and the VAT."""


def sum_of(entries: Iterable[Entry]) -> Decimal:
    """Add up the roubles of these writes."""
    return total_of(entry.total or ZERO for entry in entries)


def vat_of(entries: Iterable[Entry]) -> Decimal:
    """Add up the VAT in these writes."""
    return total_of(entry.vat or ZERO for entry in entries)


def document_totals(
    documents: Collection[Entry], corrections: Iterable[Entry], of_month: Iterable[Entry]
) -> tuple[KindTotal, ...]:
    """Sum up the documents as they were issued, and the corrections dated in the month, below zero.

    :param corrections: all that were made of these documents, whenever: a document is known as its last
        correction has left it, though the month of its date still has the whole of it.
    """
    taken = defaultdict(list)
    for correction in corrections:
        taken[correction.document_key].append(correction)
    kinds = [_issued(kind, documents, taken) for kind in DOCUMENTS]
    return tuple(total for total in (*kinds, _kind(CORRECTION, of_month)) if total.count)


def _issued(kind: str, documents: Iterable[Entry], taken: dict[str, list[Entry]]) -> KindTotal:
    same = [entry for entry in documents if entry.kind == kind]
    back = [correction for entry in same for correction in taken.get(entry.key, ())]
    return KindTotal(kind, len(same), sum_of(same) - sum_of(back), vat_of(same) - vat_of(back))


def _kind(kind: str, entries: Iterable[Entry]) -> KindTotal:
    same = [entry for entry in standing(entries) if entry.kind == kind]
    return KindTotal(kind, len(same), sum_of(same), vat_of(same))


def money_totals(entries: Collection[Entry]) -> tuple[KindTotal, ...]:
    """Sum up the payments and refunds that were recorded."""
    kept = {kind: [e for e in standing(entries) if e.kind == kind] for kind in MoneyKind}
    return tuple(KindTotal(kind, len(same), sum_of(same)) for kind, same in kept.items() if same)


def rate_totals(
    documents: Sequence[Entry], corrected: Collection[str], wholes: Iterable[KindTotal], ledger: SyncLedger
) -> tuple[RateTotal, ...]:
    """Sum up documents by VAT rate from the lines that were sent; together they are the sums of their kinds.

    Where the lines are not known, or goods came back since, the rest of a kind has no rate.
    """
    sums: dict[tuple[str, VatRate], Sums] = {}
    for kind, rate, total, vat in _by_rate([e for e in documents if e.key not in corrected], ledger):
        so_far = sums.get((kind, rate), (ZERO, ZERO))
        sums[kind, rate] = so_far[0] + total, so_far[1] + vat
    return tuple(row for whole in wholes if whole.kind in DOCUMENTS for row in _rates(whole, sums))


def _by_rate(
    documents: Sequence[Entry], ledger: SyncLedger
) -> Iterator[tuple[str, VatRate, Decimal, Decimal]]:
    for start in range(0, len(documents), AT_A_TIME):
        some = documents[start : start + AT_A_TIME]
        contents = sent_contents(ledger.engine, some)
        for entry in some:
            content = contents.get(entry.key)
            if content and (content.total, content.vat) == (entry.total, entry.vat):
                yield from ((entry.kind, line.vat_rate, line.total, line.vat) for line in content.lines)


def _rates(whole: KindTotal, sums: dict[tuple[str, VatRate], Sums]) -> list[RateTotal]:
    kind = DocumentKind(whole.kind)
    known = [RateTotal(kind, rate, *sums[kind, rate]) for rate in VatRate if (kind, rate) in sums]
    total = whole.total - total_of(row.total for row in known)
    vat = (whole.vat or ZERO) - total_of(row.vat for row in known)
    return [*known, RateTotal(kind, None, total, vat)] if total or vat else known


def hold_totals(waiting: Iterable[Entry]) -> tuple[HoldTotal, ...]:
    """Count and sum what is held, reason by reason."""
    held = defaultdict(list)
    for entry in waiting:
        if entry.reason:
            held[entry.reason].append(entry)
    return tuple(HoldTotal(r, len(held[r]), sum_of(held[r])) for r in HoldReason if r in held)


def summary(closing: Closing) -> dict[str, object]:
    """Return the closing's counts and sums, ready for JSON: money as text, nothing about any buyer."""
    return {
        "company": closing.company,
        "first_day": closing.first_day.isoformat(),
        "last_day": closing.last_day.isoformat(),
        "can_be_closed": closing.can_be_closed,
        "is_closed": closing.is_closed,
        "reasons": len(closing.reasons),
        "orders": closing.orders,
        "outcomes": {total.outcome.value: total.count for total in closing.outcomes},
        "documents": {total.kind: _told(total) for total in closing.documents},
        "money": {total.kind: _told(total) for total in closing.money},
        "waiting": len(closing.waiting),
        "holds": {hold.reason.value: hold.count for hold in closing.holds},
        "late": len(closing.late),
        "unrecorded": len(closing.unrecorded),
        "unrecorded_total": _text(total_of(row.missing for row in closing.unrecorded)),
        "gaps": gaps_by_cause(closing),
        "repeats": len({(row.kind, row.number) for row in closing.repeats}),
        "foreign": len(closing.foreign),
        "changes": len(closing.changes),
    }


def gaps_by_cause(closing: Closing) -> dict[str, int]:
    """Count the missing numbers by their cause."""
    counts: dict[str, int] = defaultdict(int)
    for gap in closing.gaps:
        counts[gap.cause.value] += gap.count
    return dict(counts)


def _told(total: KindTotal) -> dict[str, object]:
    vat = {} if total.vat is None else {"vat": _text(total.vat)}
    return {"count": total.count, "total": _text(total.total), **vat}


def _text(amount: Decimal) -> str:
    return str(to_kopecks(amount))
