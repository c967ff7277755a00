"""The three books and the shop, each behind its own client, over real HTTP against one sandbox."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import requests

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
)
from sandbox.app import Settings, create_app, serving

DAY = date(2026, 10, 3)
BUYER = Counterparty(
    key="inn:7736207543:773601001",
    kind=CounterpartyKind.COMPANY,
    name="ООО «Покупатель»",
    inn="7736207543",
    kpp="773601001",
    email="buyer@example.ru",
    phone="+79990000000",
    address="Москва, Тверская, 1",
)
PERSON = Counterparty("person:1", CounterpartyKind.INDIVIDUAL, "Иван Петров", email="ivan@example.ru")
LINE = DocumentLine(
    name="Чайник",
    quantity=Decimal(3),
    unit="шт",
    price=Decimal("100.00"),
    total=Decimal("300.00"),
    vat_rate=VatRate.VAT22,
    vat=Decimal("54.10"),
)


@dataclass
class Sandbox:
    """One sandbox: asked over HTTP, and steered from within."""

    origin: str
    parts: Any
    defaults: dict

    @property
    def keys(self):
        return self.parts.settings.credentials

    def breaks(self, fault, path="*", method="POST", **rule):
        self.parts.faults.add({"fault": fault, "method": method, "path": path, **rule})

    def behaves(self, **profiles):
        self.parts.profiles.update(profiles)

    def counters(self):
        return self.parts.counters()

    def requests(self):
        return self.counters()["requests"]

    def answered(self, status):
        return self.counters()["by_status"].get(status, 0)

    def post(self, path, body, **headers):
        requests.post(self.origin + path, json=body, headers=headers, timeout=5).raise_for_status()

    def forget(self):
        self.parts.faults.clear()
        self.parts.shelf.clear()
        self.parts.profiles.update(self.defaults)


@pytest.fixture(scope="session")
def started():
    app = create_app(Settings(limits=False))
    with serving(app) as origin:
        parts = app.state.sandbox
        yield Sandbox(origin, parts, parts.profiles.as_dict())


@pytest.fixture
def sandbox(started):
    started.forget()
    return started


class Books:
    """One of the three books: its client, and what it holds."""

    name: str
    counterparties: str
    shelves: dict
    base: str
    kinds = property(lambda self: tuple(self.shelves))

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.client = self.open()

    def open(self, secret=None, capabilities=None):
        raise NotImplementedError

    def transport(self, auth):
        return Transport(self.sandbox.origin + self.base, auth=auth, timeout=(1, 2), sleep=lambda _: None)

    def rows(self, collection):
        return self.sandbox.parts.shelf.state()[self.name][collection]

    def documents(self, kind):
        return self.rows(self.shelves[kind])

    def buyers(self):
        return self.rows(self.counterparties)

    def twin_buyer(self, **changes):
        """Put another buyer like the first one into the books, past all of their checks."""
        book = self.sandbox.parts.shelf.books[self.name]
        row = {field: value for field, value in book.rows(self.counterparties)[0].items() if field != "id"}
        return book.add(self.counterparties, row | changes)["id"]

    def lists(self):
        return "search_documents" in self.client.capabilities


class Kontur(Books):
    name, counterparties, base = "kontur", "counterparties", "/budget/v1"
    shelves: ClassVar = dict.fromkeys(DocumentKind, "documents")

    def open(self, secret=None, capabilities=None):
        keys = self.sandbox.keys
        auth = ApiKey("X-Api-Key", secret or keys.kontur_api_key)
        return KonturClient(self.transport(auth), keys.kontur_account, capabilities)


class ElbaOauth(Books):
    name, counterparties, base = "elba_oauth", "counterparties", "/api/v1"
    shelves: ClassVar = {DocumentKind.BILL: "invoices", DocumentKind.ACT: "acts"}

    def open(self, secret=None, capabilities=None):
        keys = self.sandbox.keys
        token_url = f"{self.sandbox.origin}/connect/token"
        auth = ClientCredentials(
            token_url,
            keys.elba_client_id,
            secret or keys.elba_client_secret,
            "elba.api",
            sleep=lambda _: None,
        )
        return ElbaOauthClient(self.transport(auth), capabilities)


class ElbaPublic(Books):
    name, counterparties, base = "elba_public", "contractors", "/v1"
    shelves: ClassVar = {
        DocumentKind.BILL: "bills",
        DocumentKind.SALE: "universal_transfer_documents",
        DocumentKind.ACT: "acts",
    }

    def open(self, secret=None, capabilities=None, sale_form="upd"):
        keys = self.sandbox.keys
        auth = ApiKey("X-Kontur-ApiKey", secret or keys.elba_api_key)
        account = keys.elba_organization_id, keys.elba_bank_account_id
        return ElbaPublicClient(self.transport(auth), *account, capabilities, sale_form)


@pytest.fixture(params=[Kontur, ElbaOauth, ElbaPublic], ids=lambda books: books.name)
def books(request, sandbox):
    return request.param(sandbox)


@pytest.fixture(params=[Kontur, ElbaOauth], ids=lambda books: books.name)
def searchable(request, sandbox):
    """The books that list what they hold."""
    return request.param(sandbox)


@pytest.fixture
def kontur(sandbox):
    return Kontur(sandbox)


@pytest.fixture
def elba(sandbox):
    return ElbaOauth(sandbox)


@pytest.fixture
def public(sandbox):
    return ElbaPublic(sandbox)


@pytest.fixture
def buyer():
    return BUYER


@pytest.fixture
def public_buyer(public, buyer):
    return public.client.create_counterparty(buyer)


@pytest.fixture
def person():
    return PERSON


@pytest.fixture
def line():
    return LINE


@pytest.fixture
def document():
    """Make a document of any kind; the bill of order 512 unless said otherwise."""

    def make(kind=DocumentKind.BILL, **changes):
        shipment = "" if kind is DocumentKind.BILL else "733"
        bill = Document(
            key=DocumentKey("romashka", kind, "512", shipment),
            number="1045",
            issued_on=DAY,
            counterparty=BUYER,
            lines=(LINE,),
            order_number="1045",
            pay_by=date(2026, 10, 6) if kind is DocumentKind.BILL else None,
        )
        return replace(bill, **changes)

    return make


@pytest.fixture
def portal(sandbox):
    """The way to the shop through its webhook."""
    keys = sandbox.keys
    return Transport(
        f"{sandbox.origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}",
        auth=Unsigned((keys.bitrix_webhook,)),
        timeout=(1, 5),
        sleep=lambda _: None,
    )
