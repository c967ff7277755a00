"""The calls of Kontur.Accounting; its codes for an error and what they mean to us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import NoReturn
from urllib.parse import quote

from bookkeeping.clients import searchable
from bookkeeping.clients.answers import Answer
from bookkeeping.clients.books import (
    KIND_CAPABILITY,
    capabilities_of,
    incapable,
    require,
    vat_rates_of,
)
from bookkeeping.clients.by_hand import WHY, by_hand, left_to_a_person
from bookkeeping.clients.failures import ApiRefusal, Verdicts
from bookkeeping.clients.kontur import payloads
from bookkeeping.clients.kontur.bank import list_incoming
from bookkeeping.clients.kontur.payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    correction_payload,
    is_corrected,
    money_payload,
    says,
    to_document,
)
from bookkeeping.clients.limits import Text, check_counterparty, check_document, check_text
from bookkeeping.clients.pages import NO_SUCH_LIST, Row, list_rows
from bookkeeping.clients.searchable import NOT_FOUND, SearchableBooks
from bookkeeping.clients.transport import Payload, Transport
from bookkeeping.domain import (
    MONEY_CAPABILITY,
    BankTransaction,
    BookDocument,
    Capability,
    Correction,
    Counterparty,
    Document,
    DocumentKind,
    HoldReason,
    MoneyKind,
    MoneyRecord,
)
from bookkeeping.errors import MisconfiguredError, RejectedError, TransientError

ABLE = frozenset(Capability) - {
    Capability.LINKS,
    Capability.NEWS,
    Capability.SEARCH_BY_EMAIL,
    Capability.SEND_INVOICE,
}
VERDICTS: Verdicts = {
    **searchable.VERDICTS,
    "account_not_found": MisconfiguredError,
    "ambiguous_credentials": MisconfiguredError,
    "period_closed": HoldReason.PERIOD_CLOSED,
    "invalid_inn": HoldReason.INN_INVALID,
    "invalid_kpp": HoldReason.KPP_INVALID,
    "total_mismatch": HoldReason.TOTAL_MISMATCH,
    "vat_rate_not_valid_on_date": HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
    "vat_not_allowed_for_account": HoldReason.VAT_RATE_NOT_SUPPORTED,
}
PAGE_SIZE = 500
"""The most rows that a list gives at once."""

LONG_AGO = date(2000, 1, 1)
"""A day on which nothing was sold: its list is short."""

MAY_BE_MISSING: Verdicts = {"404": HoldReason.REJECTED_BY_BOOKS}
CHANGED_MEANWHILE: Verdicts = {"version_conflict": TransientError}
MONEY_COMMENT = 500
MONEY_PATHS = {MoneyKind.PAYMENT: "payments", MoneyKind.REFUND: "refunds"}


class KonturClient:
    """Kontur.Accounting over one connection, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param account_id: the organisation's id in Kontur.Accounting.
    :param capabilities: switches such as ``{"search_documents": False}``.
    :param page_size: how many documents of a list are asked for at once.
    """

    system = "kontur"
    max_lines = LIMITS.lines
    at_once = 2
    numbers_itself = frozenset[DocumentKind]()

    def __init__(
        self,
        http: Transport,
        account_id: str,
        capabilities: Mapping[str, bool] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self.capabilities = capabilities_of(self.system, ABLE, capabilities)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._account_id = account_id
        self._books = SearchableBooks(
            system=self.system,
            http=http.with_verdicts(VERDICTS),
            base=f"/accounts/{quote(account_id, safe='')}",
            paths=PATHS,
            to_document=to_document,
            capabilities=self.capabilities,
            page_size=page_size,
        )
        self._http = self._books.http

    def check(self) -> str:
        """Ask whose books these are; where that cannot be asked, read one counterparty."""
        if account := self._account():
            name = account.get("name") or "an unnamed account"
            return f"Kontur.Accounting of {name}, INN {account.get('inn')}."
        counterparties = f"{self._books.base}/counterparties"
        self._http.with_verdicts(NO_SUCH_LIST).read("GET", counterparties, params={"limit": "1"})
        return f"Kontur.Accounting opens account {self._account_id}; it does not say whose it is."

    def _account(self) -> Answer | None:
        if Capability.ACCOUNT_INFO not in self.capabilities:
            return None
        try:
            return self._http.with_verdicts(MAY_BE_MISSING).read("GET", self._books.base)
        except ApiRefusal as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return None

    def counterparty_payload(self, counterparty: Counterparty) -> Payload:
        """Return what creating it would send."""
        check_counterparty(counterparty, LIMITS, self.system)
        return payloads.counterparty_payload(counterparty)

    def document_payload(self, document: Document, counterparty_id: str) -> Payload:
        """Return what creating it would send."""
        require(KIND_CAPABILITY[document.key.kind], self.capabilities, self.system)
        check_document(document, LIMITS, self.vat_rates, self.system)
        payload = payloads.document_payload(document, counterparty_id, self.capabilities)
        check_text(Text("Комментарий", payload["comment"], LIMITS.comment), self.system)
        return payload

    def find_counterparty(self, counterparty: Counterparty) -> str | None:
        """Search by INN and match the KPP ourselves; several matches are ``counterparty_ambiguous``."""
        return self._books.find_counterparty(counterparty)

    def create_counterparty(self, counterparty: Counterparty) -> str:
        """Create it, or find the one that the books say exists."""
        payload = self.counterparty_payload(counterparty)
        return self._books.create_counterparty(counterparty, payload)

    def create_document(self, document: Document, counterparty_id: str) -> str:
        """Create it, or adopt the very same document that already bears its number and mark."""
        payload = self.document_payload(document, counterparty_id)
        return self._books.create_document(document, counterparty_id, payload)

    def update_document(self, document: Document, external_id: str, counterparty_id: str) -> None:
        """Replace the whole content, while nobody has paid, returned or corrected anything.

        :raises TransientError: somebody changed it between our look and our write: look again.
        """
        require(Capability.UPDATE, self.capabilities, self.system)
        payload = self.document_payload(document, counterparty_id)
        kind = document.key.kind
        with left_to_a_person(HoldReason.CHANGED_AFTER_POSTING, external_id):
            row = self._books.row(kind, external_id)
            if is_corrected(row):  # to put what it first said would be taken, and change nothing
                raise by_hand(HoldReason.CHANGED_AFTER_POSTING, external_id, WHY["has_dependents"])
            http = self._http.with_verdicts(CHANGED_MEANWHILE)
            path = self._books.path(kind, external_id)
            http.write("PUT", path, json={**payload, "version": row.get("version")})

    def cancel_document(self, kind: DocumentKind, external_id: str) -> None:
        """Cancel it, while nobody has paid or corrected anything; it stays in the books for the record."""
        require(Capability.CANCEL, self.capabilities, self.system)
        path = f"{self._books.path(kind, external_id)}/cancel"
        with left_to_a_person(HoldReason.CANCELLED_AFTER_POSTING, external_id):
            self._http.write("POST", path, json={"reason": "Order cancelled in the shop"})

    def publish_link(self, kind: DocumentKind, external_id: str) -> NoReturn:  # noqa: ARG002
        """Refuse: these books have no public pages."""
        raise incapable(Capability.LINKS, self.system)

    def read_news(self, offset: int) -> NoReturn:  # noqa: ARG002
        """Refuse: these books tell no news."""
        raise incapable(Capability.NEWS, self.system)

    def read_back(self, document: Document, external_id: str) -> None:
        """These books refuse what they would sum up otherwise."""

    def list_documents(self, kind: DocumentKind, first_day: date, last_day: date) -> list[BookDocument]:
        """Return all documents of a kind dated within the days, cancelled ones too (see their ``status``)."""
        return self._books.documents(kind, searchable.days(first_day, last_day))

    def look_up(self, kind: DocumentKind, number: str, sent_on: date) -> list[BookDocument]:
        """Return what bears this number in the year of the day, without cancelled documents."""
        return self._books.look_up(kind, number, sent_on)

    def read_document(self, kind: DocumentKind, external_id: str) -> BookDocument | None:
        """Return one document, or None if the books have none of that kind and id."""
        require(Capability.READ_STATUS, self.capabilities, self.system)
        return self._books.document(kind, external_id)

    def record_money(self, record: MoneyRecord, external_id: str) -> str:
        """Record a payment or refund; it is done even where the books name no id, which is then empty."""
        path = self._money_path(record, external_id)
        require(MONEY_CAPABILITY[record.key.kind], self.capabilities, self.system)
        payload = money_payload(record, self.capabilities)
        check_text(Text("Комментарий к оплате", payload["comment"], MONEY_COMMENT), self.system)
        return str(self._http.write("POST", path, json=payload).get("id") or "")

    def find_money(self, record: MoneyRecord, external_id: str) -> str | None:
        """Return the id of the record on this document whose comment ends with the mark."""
        path = self._money_path(record, external_id)
        require(Capability.PAYMENTS_LIST, self.capabilities, self.system)
        with self._unless_gone(record.key.document.kind, external_id, record.order_number):
            row = self._find_marked(path, record.key.mark, Capability.PAYMENTS_LIST)
        return str(row["id"]) if row else None

    def correct_document(self, correction: Correction, external_id: str) -> str:
        """Record goods that came back; it is done even where the books name no id, which is then empty."""
        require(Capability.CORRECTIONS, self.capabilities, self.system)
        payload = correction_payload(correction)
        check_text(Text("Номер корректировки", payload["number"], LIMITS.number), self.system)
        path = self._corrections(correction, external_id)
        return str(self._http.write("POST", path, json=payload).get("id") or "")

    def find_correction(self, correction: Correction, external_id: str) -> str | None:
        """Return the id of the correction of this document whose comment ends with the mark.

        :raises RejectedError: ``manual_required``, it bears our mark and corrects other lines than these.
        """
        require(Capability.CORRECTIONS, self.capabilities, self.system)
        path = self._corrections(correction, external_id)
        with self._unless_gone(correction.document.kind, external_id, correction.order_number):
            row = self._find_marked(path, correction.mark, Capability.CORRECTIONS)
        if row and correction.lines and not says(row, correction):
            raise RejectedError(
                f"Заказ № {correction.order_number}: в учёте уже есть корректировка с нашей пометкой "
                f"({row['id']}) и другими строками. Сверьте её с заказом и внесите недостающее вручную.",
                reason=HoldReason.MANUAL_REQUIRED,
            )
        return str(row["id"]) if row else None

    def list_bank_transactions(self, first_day: date, last_day: date) -> list[BankTransaction]:
        """Return what arrived on the bank account, oldest first, both days inclusive.

        Books that turn out to have no such call have lost the capability after that.
        """
        require(Capability.BANK_TRANSACTIONS, self.capabilities, self.system)
        path = f"{self._books.base}/bank-transactions"
        try:
            return list_incoming(self._http, path, first_day, last_day, self._books.page_size)
        except MisconfiguredError as error:
            if isinstance(error.__cause__, ApiRefusal):
                self.capabilities -= {Capability.BANK_TRANSACTIONS}
            raise

    def _corrections(self, correction: Correction, external_id: str) -> str:
        return f"{self._books.path(correction.document.kind, external_id)}/corrections"

    def _find_marked(self, path: str, mark: str, switch: Capability) -> Row | None:
        rows = list_rows(self._http, path, switch=switch)
        return next((row for row in rows if str(row.get("comment") or "").rstrip().endswith(mark)), None)

    @contextmanager
    def _unless_gone(self, kind: DocumentKind, external_id: str, order_number: str) -> Iterator[None]:
        """A list may be refused because its document is gone: that is the matter of one record alone."""
        try:
            yield
        except MisconfiguredError as error:
            if not self._is_gone(kind, external_id, error):
                raise
            raise RejectedError(
                f"Заказ № {order_number}: документа {external_id} в учёте больше нет. Восстановите его "
                "или внесите запись вручную.",
                reason=HoldReason.MANUAL_REQUIRED,
            ) from error

    def _is_gone(self, kind: DocumentKind, external_id: str, error: MisconfiguredError) -> bool:
        refusal = error.__cause__
        is_missing = isinstance(refusal, ApiRefusal) and refusal.status == NOT_FOUND and bool(refusal.codes)
        may_look = {Capability.READ_STATUS, Capability.SEARCH_DOCUMENTS} <= self.capabilities
        return (
            is_missing and may_look and self._shows(kind) and self._books.document(kind, external_id) is None
        )

    def _shows(self, kind: DocumentKind) -> bool:
        """Whether these books show documents at all: those that do not answer as if one were gone."""
        try:
            self._books.documents(kind, searchable.days(LONG_AGO, LONG_AGO))
        except MisconfiguredError:
            return False
        return True

    def _money_path(self, record: MoneyRecord, external_id: str) -> str:
        kind = record.key.document.kind
        if kind is DocumentKind.BILL or (record.key.kind is MoneyKind.REFUND and kind is DocumentKind.ACT):
            raise RejectedError(
                f"Заказ № {record.order_number}: {record.key.kind.value} на {kind.value} этот учёт "
                "не принимает. Проведите вручную.",
                reason=HoldReason.MANUAL_REQUIRED,
            )
        return f"{self._books.path(kind, external_id)}/{MONEY_PATHS[record.key.kind]}"
