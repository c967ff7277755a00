"""What individuals bought on a day as one document, and which of their orders it covers (DESIGN R7).

An order's sale is in exactly one document: its own, or the summary of its day. What stands, or may stand, in
the books stays where it is, whatever the settings say since. What comes too late for a summary that stands
gets a document of its own. The ledger's claim sees to it that no two runs at once decide otherwise.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from bookkeeping.companies import Company
from bookkeeping.domain import DAY, DocumentKey, DocumentKind, HoldReason, Status, SummaryPart
from bookkeeping.due import to_due
from bookkeeping.ledger import Entry, SummaryParts, Summed, SyncLedger
from bookkeeping.ledger.summaries import KINDS
from bookkeeping.posting import CHANGES
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.documents import DueDay
from bookkeeping.transforms.individuals import NOTHING_COVERED, Coverage, summary
from bookkeeping.transforms.kopecks import LARGEST

STANDING = frozenset({Status.POSTED, Status.IN_FLIGHT, Status.UNKNOWN})
UNFINISHED = frozenset({Status.PENDING, Status.IN_FLIGHT, Status.UNKNOWN})


class DailySummaries:
    """The summaries of one company's individuals."""

    def __init__(self, ledger: SyncLedger, company: Company) -> None:
        self._ledger, self._company = ledger, company
        self._parts = SummaryParts(ledger.engine, company.id, ledger.now)

    def coverage(self, order_ids: Collection[str]) -> Coverage:
        """Return what stands in the books of these orders by itself, and what in summaries."""
        summaries = self._entries()
        if not (summaries or self._is_wanted):
            return NOTHING_COVERED
        own = self._ledger.of_orders(self._company.id, order_ids, list(DocumentKind))
        closed = frozenset(_summed(entry) for entry in summaries if entry.status in STANDING)
        sent = [each.part for each in self._parts.of_orders(order_ids) if each.sent]
        return Coverage(
            own=frozenset(entry.own_key.place for entry in own if entry.status in STANDING),
            summarised={part.place: part.day for part in sent if (part.kind, part.day) in closed},
            closed=frozenset((kind.value, day) for kind, day in closed),
        )

    def take_up(
        self, due: DueDay, order_ids: Collection[str], coverage: Coverage, before: date
    ) -> set[Summed]:
        """Keep what these orders bring into summaries of days before a day, and forget what they do no more.

        What stands in the books is kept even if nothing of it is asked for any more, so that its summary
        differs; what is held by now stays as it was sent. What came too late is the next run's.

        :return: the summaries that may have become others.
        """
        if coverage is NOTHING_COVERED:
            return set()
        kept = [each.part for each in self._parts.of_orders(order_ids)]
        held = {item.document.key.place for item in due.held}
        known = {part.place: part for part in kept if part.day < before and part.place not in held}
        found = {part.place: part for part in due.parts}
        gone = [part for place, part in known.items() if place not in found]
        emptied = [replace(part, lines=()) for part in gone if part.place in coverage.summarised]
        late = self._parts.put([*found.values(), *emptied])
        self._ledger.leave_to_next_run(self._company.id, {part.order_id for part in late})
        self._parts.drop([part for part in gone if part.place not in coverage.summarised])
        return {(part.kind, part.day) for part in (*known.values(), *found.values())}

    def due(self, touched: Collection[Summed], day: date | None) -> list[DueDocument]:
        """Work out these summaries, that of a day which has just been read, and those not in the books yet.

        The ledger is told of them. A day counts as read once it is over.

        :param day: the day all of whose orders are taken up; without one nothing is ready to be sent.
        """
        if not (touched or self._is_wanted or self._entries()):
            return []
        if day and day < self._ledger.now().astimezone(self._company.zone).date():
            self._parts.read_day(day)
        of_day = {(kind, day) for kind in KINDS if day}
        asked = sorted({*touched, *of_day, *self._open()} if day else set(touched))
        read = self._parts.days_read()
        found = [item for kind, each in asked if (item := self._tell(kind, each, is_read=each in read))]
        return found if day else []

    def _tell(self, kind: DocumentKind, day: date, *, is_read: bool) -> DueDocument | None:
        """Tell the ledger what a summary is, again if another run has changed its parts meanwhile."""
        kept = None
        while kept != (kept := [each.part for each in self._parts.of_day(kind, day)]):
            item = self._summary(kind, day, kept, is_read=is_read)
            if item is None:
                self._ledger.forget(str(DocumentKey.of_day(self._company.id, kind, day)))
            else:
                self._ledger.expect([to_due(item)])
        return item

    def _summary(
        self, kind: DocumentKind, day: date, parts: Collection[SummaryPart], *, is_read: bool
    ) -> DueDocument | None:
        total = sum(part.total for part in parts)
        if not total:
            return None
        document = summary(self._company, kind, day, parts if total < LARGEST else [])
        if total >= LARGEST:
            detail = f"продажи за день составляют {total:.2f}: такой сводки программа не делает"
            return DueDocument(document, HoldReason.IMPLAUSIBLE_AMOUNT, detail)
        if is_read:
            return DueDocument(document)
        detail = f"запуска за {day:%d.%m.%Y} ещё не было: не все заказы этого дня известны"
        return DueDocument(document, HoldReason.DAY_NOT_READ, detail)

    def _open(self) -> set[Summed]:
        """Return the summaries that are not in the books yet, or whose change may be under way."""
        changes = self._ledger.of_orders(self._company.id, [DAY], CHANGES)
        begun = {change.document_key for change in changes if change.status in UNFINISHED}
        open_now = (e for e in self._entries() if e.status is not Status.POSTED or e.key in begun)
        return {_summed(entry) for entry in open_now}

    def _entries(self) -> list[Entry]:
        return self._ledger.of_orders(self._company.id, [DAY], list(KINDS))

    @property
    def _is_wanted(self) -> bool:
        return any(period.mode == "daily_summary" for period in self._company.individuals)


def _summed(entry: Entry) -> Summed:
    return DocumentKind(entry.kind), date.fromisoformat(entry.shipment_id)
