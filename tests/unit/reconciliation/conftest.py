"""A day as it really goes: orders are synced into books in memory, somebody meddles, and all is compared."""

import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import pytest
import sqlalchemy as sa
from tests.unit.builders import company, midnight, shop

from bookkeeping.domain import BookDocument, Capability, MoneyKind, VatRate
from bookkeeping.due import known_counterparties, posted_documents, remember_documents, remember_money
from bookkeeping.errors import SyncError
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.posting import Poster
from bookkeeping.reconciliation import reconcile
from bookkeeping.transforms.documents import due_documents
from bookkeeping.transforms.payments import payments_of, refunds, spread

DAY = date(2026, 10, 3)
EVENING, MIDNIGHT = datetime(2026, 10, 3, 20, tzinfo=UTC), "2026-10-04"
ZERO = Decimal(0)


class PaperBooks:
    """Books in memory, the double of `AccountingBackend`, in which an accountant may write too."""

    vat_rates = frozenset(VatRate)
    max_lines = 1000
    at_once = 1
    numbers_itself = frozenset()

    def __init__(self, system, capabilities):
        self.system, self.capabilities = system, capabilities
        self.documents, self._refusals, self._ids = {}, [], count(1)

    def find_counterparty(self, _counterparty):
        return None

    def create_counterparty(self, counterparty):
        return f"id of {counterparty.key}"

    def create_document(self, document, counterparty_id):
        paid = ZERO if Capability.PAYMENTS in self.capabilities else None
        comment = f"Order #{document.order_number} {document.key.mark}"
        dated = document.issued_on
        shown = BookDocument(
            document.key.kind,
            str(next(self._ids)),
            document.number,
            dated,
            counterparty_id,
            comment,
            document.total,
            document.vat,
            paid,
            paid,
        )
        return self._write(document.key.mark, shown.external_id, shown)

    def update_document(self, document, external_id, counterparty_id):
        facts = {"number": document.number, "issued_on": document.issued_on, "vat": document.vat}
        shown = replace(self.documents[external_id], counterparty_id=counterparty_id, **facts)
        self._write(f"[b2:update:{document.key.order_id}:]", "", replace(shown, total=document.total))

    def cancel_document(self, kind, external_id):
        shown = self.read_document(kind, external_id)
        order_id = shown.comment.split(":")[2]
        self._write(f"[b2:cancel:{order_id}:]", "", replace(shown, status="cancelled"))

    def read_back(self, document, external_id):
        pass

    def list_documents(self, kind, first_day, last_day):
        assert Capability.SEARCH_DOCUMENTS in self.capabilities
        return [d for d in self.documents.values() if d.kind is kind and first_day <= d.issued_on <= last_day]

    def read_document(self, kind, external_id):
        assert Capability.READ_STATUS in self.capabilities
        shown = self.documents.get(external_id)
        return shown if shown and shown.kind is kind else None

    def record_money(self, record, external_id):
        shown = self.documents[external_id]
        column = "paid" if record.key.kind is MoneyKind.PAYMENT else "refunded"
        changed = replace(shown, **{column: getattr(shown, column) + record.amount})
        return self._write(record.key.mark, f"money-{next(self._ids)}", changed)

    def list_bank_transactions(self, _first_day, _last_day):
        return []

    def find_money(self, _record, _external_id):
        return None

    def _write(self, mark, id_, shown):
        for start, order_id, error in self._refusals:
            if mark.startswith(f"[b2:{start}") and f":{order_id}:" in mark:
                raise error
        self.documents[shown.external_id] = shown
        return id_

    def refuse(self, order_id, errors):
        """Raise these errors for writes of an order whose marks begin so."""
        self._refusals += [(start, order_id, error) for start, error in errors.items()]

    def meddle(self, order_id, changes):
        """Change an order's only document as an accountant does; None deletes it."""
        for shown in [d for d in self.documents.values() if changes != {} and f":{order_id}" in d.comment]:
            del self.documents[shown.external_id]
            if changes is not None:
                self.documents[shown.external_id] = replace(shown, **changes)

    def add(self, kind, **facts):
        id_ = f"by-hand-{next(self._ids)}"
        ordinary = {"issued_on": DAY, "counterparty_id": "", "comment": "", "total": Decimal("500.00")}
        self.documents[id_] = BookDocument(kind, id_, **(ordinary | facts))
        return id_


class Bookkeeping:
    """One company's ledger and books, and the daily work with them."""

    def __init__(self, ledger, books, **settings):
        self.ledger, self.books = ledger, books
        self.company = company(**settings)

    def sync(self, *orders, before=MIDNIGHT):
        """Do what the tasks of a daily run do; what a write raises is the retry's business."""
        end = midnight(before, self.company)
        frames, ids = shop(*orders), [made["orders"][0]["order_id"] for made in orders]
        due = due_documents(frames, self.company, end, known_counterparties(self.ledger, self.company))
        remember_documents(self.ledger, self.company, due, ids, end)
        follows = self.company.on_change == "update"
        poster = Poster(self.company.id, self.books, self.ledger, follows_changes=follows)
        for item in due:
            if item.reason is None:
                with suppress(SyncError):
                    poster.post_documents([item.document])
        poster.cancel_withdrawn(ids)
        if Capability.PAYMENTS in self.books.capabilities:
            self._pay(poster, frames, ids, end)

    def _pay(self, poster, frames, ids, end):
        payments = payments_of(frames, self.company.zone, end)
        for records_of in (spread, refunds):
            records = records_of(payments, posted_documents(self.ledger, self.company, ids, end))
            remember_money(self.ledger, self.company, records)
            for record in records:
                with suppress(SyncError):
                    poster.record_money([record])

    def reconcile(self, *orders):
        end = midnight(MIDNIGHT, self.company)
        return reconcile(shop(*orders), self.company, DAY, end, self.ledger, self.books)


@pytest.fixture(scope="module")
def open_books(migrated_file, tmp_path_factory):
    """Open books that can do all but what is named, with an empty ledger of their own."""
    engines = []

    def open_new(*without, system="kontur", **settings):
        path = shutil.copy(migrated_file, tmp_path_factory.mktemp("books"))
        engines.append(open_engine(sa.URL.create("sqlite", database=str(path))))
        books = PaperBooks(system, frozenset(Capability) - set(without))
        return Bookkeeping(SyncLedger(engines[-1], clock=lambda: EVENING), books, **settings)

    yield open_new
    for engine in engines:
        engine.dispose()
