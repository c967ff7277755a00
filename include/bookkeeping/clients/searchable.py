"""Books that list what they hold: the calls that Kontur.Accounting and Elba's first dialect share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import quote

from bookkeeping.clients.books import adopt, bears_mark, created_id, exact_match, require, understood
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.pages import PAGE_SIZE, Row, list_rows
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.domain import (
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
)
from bookkeeping.errors import MisconfiguredError, TransientError

CONFLICT = 409
NOT_FOUND = 404
CANCELLED = "cancelled"

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
    :ivar capabilities: what may be asked for over this connection.
    :ivar numbered_by_server: the kinds whose number is not ours.
    :ivar page_size: the most rows that a list gives at once.
    """

    system: str
    http: Transport
    base: str
    paths: Mapping[DocumentKind, str]
    to_document: Callable[[DocumentKind, Row], BookDocument]
    capabilities: frozenset[Capability]
    numbered_by_server: frozenset[DocumentKind] = frozenset()
    page_size: int = PAGE_SIZE

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN, which is never empty, and match the KPP ourselves.

        :raises RejectedError: ``counterparty_ambiguous``, several match.
        """
        if not counterparty.inn:
            return None
        rows = list_rows(self.http, f"{self.base}/counterparties", {"inn": counterparty.inn})
        return exact_match(rows, counterparty)

    def find_person(self, person: Counterparty) -> str | None:
        """Search a person by e-mail, which is never empty, and match it ourselves.

        :raises RejectedError: ``counterparty_ambiguous``, several match.
        """
        rows = list_rows(self.http, f"{self.base}/counterparties", {"email": person.email})
        same = (row for row in rows if str(row.get("email") or "").casefold() == person.email.casefold())
        return exact_match(same, person)

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
        """Create it, or adopt the very same document that already bears its number and mark.

        Books that would make a twin of it are looked into first, as far as they can be.
        """
        if twins := self._twins_before(document):
            return adopt(document, counterparty_id, twins)
        kind = document.key.kind
        try:
            answer = self.http.write("POST", self.base + self.paths[kind], json=payload)
        except ApiRefusal as refusal:
            if not (self._may_search and _may_mean_twin(refusal)):
                raise
            return self._adopted(document, counterparty_id, refusal)
        return created_id(answer, f"{kind.value} {document.number}")

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> list[BookDocument]:
        """Return what may be the document sent, without cancelled ones.

        Where the number is ours, that is what bears it in the year of the day; else all of the day.
        """
        if kind in self.numbered_by_server:
            return _standing(self.documents(kind, days(sent_on, sent_on)))
        year = days(sent_on.replace(month=1, day=1), sent_on.replace(month=12, day=31))
        found = self.documents(kind, {"number": number, **year})
        return [twin for twin in _standing(found) if twin.number in ("", number)]

    def documents(self, kind: DocumentKind, filters: Mapping[str, str]) -> list[BookDocument]:
        """Return every document of a kind that the filters let through.

        :raises MisconfiguredError: this connection may not search, or these books have no such list.
        """
        switch = Capability.SEARCH_DOCUMENTS
        require(switch, self.capabilities, self.system)
        rows = list_rows(
            self.http, self.base + self.paths[kind], filters, switch=switch, page_size=self.page_size
        )
        return [understood(partial(self.to_document, kind), kind.value, row) for row in rows]

    def document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one document, or None if the books have none of that kind and id."""
        try:
            row = self.row(kind, external_id)
        except ApiRefusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return understood(partial(self.to_document, kind), kind.value, row)

    def row(self, kind: DocumentKind, external_id: str) -> Row:
        """Return one document in the books' own words."""
        return understood(dict, kind.value, self.http.read("GET", self.path(kind, external_id)).body)

    def path(self, kind: DocumentKind, external_id: str) -> str:
        """Return where one document is."""
        return f"{self.base}{self.paths[kind]}/{quote(external_id, safe='')}"

    def _existing(self, counterparty: Counterparty) -> str:
        if external_id := self.find_counterparty(counterparty):
            return external_id
        raise TransientError("The books say that the counterparty exists, and do not show it yet: try later.")

    def _adopted(self, document: Document, counterparty_id: str, refusal: ApiRefusal) -> str:
        twins = self._look_up(document)
        if not twins and not refusal.codes:
            raise refusal
        return adopt(document, counterparty_id, twins)

    def _twins_before(self, document: Document) -> list[BookDocument]:
        if Capability.UNIQUE_NUMBERS in self.capabilities or not self._may_search:
            return []
        found = self._look_up(document)
        if document.key.kind in self.numbered_by_server:
            return [twin for twin in found if bears_mark(twin, document)]
        return found

    def _look_up(self, document: Document) -> list[BookDocument]:
        return self.look_up(document.key.kind, document.number, document.issued_on)

    @property
    def _may_search(self) -> bool:
        return Capability.SEARCH_DOCUMENTS in self.capabilities


def _standing(documents: list[BookDocument]) -> list[BookDocument]:
    return [document for document in documents if document.status != CANCELLED]


def days(first: date, last: date) -> dict[str, str]:
    """Return the filter for documents dated from one day to another, both included."""
    return {"dateFrom": first.isoformat(), "dateTo": last.isoformat()}


def _may_mean_twin(refusal: ApiRefusal) -> bool:
    """Whether the number may be the cause: a 409 without a code can mean anything."""
    return refusal.reason is HoldReason.NUMBER_TAKEN or (refusal.status == CONFLICT and not refusal.codes)
