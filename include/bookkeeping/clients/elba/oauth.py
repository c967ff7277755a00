"""The calls of Elba's first dialect: buyers, bills and acts; it has no payments."""

from collections.abc import Mapping
from datetime import date
from typing import NoReturn
from urllib.parse import quote

from bookkeeping.clients.answers import Answer
from bookkeeping.clients.books import (
    CONFLICT,
    KIND_CAPABILITY,
    NOT_FOUND,
    adopt,
    capabilities_of,
    created_id,
    exact_match,
    means_number_taken,
    require,
    understood,
    unseen_twin,
    vat_rates_of,
)
from bookkeeping.clients.elba.oauth_payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    act_payload,
    bill_payload,
    counterparty_payload,
    to_document,
)
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.limits import check_counterparty, check_document
from bookkeeping.clients.pages import list_rows
from bookkeeping.clients.transport import Transport
from bookkeeping.domain import (
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
    MoneyRecord,
)
from bookkeeping.errors import MisconfiguredError

ABLE = frozenset(
    {
        Capability.BILLS,
        Capability.ACTS,
        Capability.SEARCH_DOCUMENTS,
        Capability.READ_STATUS,
        Capability.EXTENDED_VAT,
    }
)
VERDICTS: Verdicts = {
    "duplicate_number": HoldReason.NUMBER_TAKEN,
    "payload_too_large": HoldReason.TOO_MANY_LINES,
    "413": HoldReason.TOO_MANY_LINES,
    "not_found": HoldReason.REJECTED_BY_BOOKS,
    "404": MisconfiguredError,
}
PAYLOADS = {DocumentKind.BILL: bill_payload, DocumentKind.ACT: act_payload}


class ElbaOauthClient:
    """Elba over one OAuth client, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param capabilities: switches such as ``{"search_documents": False}``.
    """

    system = "elba oauth"
    max_lines = LIMITS.lines

    def __init__(self, http: Transport, capabilities: Mapping[str, bool] | None = None) -> None:
        self.capabilities = capabilities_of(self.system, ABLE, capabilities)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._http = http.with_verdicts(VERDICTS)

    def check(self) -> str:
        """Read one counterparty: this dialect never says whose books it opens."""
        self._http.read("GET", "/counterparties", params={"limit": "1"})
        return "Elba (oauth) opens the books of this OAuth client and does not say whose they are."

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves; several matches are ``counterparty_ambiguous``."""
        if not counterparty.inn:
            return None
        return exact_match(list_rows(self._http, "/counterparties", {"inn": counterparty.inn}), counterparty)

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it, or find the one that the books say exists."""
        check_counterparty(counterparty, LIMITS, self.system)
        try:
            answer = self._post("/counterparties", counterparty_payload(counterparty))
        except ApiRefusal as refusal:
            if refusal.status != CONFLICT or not counterparty.inn:
                raise
            return self.find_counterparty(counterparty) or unseen_twin()
        return created_id(answer, "a counterparty")

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create a bill or an act, or adopt the very same bill that already bears its number and mark."""
        kind = document.key.kind
        require(KIND_CAPABILITY[kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        try:
            answer = self._post(PATHS[kind], PAYLOADS[kind](document, counterparty_id))
        except ApiRefusal as refusal:
            if not self._can_look_up(refusal):
                raise
            twins = self._twins(document)
            if not twins and not refusal.codes:
                raise
            return adopt(document, counterparty_id, twins)
        return created_id(answer, f"{kind.value} {document.number}")

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all bills or acts dated within the days."""
        require(Capability.SEARCH_DOCUMENTS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        return self._documents(kind, {"dateFrom": first_day.isoformat(), "dateTo": last_day.isoformat()})

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one bill or act, or None if the books have none with that id."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        require(KIND_CAPABILITY[kind], ABLE, self.system)
        try:
            row = self._http.read("GET", f"{PATHS[kind]}/{quote(external_id, safe='')}").body
        except ApiRefusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return understood(to_document, kind, row)

    def record_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002 AccountingBackend
        """Refuse: no call of Elba records money."""
        no_money(self.system)

    def find_money(self, record: MoneyRecord, external_id: str) -> NoReturn:  # noqa: ARG002 AccountingBackend
        """Refuse: no call of Elba shows records of money."""
        no_money(self.system)

    def _post(self, path: str, payload: dict[str, object]) -> Answer:
        return self._http.write("POST", path, json=payload)

    def _documents(self, kind: DocumentKind, filters: Mapping[str, str]) -> list[BookDocument]:
        return [understood(to_document, kind, row) for row in list_rows(self._http, PATHS[kind], filters)]

    def _can_look_up(self, refusal: ApiRefusal) -> bool:
        return means_number_taken(refusal) and Capability.SEARCH_DOCUMENTS in self.capabilities

    def _twins(self, document: Document) -> list[BookDocument]:
        year = document.issued_on.year
        dates = {"dateFrom": f"{year}-01-01", "dateTo": f"{year}-12-31"}
        found = self._documents(document.key.kind, {"number": document.number, **dates})
        return [twin for twin in found if twin.number in ("", document.number)]
