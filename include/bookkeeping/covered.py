"""Each individual's order as the summary of its day has it: its own part, in the state of the whole."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKey, DocumentLine, Status
from bookkeeping.ledger import OUTDATED, Entry, KeptPart, SummaryParts, SyncLedger
from bookkeeping.posting import UNLIKE


@dataclass(frozen=True)
class Covered:
    """An order's part of a summary.

    :ivar key: the summary's.
    :ivar whole: the summary's entry.
    :ivar entry: the same as if it were about this order alone: its sums, and whether it changed.
    :ivar sent: the lines of it that stand in the books; None if nothing of it was sent, or nobody knows.
    :ivar number: the order's own.
    """

    key: DocumentKey
    whole: Entry
    entry: Entry
    sent: tuple[DocumentLine, ...] | None
    number: str


def covered(ledger: SyncLedger, company: Company, order_ids: Collection[str]) -> list[Covered]:
    """Return what each of these orders has in each summary, whatever became of the summary."""
    together: dict[tuple[DocumentKey, str], list[KeptPart]] = defaultdict(list)
    for each in SummaryParts(ledger.engine, company.id, ledger.now).of_orders(order_ids):
        if not (each.part.lines or each.sent):
            continue  # it was cancelled, and the summary says so by now
        key = DocumentKey.of_day(company.id, each.part.kind, each.part.day)
        together[key, each.part.order_id].append(each)
    entries = ledger.with_keys(sorted({str(key) for key, _ in together}))
    return [
        _covered(key, order_id, entries[str(key)], parts)
        for (key, order_id), parts in together.items()
        if str(key) in entries
    ]


def _covered(key: DocumentKey, order_id: str, whole: Entry, parts: Sequence[KeptPart]) -> Covered:
    """What stands in the books counts if anything does, else what is to be sent."""
    is_posted = whole.status is Status.POSTED
    sent = [each.sent for each in parts if each.sent is not None]
    stands = tuple(line for lines in sent for line in lines) if sent else None
    wanted = tuple(line for each in parts for line in each.part.lines)
    lines = stands if is_posted and stands is not None else wanted
    entry = replace(
        whole,
        order_id=order_id,
        shipment_id=parts[0].part.shipment_id,
        total=_sum(line.total for line in lines),
        vat=_sum(line.vat for line in lines),
        due_hash=_due_hash(whole, parts, wanted) if is_posted else whole.due_hash,
    )
    is_known = whole.sent_hash != UNLIKE
    return Covered(key, whole, entry, stands if is_known else None, parts[0].part.number)


def _due_hash(whole: Entry, parts: Iterable[KeptPart], wanted: Collection[DocumentLine]) -> str:
    """Say whether this order asks for something else: of a summary that changed, most orders did not.

    One that was found in the books otherwise than we would have written it may say anything of anybody.
    """
    if not wanted:
        return ""
    is_other = whole.sent_hash == UNLIKE or any(each.changed for each in parts)
    return OUTDATED if is_other else whole.sent_hash


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
