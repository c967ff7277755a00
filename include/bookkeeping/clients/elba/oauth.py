"""The calls of Elba's first dialect: buyers, bills and acts; it has no payments."""

from collections.abc import Mapping
from datetime import date
from typing import NoReturn

from bookkeeping.clients import searchable
from bookkeeping.clients.books import (
    KIND_CAPABILITY,
    capabilities_of,
    incapable,
    require,
    vat_rates_of,
)
from bookkeeping.clients.by_hand import by_hand, left_to_a_person
from bookkeeping.clients.elba import oauth_payloads
from bookkeeping.clients.elba.no_money import NoMoney
from bookkeeping.clients.elba.oauth_payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    act_payload,
    bill_payload,
    to_document,
)
from bookkeeping.clients.limits import Text, check_counterparty, check_document, check_text
from bookkeeping.clients.pages import NO_SUCH_LIST
from bookkeeping.clients.searchable import SearchableBooks
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.domain import (
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
)

ABLE = frozenset(
    {
        Capability.BILLS,
        Capability.ACTS,
        Capability.SEARCH_DOCUMENTS,
        Capability.READ_STATUS,
        Capability.EXTENDED_VAT,
        Capability.UPDATE,
        Capability.LINKS,
        Capability.UNIQUE_NUMBERS,
        Capability.SEARCH_BY_EMAIL,
        Capability.SEND_INVOICE,
    }
)
ALIASES = {"update_invoice": Capability.UPDATE}
PAYLOADS = {DocumentKind.BILL: bill_payload, DocumentKind.ACT: act_payload}


class ElbaOauthClient(NoMoney):
    """Elba over one OAuth client, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param capabilities: switches such as ``{"search_documents": False}``.
    """

    system = "elba oauth"
    max_lines = LIMITS.lines
    at_once = 2
    numbers_itself = frozenset({DocumentKind.ACT})

    def __init__(self, http: Transport, capabilities: Mapping[str, bool] | None = None) -> None:
        self.capabilities = capabilities_of(self.system, ABLE, capabilities, ALIASES)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._books = SearchableBooks(
            system=self.system,
            http=http.with_verdicts(searchable.VERDICTS),
            base="",
            paths=PATHS,
            to_document=to_document,
            capabilities=self.capabilities,
            numbered_by_server=self.numbers_itself,
        )

    def check(self) -> str:
        """Read one counterparty: this dialect never says whose books it opens."""
        http = self._books.http.with_verdicts(NO_SUCH_LIST)
        http.read("GET", "/counterparties", params={"limit": "1"})
        return "Elba (oauth) opens the books of this OAuth client and does not say whose they are."

    def counterparty_payload(self, counterparty: Counterparty) -> Payload:
        """Return what creating it would send."""
        check_counterparty(counterparty, LIMITS, self.system)
        return oauth_payloads.counterparty_payload(counterparty)

    def document_payload(self, document: Document, counterparty_id: str) -> Payload:
        """Return what creating it would send."""
        kind = document.key.kind
        require(KIND_CAPABILITY[kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        payload = PAYLOADS[kind](document, counterparty_id)
        check_text(Text("Комментарий", payload["comment"], LIMITS.comment), self.system)
        return payload

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves, or a person by e-mail where the connection allows it.

        Several matches are ``counterparty_ambiguous``.
        """
        if counterparty.inn or Capability.SEARCH_BY_EMAIL not in self.capabilities:
            return self._books.find_counterparty(counterparty)
        return self._books.find_person(counterparty) if counterparty.email else None

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it, or find the one that the books say exists."""
        payload = self.counterparty_payload(counterparty)
        return self._books.create_counterparty(counterparty, payload)

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create a bill or an act, or adopt the very same bill that already bears its number and mark."""
        payload = self.document_payload(document, counterparty_id)
        return self._books.create_document(document, counterparty_id, payload)

    def update_document(self, document: Document, external_id: str, counterparty_id: str) -> None:
        """Replace the whole content of a bill while nobody has paid it; an act is left to a person."""
        require(Capability.UPDATE, self.capabilities, self.system)
        payload = self.document_payload(document, counterparty_id)
        kind = document.key.kind
        if kind is not DocumentKind.BILL:
            raise by_hand(HoldReason.CHANGED_AFTER_POSTING, external_id, "акты Эльба менять не даёт")
        with left_to_a_person(HoldReason.CHANGED_AFTER_POSTING, external_id):
            self._books.http.write("PUT", self._books.path(kind, external_id), json=payload)

    def cancel_document(self, kind: DocumentKind, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: this dialect cancels nothing."""
        raise incapable(Capability.CANCEL, self.system)

    def publish_link(self, kind: DocumentKind, external_id: str) -> str:
        """Return the address that Elba gave the document when it was made; empty if it gave none."""
        require(Capability.LINKS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return str(self._books.row(kind, external_id).get("link") or "")

    def read_news(self, offset: int) -> NoReturn:  # noqa: ARG002
        """Refuse: this dialect tells no news."""
        raise incapable(Capability.NEWS, self.system)

    def read_back(self, document: Document, external_id: str) -> None:
        """The next reconciliation lists it anyway."""

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all bills or acts dated within the days."""
        require(Capability.SEARCH_DOCUMENTS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._books.documents(kind, searchable.days(first_day, last_day))

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> list[BookDocument]:
        """Return the bills with this number in the year of the day, or all acts of the day."""
        require(Capability.SEARCH_DOCUMENTS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._books.look_up(kind, number, sent_on)

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one bill or act, or None if the books have none with that id."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._books.document(kind, external_id)
