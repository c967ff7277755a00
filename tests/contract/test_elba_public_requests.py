"""Every request to Elba's public API is one that its published contract allows."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import simplejson
import yaml
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from openapi_core.exceptions import OpenAPIError
from requests.adapters import HTTPAdapter

from bookkeeping.clients.auth import ApiKey
from bookkeeping.clients.elba import ElbaPublicClient
from bookkeeping.clients.transport import open_session
from bookkeeping.domain import CounterpartyKind, DocumentKind, VatRate

BILL, SALE, ACT = DocumentKind
CONTRACT = Path(__file__).with_name("elba_public.yaml")
ADDRESS = "https://elba-api.kontur.ru/v1"
GONE = "00000000-0000-0000-0000-000000000000"


class Recorder(HTTPAdapter):
    """Remembers what passes through it on its way to the sandbox."""

    def __init__(self, origin):
        super().__init__()
        self.origin, self.requests = origin, []

    def send(self, request, **settings):
        body = request.body.getvalue() if request.body else None
        url = request.url.replace(f"{self.origin}/v1", ADDRESS)
        self.requests.append(requests.Request(request.method, url, request.headers, data=body).prepare())
        return super().send(request, **settings)


class Contract:
    """What may be asked of Elba, by method and path."""

    def __init__(self):
        document = yaml.safe_load(CONTRACT.read_text("utf-8"))
        self.rules = OpenAPI.from_dict(document)
        self.operations = {
            (method, shape_of(path)): operation
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        }

    def named(self, request):
        """Return the name of what is asked.

        :raises OpenAPIError: the contract does not allow it, not in this way.
        """
        result = self.rules.unmarshal_request(RequestsOpenAPIRequest(request))
        result.raise_for_errors()
        address = urlsplit(request.url)
        operation = self.operations[request.method.lower(), shape_of(address.path.removeprefix("/v1"))]
        if parse_qs(address.query).keys() - result.parameters.query.keys():
            raise OpenAPIError("a filter that nobody declared")
        if request.body and "requestBody" not in operation:
            raise OpenAPIError("a body that nobody declared")
        return operation["operationId"]


def shape_of(path):
    return re.sub(r"\{\w+\}|[0-9a-f-]{36}", "{}", path)


@pytest.fixture(scope="module")
def contract():
    return Contract()


@pytest.fixture
def recorder(sandbox):
    return Recorder(sandbox.origin)


@pytest.fixture
def open_client(public, recorder):
    """Open a client whose requests are remembered."""

    def open_client(**settings):
        keys, session = public.sandbox.keys, open_session()
        session.mount("http://", recorder)
        http = replace(public.transport(ApiKey("X-Kontur-ApiKey", keys.elba_api_key)), session=session)
        return ElbaPublicClient(http, keys.elba_organization_id, keys.elba_bank_account_id, **settings)

    return open_client


@pytest.fixture
def sent(recorder, open_client, sandbox, buyer, person, document, line):
    """All requests of a client that was used for everything it can do, in each of its forms."""
    client, note_client = open_client(), open_client(sale_form="delivery_note")
    exempt = replace(line, vat_rate=VatRate.NONE, vat=Decimal(0))
    service = replace(line, is_service=True)
    trader = replace(buyer, kind=CounterpartyKind.SOLE_PROPRIETOR, inn="500100732259", kpp="")
    client.check()
    buyer_id = client.create_counterparty(buyer)
    for other in (trader, person, replace(person, email=""), replace(person, phone="+79990000001")):
        client.create_counterparty(other)
    for form in ("direct", "task"):
        sandbox.behaves(**{"elba_public.search": form})
        client.find_counterparty(buyer)
        client.find_counterparty(trader)
    for lines in ((line, service), (line, exempt), (exempt,)):
        for kind in DocumentKind:
            made = client.create_document(document(kind, lines=lines), buyer_id)
            if kind is not SALE:
                client.cancel_document(kind, made)
                client.publish_link(kind, made)
                client.publish_link(kind, made)
                client.cancel_document(kind, made)
        note_client.create_document(document(SALE, lines=lines), buyer_id)
    client.read_document(BILL, GONE)
    client.read_news(0)
    return recorder.requests


def test_whatever_is_sent_is_allowed_and_all_that_is_allowed_is_sent(contract, sent):
    used = {contract.named(request) for request in sent}

    assert used == {operation["operationId"] for operation in contract.operations.values()}


@pytest.fixture
def bill(recorder, open_client, public_buyer, document):
    """A good request, ready to be spoiled."""
    open_client().create_document(document(), public_buyer)
    return recorder.requests[-1]


def spoiled(request, **changes):
    body = simplejson.loads(request.body, use_decimal=True)
    (item,) = body["warehouseItems"]
    body["warehouseItems"] = [item | changes.pop("item", {})]
    request.prepare_body(simplejson.dumps(body | changes, use_decimal=True), None)
    return request


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "03.10.2026"},
        {"date": None},
        {"number": ""},
        {"number": "9" * 31},
        {"contractorId": "somebody"},
        {"withNDS": "yes"},
        {"paymentDueDate": "2026-10-06"},
        {"item": {"ndsRate": "nds7"}},
        {"item": {"price": "100.00"}},
        {"item": {"quantity": -1}},
        {"item": {"unitName": ""}},
        {"item": {"discounts": 0}},
    ],
    ids=str,
)
def test_a_spoiled_body_is_noticed(contract, bill, changes):
    assert contract.named(bill) == "createBill"

    with pytest.raises(OpenAPIError):
        contract.named(spoiled(bill, **changes))


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", f"/organizations/{GONE}/bills", {"X-Kontur-ApiKey": "key"}),
        ("GET", f"/organizations/{GONE}/invoices/{GONE}", {"X-Kontur-ApiKey": "key"}),
        ("GET", "/organizations/romashka/bank-accounts", {"X-Kontur-ApiKey": "key"}),
        ("GET", "/organizations?limit=101", {"X-Kontur-ApiKey": "key"}),
        ("GET", "/organizations?inn=7707083893", {"X-Kontur-ApiKey": "key"}),
        ("GET", f"/organizations/{GONE}/document-news", {"X-Kontur-ApiKey": "key"}),
        ("GET", "/organizations", {"X-Api-Key": "key"}),
    ],
)
def test_a_spoiled_address_is_noticed(contract, method, path, headers):
    with pytest.raises(OpenAPIError):
        contract.named(requests.Request(method, ADDRESS + path, headers).prepare())


def test_a_body_where_none_belongs_is_noticed(contract):
    path = f"/organizations/{GONE}/document-links/{GONE}"
    request = requests.Request("DELETE", ADDRESS + path, {"X-Kontur-ApiKey": "key"}, json={})

    with pytest.raises(OpenAPIError, match="body"):
        contract.named(request.prepare())
