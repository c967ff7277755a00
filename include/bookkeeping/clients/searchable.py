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
            if not (self.may_search and _may_mean_twin(refusal)):
                raise
            return self._adopted(document, counterparty_id, refusal)
        return created_id(answer, f"{kind.value} {document.number}")

    def documents(self, kind: DocumentKind, filters: Mapping[str, str]) -> list[BookDocument]:
        """Return every document of a kind that the filters let through."""
        rows = list_rows(self.http, self.base + self.paths[kind], filters)
        return [understood(self.to_document, kind, row) for row in rows]

    def document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one document, or None if the books have none of that kind and id."""
        try:
            row = self.http.read("GET", self.path(kind, external_id)).body
        except ApiRefusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return understood(self.to_document, kind, row)

    def path(self, kind: DocumentKind, external_id: str) -> str:
        """Return where one document is."""
        return f"{self.base}{self.paths[kind]}/{quote(external_id, safe='')}"

    def _existing(self, counterparty: Counterparty) -> str:
        if external_id := self.find_counterparty(counterparty):
            return external_id
        raise TransientError("The books say that the counterparty exists, and do not show it yet: try later.")

    def _adopted(self, document: Document, counterparty_id: str, refusal: ApiRefusal) -> str:
        twins = self._twins(document)
        if not twins and not refusal.codes:
            raise refusal
        return adopt(document, counterparty_id, twins)

    def _twins(self, document: Document) -> list[BookDocument]:
        year = document.issued_on.year
        dates = days(date(year, 1, 1), date(year, 12, 31))
        found = self.documents(document.key.kind, {"number": document.number, **dates})
        return [twin for twin in found if twin.number in ("", document.number) and twin.status != "cancelled"]


def days(first: date, last: date) -> dict[str, str]:
    """Return the filter for documents dated from one day to another, both included."""
    return {"dateFrom": first.isoformat(), "dateTo": last.isoformat()}


def _may_mean_twin(refusal: ApiRefusal) -> bool:
    """Whether the number may be the cause: a 409 without a code can mean anything."""
    return refusal.reason is HoldReason.NUMBER_TAKEN or (refusal.status == CONFLICT and not refusal.codes)
