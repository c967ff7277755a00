"""All that is known of one order at the end of a day: the shop, the ledger and the books side by side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from bookkeeping.bill_payments import paid_sums
from bookkeeping.companies import Company
from bookkeeping.covered import Covered, covered
from bookkeeping.domain import (
    Capability,
    Document,
    DocumentKind,
    DocumentLine,
    MoneyKind,
    Status,
    SummaryPart,
)
from bookkeeping.due import COUNTERPARTY, DOCUMENTS
from bookkeeping.ledger import OUTDATED, UNANSWERED, Entry, SyncLedger, sent_contents
from bookkeeping.outcomes import Seen
from bookkeeping.posting import CHANGES, CORRECTION
from bookkeeping.reconciliation.shelf import Listing, Shelf, look
from bookkeeping.summaries import DailySummaries
from bookkeeping.transforms.building import DueDocument
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.documents import DueDay, documented_orders, due_day
from bookkeeping.transforms.individuals import Coverage, summary
from bookkeeping.transforms.payments import Payment, inner_payments_of, payments_of
from bookkeeping.transforms.revisions import Content

ZERO = Decimal(0)

FAR_AWAY = datetime(9000, 1, 1, tzinfo=UTC)

LOST = "исправление отправлено, ответа нет: возможно, оно уже в учёте"

MONEY = (MoneyKind.PAYMENT, MoneyKind.REFUND)


@dataclass(frozen=True)
class Story:
    """All that is known of one order at the end of a day.

    :ivar buyers: the books' ids of our counterparties, by key.
    :ivar inner: what the buyer paid with credit in the shop: no new money.
    :ivar corrections: goods that came back, of its documents.
    :ivar heard: roubles that came for bills by the books' news, by the bill's id there.
    :ivar later: roubles that the ledger has put on these documents for days to come: the books show them
        already, whatever day is being explained.
    :ivar paid_by_now: roubles that the shop has got for the order by now, days to come included.
    :ivar contents: what the documents that are not asked for any more as they are say in the books, by key,
        as far as it is known.
    :ivar changes: the updates and cancellations of its documents that were to be sent.
    """

    order: Mapping[str, Any]
    due: Mapping[str, DueDocument]
    documents: Sequence[Entry]
    money: Sequence[Entry]
    payments: Sequence[Payment]
    shelf: Shelf
    buyers: Mapping[str, str]
    is_documented: bool
    has_shipped: bool
    records_money: bool
    inner: Sequence[Payment] = ()
    corrections: Sequence[Entry] = ()
    heard: Mapping[str, Decimal] = field(default_factory=dict)
    later: Decimal = ZERO
    paid_by_now: Decimal = ZERO
    contents: Mapping[str, Content] = field(default_factory=dict)
    changes: Sequence[Entry] = ()

    @property
    def paid(self) -> Decimal:
        """Roubles that came in, less those that went back."""
        return sum((p.amount for p in self.payments if p.returned_on is None), ZERO)

    @property
    def returned(self) -> Decimal:
        """Roubles that went back."""
        return sum((p.amount for p in self.payments if p.returned_on), ZERO)

    def recorded(self, kind: MoneyKind, payment: Payment | None = None) -> Decimal:
        """Roubles of payments or refunds that the books accepted, of all payments or of one."""
        entries = (e for e in self.money if e.kind == kind and e.status is Status.POSTED)
        ours = (e for e in entries if payment is None or e.payment_id == payment.payment_id)
        return sum((entry.total or ZERO for entry in ours), ZERO)

    @property
    def goods_back(self) -> Decimal:
        """Roubles of goods that came back, as the books have accepted it."""
        return -sum((e.total or ZERO for e in self.corrections if e.status is Status.POSTED), ZERO)

    def asked_for(self, entry: Entry) -> Document | None:
        """Return what the order now asks for in place of a document; None if it asks for none."""
        item = self.due.get(entry.key)
        return item.document if item else None

    def kept_back(self, entries: Sequence[Entry]) -> list[str]:
        """Return why these documents are not known to say what the order asks for now."""
        keys = {entry.key for entry in entries}
        sent = (*self.changes, *self.corrections)
        changes = [change for change in sent if change.document_key in keys]
        refused = [change.detail for change in changes if change.status is Status.HELD]
        lost = [LOST for change in changes if change.status in UNANSWERED]
        held = [item.detail for key, item in self.due.items() if key in keys]
        return list(filter(None, dict.fromkeys([*refused, *lost, *held])))

    def of(self, *statuses: Status) -> list[Entry]:
        """Return the documents in these statuses, without those that are over."""
        return [entry for entry in self.documents if entry.status in statuses and not self.is_over(entry)]

    def is_over(self, entry: Entry) -> bool:
        """Whether a document was posted, is due no more and is gone from the books: shop and books agree."""
        is_wanted = entry.status is not Status.POSTED or entry.due_hash
        return not is_wanted and self.shelf.sees(entry) is Seen.NO


def tell(
    shop: ShopFrames, company: Company, before: datetime, ledger: SyncLedger, listing: Listing
) -> Iterator[Story]:
    """Yield the story of each order, with the books looked into once for all of them."""
    backend = listing.backend
    last = before.astimezone(company.zone).date()
    ids = list(shop.orders["order_id"])
    own = [e for e in ledger.of_orders(company.id, ids, DOCUMENTS) if e.dated_on and e.dated_on < last]
    shares = [each for each in covered(ledger, company, ids) if each.key.shipment_id < last.isoformat()]
    shown = {entry.key for entry in own} | {each.entry.key for each in shares}
    all_money = [e for e in ledger.of_orders(company.id, ids, MONEY) if e.document_key in shown]
    money = _by_order(entry for entry in all_money if entry.dated_on and entry.dated_on < last)
    later = _by_order(entry for entry in all_money if entry.dated_on and entry.dated_on >= last)
    buyers = {e.counterparty_key: e.external_id for e in ledger.of_company(company.id, [COUNTERPARTY])}
    known = {key: external_id for key, external_id in buyers.items() if external_id}
    coverage = DailySummaries(ledger, company).coverage(ids)
    due = _due_by_order(due_day(shop, company, before, frozenset(known), coverage), company, coverage)
    documents = [*own, *(_as_asked(each, due) for each in shares)]
    payments = _by_order(payments_of(shop, company.zone, before))
    by_now = _by_order(payments_of(shop, company.zone, FAR_AWAY))
    inner = _by_order(inner_payments_of(shop, company.zone, before))
    heard = paid_sums(ledger, company.id, [e.external_id for e in own if e.external_id])
    corrections = _by_order(ledger.of_orders(company.id, ids, [CORRECTION]))
    shipped = set(shop.shipments[shop.shipments["shipped"]]["order_id"])
    documented = set(documented_orders(shop.orders, company)["order_id"])
    wholes = {each.whole.key: each.whole for each in shares}
    shelf, by_order = look(listing, [*own, *wholes.values()]), _by_order(documents)
    shelf.divide(shares, ledger.on_documents(list(wholes), MONEY), listing.begun)
    changes = _by_order(ledger.of_orders(company.id, ids, CHANGES))
    of_wholes = _by_document(ledger.on_documents(list(wholes), CHANGES))
    cancelled = set(shop.orders[shop.orders["cancelled"]]["order_id"])
    contents = sent_contents(
        ledger.engine, [entry for entry in own if entry.changed or entry.order_id in cancelled]
    )
    of_shares = _contents_of(shares)
    for order in shop.orders.to_dict("records"):
        id_ = order["order_id"]
        yield Story(
            order=order,
            due=due[id_],
            documents=by_order[id_],
            money=money[id_],
            payments=payments[id_],
            shelf=shelf,
            buyers=known,
            is_documented=id_ in documented and not _is_skipped(order, company),
            has_shipped=id_ in shipped,
            records_money=Capability.PAYMENTS in backend.capabilities,
            inner=inner[id_],
            heard=heard,
            corrections=corrections[id_],
            later=sum((_signed(entry) for entry in later[id_] if entry.status is Status.POSTED), ZERO),
            paid_by_now=sum((p.amount for p in by_now[id_] if p.returned_on is None), ZERO),
            contents=contents | of_shares[id_],
            changes=[*changes[id_], *(c for entry in by_order[id_] for c in of_wholes[entry.key])],
        )


def _is_skipped(order: Mapping[str, Any], company: Company) -> bool:
    placed_on = order["placed_at"].astimezone(company.zone).date()
    return not order["inn"].strip() and company.individuals_on(placed_on) == "skip"


def _by_document(changes: Iterable[Entry]) -> dict[str, list[Entry]]:
    grouped: dict[str, list[Entry]] = defaultdict(list)
    for change in changes:
        grouped[change.document_key].append(change)
    return grouped


def _signed(entry: Entry) -> Decimal:
    total = entry.total or ZERO
    return -total if entry.kind == MoneyKind.REFUND else total


def _due_by_order(due: DueDay, company: Company, coverage: Coverage) -> dict[str, dict[str, DueDocument]]:
    """Group what is due by order; an order's part of a summary is a document of its own here."""
    grouped: dict[str, dict[str, DueDocument]] = defaultdict(dict)
    for item in due.documents:
        grouped[item.document.key.order_id][str(item.document.key)] = item
    shares: dict[tuple[str, DocumentKind, date], list[SummaryPart]] = defaultdict(list)
    for part in due.parts:
        shares[part.order_id, part.kind, part.day].append(part)
    for (order_id, kind, day), parts in shares.items():
        share = _share(company, kind, day, [line for part in parts for line in part.lines])
        grouped[order_id][str(share.key)] = DueDocument(share)
    for item in due.held:
        key = item.document.key
        day = coverage.summarised[key.place]
        share = _share(company, key.kind, day, item.document.lines)
        grouped[key.order_id][str(share.key)] = DueDocument(share, item.reason, item.detail)
    return grouped


