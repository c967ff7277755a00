"""The calls of Elba's public API: it creates bills, acts and sale documents, and shows bills alone."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import NoReturn
from urllib.parse import quote

from bookkeeping.clients.answers import Answer
from bookkeeping.clients.books import (
    KIND_CAPABILITY,
    capabilities_of,
    created_id,
    exact_match,
    incapable,
    require,
    understood,
    vat_rates_of,
)
from bookkeeping.clients.by_hand import by_hand, left_to_a_person
from bookkeeping.clients.elba import news
from bookkeeping.clients.elba.links import Links
from bookkeeping.clients.elba.no_money import NoMoney
from bookkeeping.clients.elba.public_payloads import (
    LIMITS,
    PATHS,
    SALE_PATHS,
    VAT_CODES,
    contractor_payload,
    delivery_note_payload,
    document_payload,
    to_bill,
    upd_payload,
)
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.clients.limits import Text, check_counterparty, check_document, check_text
from bookkeeping.clients.pages import PAGE_SIZE, Page, Row, list_rows, read_all, to_page
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.domain import (
    BillNews,
    BookDocument,
    Capability,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
)
from bookkeeping.errors import MisconfiguredError, SyncError, TransientError

log = logging.getLogger(__name__)

ABLE = frozenset(
    {
        Capability.BILLS,
        Capability.SALES,
        Capability.ACTS,
        Capability.READ_STATUS,
        Capability.EXTENDED_VAT,
        Capability.CANCEL,
        Capability.LINKS,
        Capability.NEWS,
    }
)
LINKABLE = (DocumentKind.BILL, DocumentKind.ACT)
ACCEPTED, CONFLICT, NOT_FOUND = 202, 409, 404
POLLS = 30
POLL_EVERY = 1.0  # seconds, when the task does not say


class ElbaPublicClient(NoMoney):
    """Elba over one API key, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param organization_id: which of the key's organizations.
    :param bank_account_id: the account to name in documents; empty for Elba's own choice.
    :param capabilities: switches such as ``{"sales": False}``.
    :param sale_form: what a sale is here, ``upd`` or ``delivery_note``.
    """

    system = "elba public"
    max_lines = LIMITS.lines
    at_once = 4
    numbers_itself = frozenset[DocumentKind]()

    def __init__(
        self,
        http: Transport,
        organization_id: str,
        bank_account_id: str = "",
        capabilities: Mapping[str, bool] | None = None,
        sale_form: str = "upd",
    ) -> None:
        self.capabilities = _consistent(capabilities_of(self.system, ABLE, capabilities))
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._http = http
        self._writes = http.with_verdicts({"404": MisconfiguredError})
        self._organization_id = organization_id
        self._bank_account_id = bank_account_id
        self._sale_form = sale_form
        self._organization = f"/organizations/{quote(organization_id, safe='')}"
        self._links = Links(http, self._organization)

    def check(self) -> str:
        """Find the organization and the bank account among those that the key opens."""
        organizations = list_rows(self._http, "/organizations", wrapper="organizations")
        ours = _row_with(organizations, self._organization_id, "organization_id")
        if self._bank_account_id:
            accounts = list_rows(self._http, f"{self._organization}/bank-accounts", wrapper="bankAccounts")
            open_accounts = [row for row in accounts if not row.get("closed")]
            _row_with(open_accounts, self._bank_account_id, "bank_account_id")
        return f"Elba of the organization with INN {ours.get('inn') or 'unknown'}."

    def counterparty_payload(self, counterparty: Counterparty) -> Payload:
        """Return what creating it would send."""
        check_counterparty(counterparty, LIMITS, self.system)
        return contractor_payload(counterparty)

    def document_payload(self, document: Document, counterparty_id: str) -> Payload:
        """Return what creating it would send."""
        kind = document.key.kind
        require(KIND_CAPABILITY[kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        _, to_payload = self._form_of(kind)
        payload = to_payload(document, counterparty_id, self._bank_account_id)
        if "comment" in payload:
            check_text(Text("Комментарий", payload["comment"], LIMITS.comment), self.system)
        return payload

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves; several matches are ``counterparty_ambiguous``."""
        if not counterparty.inn:
            return None
        return exact_match(read_all(lambda offset: self._search(counterparty.inn, offset)), counterparty)

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it, or find the one that has the same INN and KPP."""
        payload = self.counterparty_payload(counterparty)
        try:
            answer = self._post("/contractors", payload)
        except ApiRefusal as refusal:
            if refusal.status == CONFLICT and (external_id := self.find_counterparty(counterparty)):
                return external_id
            raise
        return created_id(answer, "a contractor")

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create a document and return its id."""
        kind, payload = document.key.kind, self.document_payload(document, counterparty_id)
        path, _ = self._form_of(kind)
        return created_id(self._post(path, payload), f"{kind.value} {document.number}")

    def update_document(self, document: Document, external_id: str, counterparty_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: this API changes no document."""
        raise incapable(Capability.UPDATE, self.system)

    def cancel_document(self, kind: DocumentKind, external_id: str) -> None:
        """Close the public link of a bill or act, if it has one: that is all that can be taken back."""
        require(Capability.CANCEL, self.capabilities, self.system)
        reason = HoldReason.CANCELLED_AFTER_POSTING
        if kind not in LINKABLE:
            raise by_hand(reason, external_id, "Эльба отменяет продажи только на своих экранах")
        with left_to_a_person(reason, external_id):
            self._links.withdraw(external_id)

    def publish_link(self, kind: DocumentKind, external_id: str) -> str:
        """Open a bill or act to everybody who has its address, and return the address."""
        require(Capability.LINKS, self.capabilities, self.system)
        if kind not in LINKABLE:
            raise MisconfiguredError(f"{self.system} has links to bills and acts alone, not to a {kind}.")
        return self._links.publish(external_id)

    def read_news(self, offset: int) -> list[BillNews]:
        """Return what was paid on bills, leaving out at most the first *offset* pieces of news."""
        require(Capability.NEWS, self.capabilities, self.system)
        return news.read_news(self._http, self._organization, offset)

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> NoReturn:  # noqa: ARG002
        """Refuse: this API lists no documents."""
        raise incapable(Capability.SEARCH_DOCUMENTS, self.system)

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> NoReturn:  # noqa: ARG002
        """Refuse: this API lists no documents."""
        raise incapable(Capability.SEARCH_DOCUMENTS, self.system)

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one bill, or None if there is none with that id; this API shows nothing else."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        if kind is not DocumentKind.BILL:
            raise MisconfiguredError(f"{self.system} shows bills alone, not a {kind.value}.")
        try:
            row = self._http.read("GET", f"{self._organization}/bills/{quote(external_id, safe='')}").body
        except ApiRefusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return understood(partial(to_bill, kind), kind.value, row)

    def _form_of(self, kind: DocumentKind) -> tuple[str, Callable[[Document, str, str], Payload]]:
        if kind is not DocumentKind.SALE:
            return PATHS[kind], document_payload
        is_upd = self._sale_form == "upd"
        return SALE_PATHS[self._sale_form], upd_payload if is_upd else delivery_note_payload

    def _post(self, path: str, payload: Payload) -> Answer:
        return self._writes.write("POST", self._organization + path, json=payload)

    def _search(self, inn: str, offset: int) -> Page:
        query = {"offset": offset, "limit": PAGE_SIZE, "filter": {"inn": inn}}
        answer = self._http.read("POST", f"{self._organization}/contractors/search", json=query)
        if answer.status == ACCEPTED:
            answer = self._finished(str(answer.get("id")))
        return to_page(answer, "contractors")

    def _finished(self, task_id: str) -> Answer:
        """Poll a long-running task until it ends, as often as it advises."""
        for _ in range(POLLS):
            answer = self._http.read("GET", f"/long-running-tasks/{quote(task_id, safe='')}")
            if answer.get("status") == "completed":
                return replace(answer, body=answer.get("result"))
            if answer.get("status") == "failed":
                break
            self._http.sleep(min(answer.retry_after or POLL_EVERY, self._http.max_inline_wait))
        raise TransientError(f"Elba's search (task {task_id}) did not end well; it can be tried again.")

    def read_back(self, document: Document, external_id: str) -> None:
        """Read a new bill back: it exists, so a difference is for people to see, not a reason to fail."""
        if document.key.kind is not DocumentKind.BILL:
            return
        try:
            bill = self.read_document(DocumentKind.BILL, external_id)
        except SyncError as error:
            log.warning("Bill %s could not be read back: %s", external_id, type(error).__name__)
            return
        if bill is None or bill.total != document.total:
            shown = "nothing" if bill is None else bill.total
            log.warning("Bill %s: we sent %s, Elba shows %s", external_id, document.total, shown)


def _consistent(capabilities: frozenset[Capability]) -> frozenset[Capability]:
    """Cancelling is closing a link: without links there is nothing to cancel with."""
    return capabilities if Capability.LINKS in capabilities else capabilities - {Capability.CANCEL}


def _row_with(rows: list[Row], wanted: str, field: str) -> Row:
    for row in rows:
        if row["id"] == wanted:
            return row
    known = ", ".join(str(row["id"]) for row in rows) or "none"
    raise MisconfiguredError(f"{field} {wanted!r} is not among what this API key opens: {known}.")
