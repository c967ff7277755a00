"""Every fault is seen by a real client over a real connection, and breaks what it should and no more."""

from __future__ import annotations

import asyncio
import errno
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests

from sandbox.app import Credentials, Settings, create_app, serving
from sandbox.books.gate import Gate
from sandbox.faults import FAULTS
from sandbox.profiles import Profiles

KEYS = Credentials()
COUNTERPARTIES = f"/budget/v1/accounts/{KEYS.kontur_account}/counterparties"
ROMASHKA = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}


class Sandbox:
    """A served sandbox whose rules are set over HTTP, as a user would."""

    def __init__(self, origin, parts, slept):
        self.origin, self.parts, self.slept = origin, parts, slept
        self.key = {"X-Api-Key": KEYS.kontur_api_key}

    def reset(self):
        self.parts.shelf.clear()
        self.parts.faults.clear()
        self.parts.profiles.update(Profiles().as_dict())
        self.slept.clear()

    def rule(self, fault, **fields):
        body = {"fault": fault, **fields}
        answer = requests.post(f"{self.origin}/_sandbox/faults", json=body, timeout=5)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def rules(self):
        return requests.get(f"{self.origin}/_sandbox/faults", timeout=5).json()

    def post(self, timeout=5, path=COUNTERPARTIES, **more):
        usual = {"json": ROMASHKA, "headers": self.key}
        return requests.post(self.origin + path, timeout=timeout, **usual | more)

    def get(self, **query):
        url = self.origin + COUNTERPARTIES
        return requests.get(url, params=query, headers=self.key, timeout=5)

    @property
    def made(self):
        return len(self.parts.shelf.kontur.rows("counterparties"))

    @property
    def dropped(self):
        return self.parts.traffic.by_status["dropped"]


@pytest.fixture(scope="module")
def served():
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        await asyncio.sleep(min(seconds, 0.2))

    app = create_app(Settings(days=1, orders_per_day=1, limits=False), sleep=sleep)
    with serving(app) as origin:
        yield Sandbox(origin, app.state.sandbox, slept)


@pytest.fixture
def sandbox(served):
    served.reset()
    yield served
    served.parts.faults.clear()
    assert served.get().status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("429", 429, "rate_limited"), ("500", 500, "internal"), ("503", 503, "unavailable")],
)
def test_a_refusal_does_nothing_and_speaks_like_the_books(sandbox, fault, status, code):
    sandbox.rule(fault, path="*/counterparties", seconds=7)

    answer = sandbox.post()

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (answer.headers["Retry-After"], sandbox.made) == ("7", 0)
    assert (sandbox.post().status_code, sandbox.made) == (201, 1)


def test_a_429_asks_to_wait_even_if_nobody_said_how_long(sandbox):
    sandbox.rule("429")
    sandbox.rule("503")

    assert sandbox.post().headers["Retry-After"] == "1"
    assert "Retry-After" not in sandbox.post().headers


def test_an_error_after_the_deed_hides_it(sandbox):
    sandbox.rule("500_after")

    assert (sandbox.post().status_code, sandbox.made) == (500, 1)


