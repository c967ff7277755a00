"""Books that list what they hold: the calls that Kontur.Accounting and Elba's first dialect share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from bookkeeping.clients.books import adopt, created_id, exact_match, understood
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.pages import Row, list_rows
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.domain import BookDocument, Counterparty, Document, DocumentKind, HoldReason
from bookkeeping.errors import MisconfiguredError, TransientError

CONFLICT = 409
NOT_FOUND = 404

VERDICTS: Verdicts = {
    "duplicate_number": HoldReason.NUMBER_TAKEN,
    "payload_too_large": HoldReason.TOO_MANY_LINES,
    "413": HoldReason.TOO_MANY_LINES,
    "not_found": HoldReason.REJECTED_BY_BOOKS,
    "404": MisconfiguredError,  # without the service's own code it is the address that is wrong
}


@dataclass(frozen=True)
class SearchableBooks:
    """What can be found, listed and created below one address.

    :ivar base: what every path begins with.
    :ivar paths: where the documents of each kind are.
    :ivar to_document: reads one of their rows.
    :ivar may_search: whether a document whose number is taken may be looked up.
    """

    http: Transport
    base: str
    paths: Mapping[DocumentKind, str]
    to_document: Callable[[DocumentKind, Row], BookDocument]
    may_search: bool

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN, which is never empty, and match the KPP ourselves.

        :raises RejectedError: ``counterparty_ambiguous``, several match.
        """
        if not counterparty.inn:
            return None
        rows = list_rows(self.http, f"{self.base}/counterparties", {"inn": counterparty.inn})
        return exact_match(rows, counterparty)

    def create_counterparty(self, counterparty: Counterparty, payload: Payload) -> str:
        """Create it, or find the one that the books say exists."""
        try:
            answer = self.http.write("POST", f"{self.base}/counterparties", json=payload)
        except ApiRefusal as refusal:
            if refusal.status != CONFLICT or not counterparty.inn:
                raise
            return self._existing(counterparty)
        return created_id(answer, "a counterparty")

    def create_document(self, document: Document, counterparty_id: str, payload: Payload) -> str:
        """Create it, or adopt the very same document that already bears its number and mark."""
        kind = document.key.kind
        try:
            answer = self.http.write("POST", self.base + self.paths[kind], json=payload)
        except ApiRefusal as refusal:
            twins = self._twins(document) if self.may_search and _may_mean_twin(refusal) else []
            if not twins and not _sees_no_twin_yet(refusal, self.may_search):
                raise
            return adopt(document, counterparty_id, twins)
        return created_id(answer, f"{kind.value} {document.number}")

    def documents(self, kind: DocumentKind, filters: Mapping[str, str]) -> list[BookDocument]:
        """Return every document of a kind that the filters let through."""
        rows = list_rows(self.http, self.base + self.paths[kind], filters)
        return [understood(self.to_document, kind, row) for row in rows]
