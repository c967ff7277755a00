"""No secret of a connection and nothing of a buyer leaves the clients in an error or in a log."""

import logging
from contextlib import nullcontext

import pytest

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.bitrix import BitrixClient, BitrixOAuth, TokenPair
from bookkeeping.clients.masking import mask
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.errors import SyncError

CODE = "canary-webhook-code"
KEY = "canary-api-key"
SECRET = "canary-client-secret"
REFRESH = "canary-refresh-token"
TOKEN = "canary-access-token"
INN = "7707083893"
CANARIES = (CODE, KEY, SECRET, REFRESH, TOKEN, INN)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog):
    caplog.set_level(logging.DEBUG)


class Kept:
    def __init__(self):
        self.pair = TokenPair("", REFRESH)

    def exclusive(self):
        return nullcontext()

    def load(self):
        return self.pair

    def save(self, pair):
        self.pair = pair


def by_webhook(wire):
    http = Transport(f"{wire.url}/rest/1/{CODE}", auth=Unsigned((CODE,)), timeout=(1, 0.1))
    return lambda: BitrixClient(http).call("sale.order.update", {"id": 1})


def by_application(wire):
    wire.answers(200, {"access_token": TOKEN, "refresh_token": REFRESH})
    auth = BitrixOAuth(f"{wire.url}/oauth/token/", "app", SECRET, Kept())
    http = Transport(f"{wire.url}/rest", auth=auth, timeout=(1, 0.1))
    return lambda: BitrixClient(http).call("sale.order.update", {"id": 1})


def by_refresh_token(wire):
    auth = BitrixOAuth(f"{wire.url}/oauth/token/", "app", SECRET, Kept(), sleep=lambda _: None)
    return lambda: BitrixClient(Transport(f"{wire.url}/rest", auth=auth)).call("scope")


def by_key(wire):
    http = Transport(wire.url, auth=ApiKey("X-Api-Key", KEY), timeout=(1, 0.1), sleep=lambda _: None)
    return lambda: http.read("GET", "/counterparties", params={"inn": INN})


def by_client(wire):
    wire.answers(200, {"access_token": TOKEN, "expires_in": 3600})
    auth = ClientCredentials(f"{wire.url}/connect/token", "client", SECRET, "elba.api")
    http = Transport(wire.url, auth=auth, timeout=(1, 0.1))
    return lambda: http.write("POST", "/bills", json={"inn": INN})


def by_refused_client(wire):
    auth = ClientCredentials(f"{wire.url}/connect/token", "client", SECRET, "x", sleep=lambda _: None)
    return lambda: Transport(wire.url, auth=auth).write("POST", "/bills", json={})


ROADS = {
    by_webhook: (CODE,),
    by_application: (SECRET, REFRESH, TOKEN),
    by_refresh_token: (SECRET, REFRESH),
    by_key: (KEY,),
    by_client: (SECRET, TOKEN),
    by_refused_client: (SECRET,),
}
FAILURES = {
    "a refusal": lambda wire, echo: wire.answers(400, {"error": echo, "message": echo}),
    "another refusal": lambda wire, echo: wire.answers(
        422, {"error": {"code": echo, "details": [{"code": echo}]}}
    ),
    "a Bitrix refusal": lambda wire, echo: wire.answers(
        200, {"error": "0", "error_description": echo.upper()}
    ),
    "HTML": lambda wire, echo: wire.answers(500, f"<html>{echo}</html>"),
    "a redirect": lambda wire, echo: wire.answers(
        302, Location=f"https://new.example.ru/rest/1/{echo}/scope"
    ),
    "a reset": lambda wire, _: wire.resets(),
    "silence": lambda wire, _: wire.keeps_silent(),
    "half an answer": lambda wire, _: wire.truncates(),
}
# The patience of a token endpoint is too long for a test, and only Bitrix refuses with a good status.
NEVER_MET = {
    *(("silence", road) for road in (by_refresh_token, by_refused_client)),
    *(("a Bitrix refusal", road) for road in (by_key, by_client)),
}


@pytest.mark.parametrize(
    ("road", "failure"),
    [(road, failure) for road in ROADS for failure in FAILURES if (failure, road) not in NEVER_MET],
)
def test_no_error_and_no_log_shows_a_secret(wire, caplog, road, failure):
    call = road(wire)
    for _ in range(6):
        FAILURES[failure](wire, " ".join(ROADS[road]))

    with pytest.raises(SyncError) as caught:
        call()

    assert wire.received
    for text in [*chain_of(caught.value), *texts_of(caplog.records)]:
        assert not [canary for canary in CANARIES if canary in text], text


def test_a_refused_connection_shows_no_secret(wire, caplog):
    wire.close()
    http = Transport(f"{wire.url}/rest/1/{CODE}", auth=Unsigned((CODE,)))

    with pytest.raises(SyncError, match=r"POST /rest/1/\*\*\*/sale.order.update failed"):
        BitrixClient(http).call("sale.order.update")

    for text in texts_of(caplog.records):
        assert CODE not in text


def test_a_key_that_no_header_can_carry_is_not_shown(wire):
    with pytest.raises(SyncError) as caught:
        Transport(wire.url, auth=ApiKey("X-Api-Key", f"ключ {KEY}")).write("POST", "/bills", json={})

    for text in chain_of(caught.value):
        assert KEY not in text


def test_the_clients_themselves_show_no_secret(wire):
    oauth = BitrixOAuth(f"{wire.url}/oauth/token/", "app", SECRET, Kept())
    credentials = ClientCredentials(f"{wire.url}/connect/token", "client", SECRET, "elba.api")
    shown = [
        repr(Transport(f"{wire.url}/rest/1/{CODE}", auth=Unsigned((CODE,)))),
        *(repr(each) for each in (Unsigned((CODE,)), ApiKey("X-Api-Key", KEY), oauth, credentials)),
        repr(TokenPair(TOKEN, REFRESH)),
    ]

    for text in shown:
        assert not [canary for canary in CANARIES if canary in text], text


def test_urllib3_still_logs_what_was_called(wire, caplog):
    Transport(wire.url).read("GET", "/counterparties", params={"inn": INN})

    assert '"GET /counterparties?*** HTTP/1.1" 200' in " ".join(texts_of(caplog.records))


def test_a_short_text_does_not_blot_out_a_sentence():
    assert mask("a bill of a b", ["a", ""]) == "a bill of a b"


def test_a_longer_secret_hides_the_shorter_one_inside_it():
    assert mask("see key-1-long", ["key-1", "key-1-long"]) == "see ***"


def chain_of(error):
    while error is not None:
        yield from (str(error), repr(error), repr(error.args))
        error = error.__cause__ or error.__context__


def texts_of(records):
    for record in records:
        yield record.getMessage()
        yield repr((record.msg, record.args))
        yield str(record.exc_info or "")
