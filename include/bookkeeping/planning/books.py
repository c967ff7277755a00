"""Books for a rehearsal: what is asked is asked of the real ones, what is written goes nowhere."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bookkeeping.domain import (
    AccountingBackend,
    BankTransaction,
    BillNews,
    BookDocument,
    Capability,
    Correction,
    Counterparty,
    Document,
    DocumentKind,
    MoneyRecord,
)

PLANNED = "plan:"
"""What the id of a thing begins with that exists in the plan only."""


def is_planned(external_id: str | None) -> bool:
    """Whether an id is of something that exists in the plan only."""
    return (external_id or "").startswith(PLANNED)


class PlannedBooks:
    """The double of real books that refuses what they would refuse unasked, and writes nothing.

    One request at a time, for the rehearsal's ledger lives in one thread. News are left alone: where they
    alone could prove a write, it stays unknown in the plan.
    """

    at_once = 1

    def __init__(self, books: AccountingBackend) -> None:
        self._books = books
        self.system, self.vat_rates, self.max_lines = books.system, books.vat_rates, books.max_lines
        self.numbers_itself = books.numbers_itself
        self.capabilities = books.capabilities - {Capability.NEWS}

    def check(self) -> str:
        """Ask the real books."""
        return self._books.check()

    def counterparty_payload(self, counterparty: Counterparty) -> Mapping[str, Any]:
        """Return what the real books would be sent."""
        return self._books.counterparty_payload(counterparty)

    def document_payload(self, document: Document, counterparty_id: str) -> Mapping[str, Any]:
        """Return what the real books would be sent."""
        return self._books.document_payload(document, counterparty_id)

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Ask the real books."""
        return self._books.find_counterparty(counterparty)

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create nothing, and refuse as the real books' client does."""
        self._books.counterparty_payload(counterparty)
        return f"{PLANNED}{counterparty.digest}"

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create nothing, and refuse as the real books' client does."""
        self._books.document_payload(document, counterparty_id)
        return f"{PLANNED}{document.key}"

    def update_document(self, document: Document, external_id: str, counterparty_id: str) -> None:  # noqa: ARG002
        """Change nothing, and refuse as the real books' client does."""
        self._books.document_payload(document, counterparty_id)

    def cancel_document(self, kind: DocumentKind, external_id: str) -> None:
        """Cancel nothing."""

    def publish_link(self, kind: DocumentKind, external_id: str) -> str:  # noqa: ARG002
        """Publish nothing."""
        return ""

    def record_money(self, record: MoneyRecord, external_id: str) -> str:  # noqa: ARG002
        """Record nothing."""
        return f"{PLANNED}{record.key}"

    def read_news(self, offset: int) -> list[BillNews]:  # noqa: ARG002
        """Read nothing: nobody asks books that have no NEWS."""
        return []

    def read_back(self, document: Document, external_id: str) -> None:
        """Look at nothing: nothing was created."""

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> list[BookDocument]:
        """Ask the real books."""
        return self._books.look_up(kind, number, sent_on)

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Ask the real books."""
        return self._books.list_documents(kind, first_day, last_day)

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Ask the real books, unless it exists in the plan only."""
        return None if is_planned(external_id) else self._books.read_document(kind, external_id)

    def find_money(self, record: MoneyRecord, external_id: str) -> str | None:
        """Ask the real books, unless its document exists in the plan only."""
        return None if is_planned(external_id) else self._books.find_money(record, external_id)

    def correct_document(self, correction: Correction, external_id: str) -> str:  # noqa: ARG002
        """Correct nothing."""
        return f"{PLANNED}{correction.key}"

    def find_correction(self, correction: Correction, external_id: str) -> str | None:
        """Ask the real books, unless its document exists in the plan only."""
        return None if is_planned(external_id) else self._books.find_correction(correction, external_id)

    def list_bank_transactions(self, first_day: date, last_day: date) -> list[BankTransaction]:
        """Ask the real books."""
        return self._books.list_bank_transactions(first_day, last_day)
