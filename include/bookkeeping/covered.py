"""Each individual's order as the summary of its day has it: its own part, in the state of the whole."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKey, Status
from bookkeeping.ledger import Entry, KeptPart, SummaryParts, SyncLedger
from bookkeeping.transforms.individuals import summary_key


@dataclass(frozen=True)
class Covered:
    """An order's part of a summary.

    :ivar key: the summary's.
    :ivar entry: the summary's entry, as if it were about this order alone: its sums, and whether it changed.
    """

    key: DocumentKey
    entry: Entry


def covered(ledger: SyncLedger, company: Company, order_ids: Collection[str]) -> list[Covered]:
    """Return the parts of these orders in summaries, whatever became of the summaries."""
    parts = SummaryParts(ledger.engine, company.id, ledger.now).of_orders(order_ids)
    keys = [summary_key(company, each.part.kind, each.part.day) for each in parts]
    entries = ledger.with_keys(sorted({str(key) for key in keys}))
    return [
        Covered(key, _own_view(entries[str(key)], each))
        for key, each in zip(keys, parts, strict=True)
        if str(key) in entries
    ]


def _own_view(entry: Entry, each: KeptPart) -> Entry:
    """What stands in the books counts if anything does, else what is to be sent."""
    is_posted = entry.status is Status.POSTED
    lines = each.sent if is_posted and each.sent is not None else each.part.lines
    return replace(
        entry,
        order_id=each.part.order_id,
        shipment_id=each.part.shipment_id,
        total=_sum(line.total for line in lines),
        vat=_sum(line.vat for line in lines),
        due_hash=_due_hash(entry, each) if is_posted else entry.due_hash,
    )


def _due_hash(entry: Entry, each: KeptPart) -> str:
    """Say whether this order asks for something else: of a summary that changed, most orders did not."""
    if not each.part.lines:
        return ""
    return f"{entry.sent_hash} and more" if each.changed else entry.sent_hash


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
