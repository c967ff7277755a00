"""The calls of Elba's public API: it creates bills, acts and УПД, and shows bills alone."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import NoReturn
from urllib.parse import quote

from bookkeeping.clients.answers import Answer, Json
from bookkeeping.clients.books import (
    KIND_CAPABILITY,
    capabilities_of,
    created_id,
    exact_match,
    require,
    understood,
    vat_rates_of,
)
from bookkeeping.clients.elba.public_payloads import (
    LIMITS,
    PATHS,
    VAT_CODES,
    contractor_payload,
    document_payload,
    to_bill,
    upd_payload,
)
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.clients.limits import check_counterparty, check_document
from bookkeeping.clients.pages import PAGE_SIZE, Page, Row, read_all, to_page
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
from bookkeeping.errors import MisconfiguredError, SyncError, TransientError

log = logging.getLogger(__name__)

ABLE = frozenset(
    {
        Capability.BILLS,
        Capability.SALES,
        Capability.ACTS,
        Capability.READ_STATUS,
        Capability.EXTENDED_VAT,
    }
)
ACCEPTED, CONFLICT, NOT_FOUND = 202, 409, 404
POLLS = 30
POLL_EVERY = 1.0  # seconds, when the task does not say


class ElbaPublicClient:
    """Elba over one API key, as :class:`~bookkeeping.domain.AccountingBackend` promises.

    :param organization_id: which of the key's organizations.
    :param bank_account_id: the account to name in documents; empty for Elba's own choice.
    :param capabilities: switches such as ``{"sales": False}``.
    """

    system = "elba public"
    max_lines = LIMITS.lines

    def __init__(
        self,
        http: Transport,
        organization_id: str,
        bank_account_id: str = "",
        capabilities: Mapping[str, bool] | None = None,
    ) -> None:
        self.capabilities = capabilities_of(self.system, ABLE, capabilities)
        self.vat_rates = vat_rates_of(VAT_CODES, self.capabilities)
        self._http = http
        self._organization_id = organization_id
        self._bank_account_id = bank_account_id
        self._organization = f"/organizations/{quote(organization_id, safe='')}"
