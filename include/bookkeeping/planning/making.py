"""The plan of a run: every document's fate, told by the ledger before and after a rehearsal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, Capability, DocumentKind, HoldReason, MoneyKind, Status
from bookkeeping.due import DOCUMENTS
from bookkeeping.ledger import UNANSWERED, Entry, SyncLedger
from bookkeeping.planning.books import is_planned
from bookkeeping.planning.plan import ZERO, Fate, Plan, PlannedDocument, PlannedMoney, by_rate
from bookkeeping.planning.rehearsal import Rehearsal, rehearse
from bookkeeping.planning.skipping import buyer_of, skipped_orders
from bookkeeping.posting import CHANGES, CORRECTION
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import ShopFrames

MOMENT = timedelta(microseconds=1)


def plan_of(
    shop: ShopFrames,
    company: Company,
    before: datetime,
    ledger: SyncLedger,
    backend: AccountingBackend,
    only: Iterable[str] = (),
) -> Plan:
    """Return what a run would do with these orders; nothing is written, into the books or into the ledger.

    :param before: the end of the run's day.
    :param only: the orders to which the run is limited, to be told to the reader.
    :raises SyncError: as reading the books does.
    """
    only = tuple(only)
    rehearsal = rehearse(shop, company, before, ledger, backend, is_whole=not only)
    documents = tuple(_documents(rehearsal, _buyers(shop, company)))
    planned = {document.order_id for document in documents}
    return Plan(
        company=company.id,
        title=company.title,
        system=backend.system,
        business_date=(before - MOMENT).astimezone(company.zone).date(),
        orders=len(shop.orders),
        documents=documents,
        money=tuple(_money(rehearsal)),
        skipped=skipped_orders(shop, company, before, planned, rehearsal.summed),
        only=only,
        records_money=Capability.PAYMENTS in backend.capabilities,
    )


def _buyers(shop: ShopFrames, company: Company) -> dict[str, str]:
    return {order["order_id"]: buyer_of(order, company) for order in shop.orders.to_dict("records")}


@dataclass(frozen=True)
class Turn:
    """One document before and after the rehearsal; None where the ledger does not know it.

    :ivar change: its update or cancellation that the books would not take.
    :ivar is_corrected: whether a correction would record goods that came back.
    """

    key: str
    was: Entry | None
    now: Entry | None
    due: DueDocument | None
    change: Entry | None = field(default=None)
    is_corrected: bool = False

    @property
    def matters(self) -> bool:
        """Whether it is due, or does not agree with what is due."""
        if self.due or self.is_unanswered:
            return True
        if self.was is None or self.now is None or self.now.status is not Status.POSTED:
            return False
        return self.now.changed or self.now.sent_hash != self.was.sent_hash

    @property
    def is_unanswered(self) -> bool:
        """Whether it went unanswered, or is under way."""
        return self.was is not None and self.was.status in UNANSWERED

    @property
    def stands(self) -> bool:
        """Whether the ledger knows that the books hold it."""
        return self.was is not None and self.was.status is Status.POSTED

    @property
    def fate(self) -> Fate:
        """What the run would do with it."""
        if self.now and self.now.status is Status.HELD:
            return Fate.HELD
        if self.is_unanswered or self.now is None:
            return Fate.LOOK_UP
        if not self.stands:
            return Fate.CREATE if is_planned(self.now.external_id) else Fate.FOUND
        return self._fate_of_standing(self.now)

    def _fate_of_standing(self, now: Entry) -> Fate:
        if now.changed:
            return Fate.LEFT
        if self.was and self.was.sent_hash == now.sent_hash:
            return Fate.UNCHANGED
        if self.is_corrected:
            return Fate.CORRECT
        return Fate.UPDATE if now.sent_hash else Fate.CANCEL

    @property
    def hold(self) -> tuple[HoldReason | None, str]:
        """Why it is not done, and the detail; for what is done, what there is to know about it."""
        match self.fate:
            case Fate.HELD if self.now:
                return self.now.reason, self.now.detail
            case Fate.LEFT:
                return self._why_left()
            case Fate.LOOK_UP:
                return None, self._what_is_found()
            case Fate.CREATE if self.was and self.was.detail:
                return None, f"в прошлый раз был удержан: {self.was.detail}"
        return None, ""

    def _why_left(self) -> tuple[HoldReason | None, str]:
        if self.change:
            return self.change.reason, self.change.detail
        if self.due is None:
            return HoldReason.CANCELLED_AFTER_POSTING, ""
        return HoldReason.CHANGED_AFTER_POSTING, self.due.detail

    def _what_is_found(self) -> str:
        if self.now is None:
            return "в учёте не найден, и заказ его больше не требует"
        if self.now.status is not Status.POSTED:
            return "эта учётная система документов не показывает: нужен ответ человека"
        if is_planned(self.now.external_id):
            return "в учёте не найден: будет отправлен ещё раз"
        return "найден в учёте: второй раз не отправится"


def _documents(rehearsal: Rehearsal, buyers: Mapping[str, str]) -> Iterator[PlannedDocument]:
    was, now = rehearsal.was, rehearsal.now
    refused = {e.document_key: e for e in now.values() if e.kind in CHANGES and e.reason}
    corrected = {e.document_key for e in now.values() if e.kind == CORRECTION and is_planned(e.external_id)}
    for key in [key for key, entry in {**was, **now}.items() if entry.kind in DOCUMENTS]:
        change, is_corrected = refused.get(key), key in corrected
        turn = Turn(key, was.get(key), now.get(key), rehearsal.due.get(key), change, is_corrected)
        if turn.matters:
            yield _document(turn, buyers)


def _document(turn: Turn, buyers: Mapping[str, str]) -> PlannedDocument:
    entry = turn.now or turn.was
    if entry is None:
        raise ValueError(f"nobody knows the document {turn.key}")
    due = turn.due.document if turn.due else None
    total, vat = (due.total, due.vat) if due else (entry.total or ZERO, entry.vat or ZERO)
    reason, detail = turn.hold
    return PlannedDocument(
        key=turn.key,
        kind=DocumentKind(entry.kind),
        number=due.number if due else entry.number,
        issued_on=due.issued_on if due else entry.dated_on,
        order_id=entry.order_id,
        buyer=buyers.get(entry.order_id) or (due.counterparty.name if due else ""),
        total=total,
        vat=vat,
        fate=turn.fate,
        rates=by_rate(due) if due else (),
        stands=turn.was.total if turn.was and turn.stands else None,
        stands_vat=turn.was.vat if turn.was and turn.stands else None,
        reason=reason,
        detail=detail,
    )


def _money(rehearsal: Rehearsal) -> Iterator[PlannedMoney]:
    for key, entry in rehearsal.now.items():
        fate = _fate_of_money(rehearsal.was.get(key), entry) if entry.kind in set(MoneyKind) else None
        if fate:
            yield _planned(entry, fate, rehearsal.now.get(entry.document_key))


def _fate_of_money(was: Entry | None, now: Entry) -> Fate | None:
    """Return what the run would do with money; None for what stands already or is left to a later day."""
    if (was and was.status is Status.POSTED) or now.status is Status.PENDING:
        return None
    if now.status is Status.HELD:
        return Fate.HELD
    if was and was.status in UNANSWERED:
        return Fate.LOOK_UP
    return Fate.CREATE if is_planned(now.external_id) else Fate.FOUND


def _planned(entry: Entry, fate: Fate, document: Entry | None) -> PlannedMoney:
    return PlannedMoney(
        key=entry.key,
        kind=MoneyKind(entry.kind),
        payment_id=entry.payment_id,
        order_number=entry.number,
        document_number=document.number if document else "",
        paid_on=entry.dated_on,
        amount=entry.total or ZERO,
        fate=fate,
        reason=entry.reason,
        detail=entry.detail,
    )
