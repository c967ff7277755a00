"""What came for bills in books that only show it: their news are heard, and open bills are looked at anew.

Elba records money on its own screens alone (DESIGN R11), so this is read, and never written.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from bookkeeping.companies import Company
from bookkeeping.domain import AccountingBackend, BillNews, BookDocument, Capability, DocumentKind
from bookkeeping.ledger import BillPayments, BillState, Cursor, OurBill, PaidBill, SyncLedger
from bookkeeping.posting import spans
from bookkeeping.posting.turns import in_parallel

log = logging.getLogger(__name__)

FEED = "bill_news"

REACH = timedelta(days=90)
"""Older bills are not looked at any more; their news are heard all the same."""

AGAIN = 100
"""So many known pieces of news are read once more: one that came late may stand among them."""

AT_MOST = 1000
"""Bills that a run reads one by one, those first that were not looked at for the longest time."""

AT_A_TIME = 50
"""Bills between two lines of progress; what was seen of them is kept, however the next look ends."""

ZERO = Decimal(0)

Look = tuple[datetime, Sequence[OurBill], Mapping[str, BookDocument]]
"""When the books were asked about which bills, and those of them that they have, by id."""


def read_bill_payments(company: Company, ledger: SyncLedger, backend: AccountingBackend) -> dict[str, int]:
    """Learn what came for a company's bills; return the counts of news, of bills looked at and of changes.

    Any number of runs may do so at once. Books into which we record payments ourselves tell us nothing new,
    and are not asked.

    :raises SyncError: as reading the books does; what was learned until then is kept, and no news are lost.
    """
    if Capability.PAYMENTS in backend.capabilities:
        return {}
    told = BillPayments(ledger, company.id)
    counts = Counter(news=0, looked_at=0, changed=0)
    if Capability.NEWS in backend.capabilities:
        counts.update(_hear(told, backend))
    today = ledger.now().astimezone(company.zone).date()
    counts.update(_look(told, told.ours(today - REACH), ledger, backend))
    return dict(counts)


def paid_sums(ledger: SyncLedger, company_id: str, external_ids: Collection[str]) -> dict[str, Decimal]:
    """Return the roubles that came for these bills, by the books' id; what is not known is left out."""
    known = BillPayments(ledger, company_id).of(external_ids)
    return {id_: state.paid for id_, state in known.items() if state.paid is not None}


def newly_paid(
    ledger: SyncLedger, company_id: str, since: datetime, until: datetime | None = None
) -> list[PaidBill]:
    """Return our bills of which we learned since a moment that they are paid, or a part of them.

    :param until: leaves out what we learned at that moment or later.
    """
    found = BillPayments(ledger, company_id).paid_since(since)
    return [bill for bill in found if until is None or bill.changed_at < until]


def paid_on(shown: BookDocument, heard: Decimal | None) -> Decimal | None:
    """Return the roubles that came for a document as the books show it now; None where they do not say.

    Their own sum counts before all else, and their status before what was heard, as it is read later: what
    was heard counts as far as it agrees with the status.

    :param heard: what :func:`paid_sums` knows of it.
    """
    if shown.paid is not None:
        return shown.paid - (shown.refunded or ZERO)
    part = heard if heard and heard < shown.total else None
    match shown.status:
        case "paid":
            return max(shown.total, heard or ZERO)
        case "partiallyPaid":
            return part
        case "notPaid":
            return ZERO
        case "overdue":  # the day of payment is over, and a part may have come
            return part or ZERO
        case _:  # a rejected bill, say, is paid or not
            return heard


def _hear(told: BillPayments, backend: AccountingBackend) -> dict[str, int]:
    """Keep what is new; the cursor moves last, so that what breaks off here is only read again."""
    cursor = told.cursor(FEED)
    news = _news_after(cursor, backend)
    changed = told.hear(news)
    _log_changes(changed)
    told.move_cursor(FEED, [piece.id for piece in news])
    return {"news": len({piece.id for piece in news if piece.id > cursor.last_id}), "changed": len(changed)}


def _news_after(cursor: Cursor, backend: AccountingBackend) -> list[BillNews]:
    """Read on from a little before the cursor, or all again where the feed is not the one that we know."""
    news = backend.read_news(max(0, cursor.position - AGAIN))
    if cursor.position == 0 or cursor.last_id in {piece.id for piece in news}:
        return news
    log.warning("piece of news %s is not in its place any more: all news are read again", cursor.last_id)
    return backend.read_news(0)


def _look(
    told: BillPayments, bills: Sequence[OurBill], ledger: SyncLedger, backend: AccountingBackend
) -> dict[str, int]:
    looked_at = changes = 0
    for asked_at, some, shown in _looks(bills, ledger, backend):
        changed = told.see([_as_shown(bill.state, shown) for bill in some], asked_at)
        _log_changes(changed)
        looked_at, changes = looked_at + len(some), changes + len(changed)
        log.info("looked at %s bills", looked_at)
    return {"looked_at": looked_at, "changed": changes}


def _as_shown(known: BillState, shown: Mapping[str, BookDocument]) -> BillState:
    """A bill that is gone from the books is the reconciliation's to tell of; nothing came for it."""
    bill = shown.get(known.external_id)
    if bill is None:
        return replace(known, paid=None, status="")
    return replace(known, paid=paid_on(bill, known.paid), status=bill.status)


def _looks(bills: Sequence[OurBill], ledger: SyncLedger, backend: AccountingBackend) -> Iterator[Look]:
    unpaid = [bill for bill in bills if bill.is_open]
    if Capability.SEARCH_DOCUMENTS in backend.capabilities:
        for first, last in spans(bill.dated_on for bill in unpaid):
            asked_at = ledger.now()
            of_days = [bill for bill in bills if first <= bill.dated_on <= last]
            yield asked_at, of_days, _list(of_days, first, last, backend)
    elif Capability.READ_STATUS in backend.capabilities:
        for start in range(0, min(len(unpaid), AT_MOST), AT_A_TIME):
            some = unpaid[start : min(start + AT_A_TIME, AT_MOST)]
            yield ledger.now(), some, _read(some, backend)


def _list(
    bills: Iterable[OurBill], first: date, last: date, backend: AccountingBackend
) -> dict[str, BookDocument]:
    """Read the bills of some days in one go; only those that were dated anew are read one by one."""
    listed = backend.list_documents(DocumentKind.BILL, first, last)
    shown = {document.external_id: document for document in listed}
    if Capability.READ_STATUS not in backend.capabilities:
        return shown
    return shown | _read([bill for bill in bills if bill.external_id not in shown], backend)


def _read(bills: Iterable[OurBill], backend: AccountingBackend) -> dict[str, BookDocument]:
    shown: dict[str, BookDocument] = {}

    def read(bill: OurBill) -> None:
        if document := backend.read_document(DocumentKind.BILL, bill.external_id):
            shown[bill.external_id] = document

    in_parallel(read, bills, backend.at_once)
    return shown


def _log_changes(changed: Iterable[BillState]) -> None:
    for bill in changed:
        log.info("bill %s is %s in the books, paid: %s", bill.external_id, bill.status or "gone", bill.paid)