def _share(company: Company, kind: DocumentKind, day: date, lines: Iterable[DocumentLine]) -> Document:
    """Return an order's part of a summary as a document of its own."""
    return replace(summary(company, kind, day, ()), lines=tuple(lines))


def _as_asked(each: Covered, due: Mapping[str, Mapping[str, DueDocument]]) -> Entry:
    """What is held by now, though it stands, is not what the order asks for."""
    item, entry = due.get(each.entry.order_id, {}).get(each.entry.key), each.entry
    is_other = entry.status is Status.POSTED and item is not None and item.reason is not None
    return replace(entry, due_hash=OUTDATED) if is_other else entry


def _contents_of(shares: Iterable[Covered]) -> dict[str, dict[str, Content]]:
    """Return by order what summaries say of it in the books."""
    contents: dict[str, dict[str, Content]] = defaultdict(dict)
    for each in shares:
        whole = each.whole
        if each.sent is not None and whole.dated_on:
            said = Content(whole.number, whole.dated_on, whole.counterparty_key, each.sent)
            contents[each.entry.order_id][whole.key] = said
    return contents


class OfAnOrder(Protocol):
    """Anything that belongs to one order."""

    @property
    def order_id(self) -> str:
        """The order's id in the shop."""


Thing = TypeVar("Thing", bound=OfAnOrder)


def _by_order(things: Iterable[Thing]) -> dict[str, list[Thing]]:
    grouped: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        grouped[thing.order_id].append(thing)
    return grouped
