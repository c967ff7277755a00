"""When a token is fetched, kept, renewed and refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.transport import Transport
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError


class Seconds:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def auth(wire, seconds):
    return ClientCredentials(
        wire.url + "/connect/token", "client-7", "s3cret", "elba.api", clock=seconds, sleep=wire.waits.append
    )


@pytest.fixture
def http(wire, auth):
    return Transport(wire.url + "/v1", auth=auth, sleep=wire.waits.append)


def paths(wire):
    return [request.path for request in wire.received]


def token(value="token-1", expires_in=3600):
    return {"access_token": value, "token_type": "Bearer", "expires_in": expires_in}


def test_an_api_key_goes_into_the_header_of_its_service(wire):
    Transport(wire.url, auth=ApiKey("X-Kontur-ApiKey", "key-17")).read("GET", "/organizations")

    assert wire.received[0].headers["X-Kontur-ApiKey"] == "key-17"


def test_a_refused_api_key_is_not_tried_twice(wire):
    wire.answers(401)

    with pytest.raises(MisconfiguredError):
        Transport(wire.url, auth=ApiKey("X-Api-Key", "key-17")).read("GET", "/organizations")

    assert len(wire.received) == 1


def test_a_token_is_asked_for_as_oauth_says_and_used_as_a_bearer(wire, http):
    wire.answers(200, token())

    http.read("GET", "/bills")

    asked, used = wire.received
    assert (asked.method, asked.path) == ("POST", "/connect/token")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (
        asked.body == b"grant_type=client_credentials&client_id=client-7&client_secret=s3cret&scope=elba.api"
    )
    assert used.headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("expires_in", "kept_for"), [(3600, 3540), (61, 1), (60, 0), (30, 0), (0, 0), (None, 0), ("90", 30)]
)
def test_a_token_is_kept_until_a_minute_before_its_end(wire, http, seconds, expires_in, kept_for):
    wire.always["/connect/token"] = token(expires_in=expires_in)

    http.read("GET", "/a")
    seconds.now += max(kept_for - 1, 0)
    http.read("GET", "/b")
    seconds.now += 1
    http.read("GET", "/c")

    again = ["/connect/token"]
    still_kept = [] if kept_for else again
    assert paths(wire) == [*again, "/v1/a", *still_kept, "/v1/b", *again, "/v1/c"]


def test_a_hundred_requests_need_one_token(wire, http):
    wire.always["/connect/token"] = token()

    for number in range(100):
        http.read("GET", f"/bills/{number}")

    assert paths(wire).count("/connect/token") == 1


def test_threads_that_start_together_fetch_one_token(wire, auth):
    wire.answers(200, token())
    start = threading.Barrier(8)

    def read(number):
        start.wait()
        Transport(wire.url, auth=auth).read("GET", f"/{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))

    assert paths(wire).count("/connect/token") == 1


def test_a_refused_token_is_renewed_once_and_the_request_repeated_once(wire, http):
    wire.answers(200, token("token-1"))
    wire.answers(401)
    wire.answers(200, token("token-2"))
    wire.answers(201, {"id": "7"})

    assert http.write("POST", "/bills", json={"number": "1045"}).body == {"id": "7"}
    assert paths(wire) == ["/connect/token", "/v1/bills"] * 2
    assert [request.body for request in wire.received[1::2]] == [b'{"number": "1045"}'] * 2
    assert wire.received[3].headers["Authorization"] == "Bearer token-2"


def test_a_second_refusal_is_a_setting_to_change(wire, http):
    wire.answers(200, token("token-1"))
    wire.answers(401)
    wire.answers(200, token("token-2"))
    wire.answers(401)

    with pytest.raises(MisconfiguredError):
        http.write("POST", "/bills", json={})

    assert len(wire.received) == 4


def test_a_token_that_another_thread_renewed_is_not_renewed_again(wire, auth):
    wire.answers(200, token("token-1"))
    wire.answers(200, token("token-2"))
    http = Transport(wire.url, auth=auth)
    first = http.session.prepare_request(_request(wire, auth))
    auth.renew(first)
    second = http.session.prepare_request(_request(wire, auth))

    auth.renew(first)

    assert second.headers["Authorization"] == "Bearer token-2"
    assert http.session.prepare_request(_request(wire, auth)).headers["Authorization"] == "Bearer token-2"
    assert len(wire.received) == 2


def _request(wire, auth):
    return requests.Request("GET", wire.url, auth=auth)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_client_is_a_setting_to_change(wire, http, status):
    wire.answers(status, {"error": "invalid_client"})

    with pytest.raises(MisconfiguredError, match=f"POST /connect/token: {status} invalid_client"):
        http.write("POST", "/bills", json={})

    assert paths(wire) == ["/connect/token"]


@pytest.mark.parametrize("play", [lambda wire: wire.answers(503), lambda wire: wire.resets()])
def test_a_token_endpoint_that_fails_is_tried_again_and_the_write_stays_at_home(wire, http, play):
    for _ in range(6):
        play(wire)

    with pytest.raises(TransientError):
        http.write("POST", "/bills", json={})

    assert paths(wire) == ["/connect/token"] * 6


def test_a_token_endpoint_that_recovers_is_enough(wire, http):
    wire.answers(500)
    wire.answers(200, token())

    http.read("GET", "/bills")

    assert paths(wire) == ["/connect/token", "/connect/token", "/v1/bills"]


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, {"error": "WRONG_CLIENT"}])
def test_an_answer_without_a_token_is_an_error_and_is_not_kept(wire, http, body):
    wire.answers(200, body)
    wire.answers(200, token())

    with pytest.raises(MisconfiguredError, match="access_token"):
        http.read("GET", "/bills")
    http.read("GET", "/bills")

    assert paths(wire) == ["/connect/token", "/connect/token", "/v1/bills"]


def test_every_new_token_is_told_before_it_is_used(wire):
    told = []
    wire.answers(200, token("token-1"))
    auth = ClientCredentials(wire.url, "client-7", "s3cret", "elba.api", on_secret=told.append)

    Transport(wire.url, auth=auth).read("GET", "/bills")

    assert told == ["token-1"]


def test_a_write_lost_after_a_renewal_is_unknown(wire, http):
    wire.answers(200, token("token-1"))
    wire.answers(401)
    wire.answers(200, token("token-2"))
    wire.resets()

    with pytest.raises(OutcomeUnknownError):
        http.write("POST", "/bills", json={})
