"""The calls of Elba's first dialect: buyers, bills and acts; it has no payments."""

from collections.abc import Mapping
from datetime import date

from bookkeeping.clients import searchable
from bookkeeping.clients.books import KIND_CAPABILITY, capabilities_of, require, vat_rates_of
from bookkeeping.clients.elba.no_money import NoMoney
from bookkeeping.clients.elba.oauth_payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    act_payload,
    bill_payload,
    counterparty_payload,
    to_document,
)
from bookkeeping.clients.limits import check_counterparty, check_document
from bookkeeping.clients.pages import NO_SUCH_LIST
from bookkeeping.clients.searchable import SearchableBooks
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import (
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
)

ABLE = frozenset(
    {
        Capability.BILLS,
        Capability.ACTS,
        Capability.SEARCH_DOCUMENTS,
        Capability.READ_STATUS,
        Capability.EXTENDED_VAT,
    }
)
PAYLOADS = {DocumentKind.BILL: bill_payload, DocumentKind.ACT: act_payload}


class ElbaOauthClient(NoMoney):
    """Elba over one OAuth client, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param capabilities: switches such as ``{"search_documents": False}``.
    """

    system = "elba oauth"
    max_lines = LIMITS.lines

    def __init__(self, http: Transport, capabilities: Mapping[str, bool] | None = None) -> None:
        self.capabilities = capabilities_of(self.system, ABLE, capabilities)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._books = SearchableBooks(
            http=http.with_verdicts(searchable.VERDICTS),
            base="",
            paths=PATHS,
            to_document=to_document,
            may_search=Capability.SEARCH_DOCUMENTS in self.capabilities,
        )

    def check(self) -> str:
        """Read one counterparty: this dialect never says whose books it opens."""
        http = self._books.http.with_verdicts(NO_SUCH_LIST)
        http.read("GET", "/counterparties", params={"limit": "1"})
        return "Elba (oauth) opens the books of this OAuth client and does not say whose they are."

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves; several matches are ``counterparty_ambiguous``."""
        return self._books.find_counterparty(counterparty)

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it, or find the one that the books say exists."""
        check_counterparty(counterparty, LIMITS, self.system)
        return self._books.create_counterparty(counterparty, counterparty_payload(counterparty))

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create a bill or an act, or adopt the very same bill that already bears its number and mark."""
        kind = document.key.kind
        require(KIND_CAPABILITY[kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        payload = PAYLOADS[kind](document, counterparty_id)
        return self._books.create_document(document, counterparty_id, payload)

    def read_back(self, document: Document, external_id: str) -> None:
        """The next reconciliation lists it anyway."""

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all bills or acts dated within the days."""
        require(Capability.SEARCH_DOCUMENTS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._books.documents(kind, searchable.days(first_day, last_day))

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one bill or act, or None if the books have none with that id."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._books.document(kind, external_id)
