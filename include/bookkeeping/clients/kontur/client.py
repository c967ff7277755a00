"""The calls of Kontur.Accounting; its codes for an error and what they mean to us."""

from collections.abc import Mapping
from datetime import date
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
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.kontur.payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    counterparty_payload,
    document_payload,
    money_payload,
    to_document,
)
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
    MoneyKind,
    MoneyRecord,
)
from bookkeeping.errors import MisconfiguredError, RejectedError

VERDICTS: Verdicts = {
    "account_not_found": MisconfiguredError,
    "ambiguous_credentials": MisconfiguredError,
    "not_found": HoldReason.REJECTED_BY_BOOKS,
    "404": MisconfiguredError,
    "duplicate_number": HoldReason.NUMBER_TAKEN,
    "period_closed": HoldReason.PERIOD_CLOSED,
    "payload_too_large": HoldReason.TOO_MANY_LINES,
    "413": HoldReason.TOO_MANY_LINES,
    "invalid_inn": HoldReason.INN_INVALID,
    "invalid_kpp": HoldReason.KPP_INVALID,
    "total_mismatch": HoldReason.TOTAL_MISMATCH,
    "vat_rate_not_valid_on_date": HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
    "vat_not_allowed_for_account": HoldReason.VAT_RATE_NOT_SUPPORTED,
}
MONEY_CAPABILITY = {MoneyKind.PAYMENT: Capability.PAYMENTS, MoneyKind.REFUND: Capability.REFUNDS}
MONEY_PATHS = {MoneyKind.PAYMENT: "payments", MoneyKind.REFUND: "refunds"}
MAY_BE_MISSING: Verdicts = {"404": HoldReason.REJECTED_BY_BOOKS}


class KonturClient:
    """Kontur.Accounting over one connection, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param account_id: the organisation's id in Kontur.Accounting.
    :param capabilities: switches such as ``{"search_documents": False}``.
    """

    system = "kontur"
    max_lines = LIMITS.lines

    def __init__(
        self, http: Transport, account_id: str, capabilities: Mapping[str, bool] | None = None
    ) -> None:
        self.capabilities = capabilities_of(self.system, frozenset(Capability), capabilities)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._http = http.with_verdicts(VERDICTS)
        self._account_id = account_id
        self._account = f"/accounts/{quote(account_id, safe='')}"

    def check(self) -> str:
        """Ask whose books these are; where that cannot be asked, read one counterparty."""
        try:
            account = self._http.with_verdicts(MAY_BE_MISSING).read("GET", self._account).body
        except ApiRefusal as refusal:
            if refusal.status != NOT_FOUND:
                raise
            account = None
            self._http.read("GET", f"{self._account}/counterparties", params={"limit": "1"})
        if isinstance(account, dict) and account.get("name"):
            return f"Kontur.Accounting of {account['name']}, INN {account.get('inn')}."
        return f"Kontur.Accounting opens account {self._account_id} and does not say whose it is."

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves; several matches are ``counterparty_ambiguous``."""
        if not counterparty.inn:
            return None
        rows = list_rows(self._http, f"{self._account}/counterparties", {"inn": counterparty.inn})
        return exact_match(rows, counterparty)

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
        """Create it, or adopt the very same document that already bears its number and mark."""
        kind = document.key.kind
        require(KIND_CAPABILITY[kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        try:
            answer = self._post(PATHS[kind], document_payload(document, counterparty_id))
        except ApiRefusal as refusal:
            if not self._can_look_up(refusal):
                raise
            twins = self._twins(document)
            if not twins and not refusal.codes:
                raise
            return adopt(document, counterparty_id, twins)
        return created_id(answer, f"{kind.value} {document.number}")

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all documents of a kind dated within the days, cancelled ones too (see their ``status``)."""
        require(Capability.SEARCH_DOCUMENTS, self.capabilities, self.system)
        return self._documents(kind, {"dateFrom": first_day.isoformat(), "dateTo": last_day.isoformat()})

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one document, or None if the books have none of that kind and id."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        try:
            row = self._http.read("GET", f"{self._path(kind, external_id)}").body
        except ApiRefusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        return understood(to_document, kind, row)

    def record_money(self, record: MoneyRecord, external_id: str) -> str:
        """Record a payment or refund; it is done even where the books name no id, which is then empty."""
        require(MONEY_CAPABILITY[record.key.kind], self.capabilities, self.system)
        _refuse_elsewhere(record)
        body = self._http.write(
            "POST", self._money_path(record, external_id), json=money_payload(record)
        ).body
        return str(body.get("id") or "") if isinstance(body, dict) else ""

    def find_money(self, record: MoneyRecord, external_id: str) -> str | None:
        """Return the id of the record on this document whose comment ends with the mark."""
        require(Capability.PAYMENTS_LIST, self.capabilities, self.system)
        _refuse_elsewhere(record)
        for row in list_rows(self._http, self._money_path(record, external_id), {}):
            if str(row.get("comment") or "").rstrip().endswith(record.key.mark):
                return str(row["id"])
        return None

    def _post(self, path: str, payload: dict[str, object]) -> Answer:
        return self._http.write("POST", self._account + path, json=payload)

    def _path(self, kind: DocumentKind, external_id: str) -> str:
        return f"{self._account}{PATHS[kind]}/{quote(external_id, safe='')}"

    def _money_path(self, record: MoneyRecord, external_id: str) -> str:
        return f"{self._path(record.key.document.kind, external_id)}/{MONEY_PATHS[record.key.kind]}"

    def _documents(self, kind: DocumentKind, filters: Mapping[str, str]) -> list[BookDocument]:
        rows = list_rows(self._http, self._account + PATHS[kind], filters)
        return [understood(to_document, kind, row) for row in rows]

    def _can_look_up(self, refusal: ApiRefusal) -> bool:
        return means_number_taken(refusal) and Capability.SEARCH_DOCUMENTS in self.capabilities

    def _twins(self, document: Document) -> list[BookDocument]:
        year = document.issued_on.year
        dates = {"dateFrom": f"{year}-01-01", "dateTo": f"{year}-12-31"}
        found = self._documents(document.key.kind, {"number": document.number, **dates})
        return [twin for twin in found if twin.number == document.number and twin.status != "cancelled"]


def _refuse_elsewhere(record: MoneyRecord) -> None:
    """Let money through to where it may stand: payments never on bills, refunds on sale documents alone."""
    kind = record.key.document.kind
    if kind is DocumentKind.BILL or (record.key.kind is MoneyKind.REFUND and kind is not DocumentKind.SALE):
        raise RejectedError(
            f"Заказ № {record.order_number}: {record.key.kind.value} не записывается на {kind.value}. "
            "Проведите вручную.",
            reason=HoldReason.MANUAL_REQUIRED,
        )