@pytest.mark.parametrize(("fault", "made"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_timeout_is_silence_on_an_open_connection(sandbox, fault, made):
    sandbox.rule(fault)
    dropped = sandbox.dropped

    with pytest.raises(requests.exceptions.ReadTimeout):
        sandbox.post(timeout=0.3)

    assert sandbox.made == made
    assert sandbox.get().status_code == 200
    assert sandbox.dropped == dropped + 1


def test_silence_ends_after_its_seconds(sandbox):
    sandbox.rule("timeout_after", seconds=0.05)

    with pytest.raises(requests.exceptions.ConnectionError):
        sandbox.post()

    assert sandbox.made == 1


@pytest.mark.parametrize(("fault", "made"), [("drop_before", 0), ("reset_after", 1)])
def test_a_dropped_connection_gives_no_answer(sandbox, fault, made):
    sandbox.rule(fault)

    with pytest.raises(requests.exceptions.ConnectionError) as caught:
        sandbox.post()

    assert sandbox.made == made
    assert fault == "drop_before" or f"({errno.ECONNRESET}, " in str(caught.value)


def test_a_connection_that_served_before_is_dropped_as_well(sandbox):
    with requests.Session() as session:
        session.get(sandbox.origin + COUNTERPARTIES, headers=sandbox.key, timeout=5)
        sandbox.rule("reset_after")
        with pytest.raises(requests.exceptions.ConnectionError):
            session.post(sandbox.origin + COUNTERPARTIES, json=ROMASHKA, headers=sandbox.key, timeout=5)
        assert session.get(sandbox.origin + COUNTERPARTIES, headers=sandbox.key, timeout=5).status_code == 200


def test_a_slow_answer_is_a_whole_one(sandbox):
    sandbox.rule("slow", seconds=0.1)

    answer = sandbox.post()

    assert (answer.status_code, sandbox.slept) == (201, [0.1])
    assert answer.elapsed.total_seconds() >= 0.1


def test_half_a_body_is_no_json(sandbox):
    sandbox.rule("truncate_body")

    answer = sandbox.post()

    assert (answer.status_code, sandbox.made) == (201, 1)
    assert answer.text.startswith('{"id"')
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_an_answer_may_lack_its_id(sandbox):
    sandbox.rule("no_id")

    answer = sandbox.post()

    assert (answer.status_code, sandbox.made) == (201, 1)
    assert answer.json()["name"] == ROMASHKA["name"]
    assert "id" not in answer.json()


@pytest.mark.parametrize(
    ("fault", "text", "media_type"), [("html", "<html>", "text/html"), ("empty", "", "")]
)
def test_an_answer_may_be_no_json_at_all(sandbox, fault, text, media_type):
    sandbox.rule(fault)

    answer = sandbox.post()

    assert (answer.status_code, sandbox.made) == (201, 1)
    assert answer.text[: len("<html>")] == text
    assert answer.headers["Content-Type"].startswith(media_type)


def elba_token(sandbox):
    form = {
        "grant_type": "client_credentials",
        "client_id": KEYS.elba_client_id,
        "client_secret": KEYS.elba_client_secret,
        "scope": "elba.api",
    }
    answer = sandbox.post(path="/connect/token", data=form, json=None, headers={})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_token_expires_under_the_callers_hands(sandbox):
    def ask(headers):
        answer = requests.get(f"{sandbox.origin}/api/v1/invoices", headers=headers, timeout=5)
        return answer.status_code, answer.json()

    first, other = elba_token(sandbox), elba_token(sandbox)
    sandbox.rule("expire_token", path="/api/v1/*")

    assert ask(first)[1]["code"] == "token_expired"
    assert ask(first)[0] == 401
    assert ask(other) == (200, [])


def test_bitrix_breaks_in_its_own_words(sandbox):
    call = f"/rest/1/{KEYS.bitrix_webhook}/sale.order.list"
    answers = []
    for fault in ("expire_token", "429", "500", "503"):
        sandbox.rule(fault, path="/rest/*")
        answer = sandbox.post(path=call)
        answers.append((answer.status_code, answer.json()["error"]))

    assert answers == [
        (401, "expired_token"),
        (429, "OPERATION_TIME_LIMIT"),
        (500, "INTERNAL_SERVER_ERROR"),
        (503, "QUERY_LIMIT_EXCEEDED"),
    ]
    assert "orders" in sandbox.post(path=call).json()["result"]


def test_a_period_closes_under_the_callers_hands(sandbox):
    sandbox.rule("close_period", date="2026-10-31")
    buyer = sandbox.post().json()["id"]
    sale = {
        "date": "2026-10-31",
        "number": "1",
        "counterpartyId": buyer,
        "totalAmount": 0,
        "items": [{"name": "Чайник", "quantity": 1, "price": 0, "vatRate": "vat22", "unit": "шт"}],
    }

    path = COUNTERPARTIES.replace("counterparties", "documents/saleinvoices")

    assert sandbox.post(path=path, json=sale).json()["error"]["code"] == "period_closed"
    assert sandbox.post(path=path, json=sale | {"date": "2026-11-01"}).status_code == 201


def test_every_kind_of_fault_is_tried_here():
    tried = {
        "429",
        "500",
        "503",
        "500_after",
        "timeout_before",
        "timeout_after",
        "drop_before",
        "reset_after",
    }
    tried |= {"slow", "truncate_body", "no_id", "html", "empty", "expire_token", "close_period"}

    assert set(FAULTS) == tried


def test_a_rule_breaks_the_requests_that_it_names(sandbox):
    sandbox.rule("500", method="POST", path="*/counterparties", after=1, times=2)
    statuses = [sandbox.get(inn="500").status_code]
    statuses += [sandbox.post().status_code for _ in range(4)]
    [rule] = sandbox.rules()

    assert statuses == [200, 201, 500, 500, 201]
    assert (rule["seen"], rule["fired"]) == (4, 2)


def test_the_query_is_no_part_of_the_path(sandbox):
    sandbox.rule("500", path="*/counterparties", times=2)
    sandbox.rule("503", path="*inn*")

    assert sandbox.get(inn="7707083893").status_code == 500
    assert sandbox.post().status_code == 500
    assert sandbox.get(inn="7707083893").status_code == 200


def test_of_two_rules_the_first_that_is_due_fires(sandbox):
    sandbox.rule("500")
    sandbox.rule("503", times=2)

    assert [sandbox.get().status_code for _ in range(4)] == [500, 503, 503, 200]
    assert [(rule["seen"], rule["fired"]) for rule in sandbox.rules()] == [(4, 1), (4, 2)]


def test_a_rule_without_an_end_breaks_for_ever(sandbox):
    sandbox.rule("500", times=None)

    assert {sandbox.get().status_code for _ in range(5)} == {500}


def test_the_steering_itself_never_breaks(sandbox):
    sandbox.rule("drop_before", times=None)

    assert [rule["fired"] for rule in sandbox.rules()] == [0]
    assert requests.get(f"{sandbox.origin}/", timeout=5).status_code == 200
    assert requests.delete(f"{sandbox.origin}/_sandbox/faults", timeout=5).status_code == 204
    assert sandbox.rules() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fault": "418"},
        {"fault": "500", "times": 0},
        {"fault": "500", "colour": "red"},
        {"fault": "close_period"},
        {"fault": "close_period", "date": "soon"},
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_a_line(sandbox, body):
    answer = requests.post(f"{sandbox.origin}/_sandbox/faults", json=body, timeout=5)

    assert answer.status_code == 400
    assert len(answer.json()["error"].splitlines()) == 1
    assert sandbox.rules() == []


def test_a_rule_may_be_there_from_the_start():
    rule = {"fault": "500", "times": None, "seconds": None}
    app = create_app(Settings(days=1, orders_per_day=1, faults=(rule,)))

    assert app.state.sandbox.faults.as_list()[0]["fault"] == "500"
    with pytest.raises(ValueError, match="fault"):
        create_app(Settings(days=1, orders_per_day=1, faults=({"fault": "418"},)))


def test_a_third_request_at_once_is_refused(sandbox):
    sandbox.parts.profiles.update({"kontur.latency_s": "0.2"})
    sandbox.parts.gates["kontur"] = Gate(sandbox.parts.shelf.kontur)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: sandbox.get(), range(3)))
    del sandbox.parts.gates["kontur"]

    assert sorted(answer.status_code for answer in answers) == [200, 200, 429]


def test_a_caller_who_goes_gives_his_place_back(sandbox):
    sandbox.parts.gates["kontur"] = Gate(sandbox.parts.shelf.kontur)
    sandbox.rule("timeout_before", times=2)
    for _ in range(2):
        with pytest.raises(requests.exceptions.ReadTimeout):
            sandbox.post(timeout=0.1)

    statuses = [sandbox.get().status_code for _ in range(2)]
    del sandbox.parts.gates["kontur"]

    assert statuses == [200, 200]


def test_without_a_network_a_drop_is_an_error():
    app = create_app(Settings(days=1, orders_per_day=1, faults=({"fault": "drop_before"},)))
    scope = {"type": "http", "method": "GET", "path": "/v1/x", "headers": [], "state": {}}
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(SimpleNamespace(**message))

    with pytest.raises(ConnectionResetError):
        asyncio.run(app(scope, receive, send))
