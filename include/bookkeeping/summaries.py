"""What individuals bought on a day as one document, and which of their orders it covers (DESIGN R7).

An order's sale is in exactly one document: its own, or the summary of its day. Where it stands, or may stand,
in the books it stays, whatever the settings say since. What comes too late for a summary that stands gets a
document of its own. The ledger's claim sees to it that no two runs at once decide otherwise.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from bookkeeping.companies import Company
from bookkeeping.domain import DAY, DocumentKind, HoldReason, Place, Status, SummaryPart
from bookkeeping.due import to_due
from bookkeeping.ledger import Entry, SummaryParts, SyncLedger
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.individuals import NOTHING_COVERED, Coverage, summary, summary_key

KINDS = (DocumentKind.SALE, DocumentKind.ACT)
STANDING = frozenset({Status.POSTED, Status.IN_FLIGHT, Status.UNKNOWN})

Summed = tuple[DocumentKind, date]
"""Which summary: of what kind and day."""


class DailySummaries:
    """The summaries of one company's individuals."""

    def __init__(self, ledger: SyncLedger, company: Company) -> None:
        self._ledger, self._company = ledger, company
        self.parts = SummaryParts(ledger.engine, company.id, ledger.now)

    def coverage(self, order_ids: Collection[str]) -> Coverage:
        """Return what stands in the books of these orders by itself, and what in summaries."""
        summaries = self.entries()
        if not (summaries or self._wanted):
            return NOTHING_COVERED
        own = self._ledger.of_orders(self._company.id, order_ids, list(DocumentKind))
        closed = frozenset(_summed(entry) for entry in summaries if entry.status in STANDING)
        kept = [each.part for each in self.parts.of_orders(order_ids)]
        return Coverage(
            own=frozenset(_place(entry) for entry in own if entry.status in STANDING),
            summarised={part.place: part.day for part in kept if (part.kind, part.day) in closed},
            closed=frozenset((kind.value, day) for kind, day in closed),
        )

    def take_up(
        self, parts: Iterable[SummaryPart], order_ids: Collection[str], coverage: Coverage
    ) -> set[Summed]:
        """Keep what these orders bring into summaries, and forget what they do not any more.

        What stands in the books is kept even if nothing of it is left, so that its summary differs.

        :return: the summaries that may have become others.
        """
        known = {each.part.place: each.part for each in self.parts.of_orders(order_ids)}
        found = {part.place: part for part in parts}
        gone = [part for place, part in known.items() if place not in found]
        emptied = [_emptied(part) for part in gone if part.place in coverage.summarised]
        self.parts.put([*found.values(), *emptied])
        self.parts.drop(part for part in gone if part.place not in coverage.summarised)
        return {(part.kind, part.day) for part in (*known.values(), *found.values())}

    def due(self, touched: Collection[Summed], day: date | None) -> list[DueDocument]:
        """Work out these summaries, those of a day that has just been read, and those not in the books yet.

        The ledger is told of them.

        :param day: the day all of whose orders are taken up; None if that is so of no day.
        """
        if day and self._wanted:
            self.parts.read_day(day)
        read, of_day = self.parts.days_read(), {(kind, day) for kind in KINDS if day}
        asked = sorted({*touched, *of_day, *map(_summed, filter(_is_open, self.entries()))})
        found = (self._tell(kind, each, is_read=each in read) for kind, each in asked)
        return [item for item in found if item]

    def _tell(self, kind: DocumentKind, day: date, *, is_read: bool) -> DueDocument | None:
        """Tell the ledger what a summary is, again if another run has changed its parts meanwhile."""
        kept = None
        while kept != (kept := [each.part for each in self.parts.of_day(kind, day)]):
            item = self._summary(kind, day, kept, is_read=is_read)
            if item is None:
                self._ledger.forget(str(summary_key(self._company, kind, day)))
            else:
                self._ledger.expect([to_due(item)])
        return item

    def _summary(
        self, kind: DocumentKind, day: date, parts: Iterable[SummaryPart], *, is_read: bool
    ) -> DueDocument | None:
        document = summary(self._company, kind, day, parts)
        if not document.total:
            return None
        if is_read:
            return DueDocument(document)
        detail = f"запуска за {day:%d.%m.%Y} ещё не было: не все заказы этого дня известны"
        return DueDocument(document, HoldReason.DAY_NOT_READ, detail)

    def entries(self) -> list[Entry]:
        """Return what the ledger knows of summaries."""
        return self._ledger.of_orders(self._company.id, [DAY], list(KINDS))

    @property
    def _wanted(self) -> bool:
        return any(period.mode == "daily_summary" for period in self._company.individuals)


def _is_open(entry: Entry) -> bool:
    return entry.status is not Status.POSTED or entry.changed


def _place(entry: Entry) -> Place:
    return entry.kind, entry.order_id, entry.shipment_id


def _summed(entry: Entry) -> Summed:
    return DocumentKind(entry.kind), date.fromisoformat(entry.shipment_id)


def _emptied(part: SummaryPart) -> SummaryPart:
    return replace(part, lines=())
