"""The tokens of a Bitrix application rotate: a pair is stored before it is used, by one at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bookkeeping.clients.bitrix import BitrixClient, BitrixOAuth, TokenPair
from bookkeeping.clients.transport import Transport
from bookkeeping.errors import MisconfiguredError
from sandbox.app import Settings, create_app, serving

HOUR = 3600
KEYS = Settings().credentials


class Kept:
    """A store in memory, shared by all who have it, that remembers each pair it was given."""

    def __init__(self):
        self.pairs = [TokenPair("", KEYS.bitrix_refresh_token)]
        self.is_locked = False
        self._lock = threading.Lock()

    @contextmanager
    def exclusive(self):
        with self._lock:
            self.is_locked = True
            yield
            self.is_locked = False

    def load(self):
        return self.pairs[-1]

    def save(self, pair):
        assert self.is_locked
        self.pairs.append(pair)


@pytest.fixture
def portal_time():
    return [1_790_000_000.0]


@pytest.fixture
def origin(portal_time):
    """A portal of its own, whose refresh token has not been used yet."""
    app = create_app(Settings(limits=False), clock=lambda: portal_time[0])
    with serving(app) as origin:
        yield origin


@pytest.fixture
def store():
    return Kept()


@pytest.fixture
def open_client(origin, store):
    def make(client_secret=KEYS.bitrix_client_secret, **options):
        token_url = f"{origin}/oauth/token/"
        auth = BitrixOAuth(token_url, KEYS.bitrix_client_id, client_secret, store, **options)
        return BitrixClient(Transport(f"{origin}/rest", auth=auth, timeout=(1, 5)))

    return make


def test_the_first_call_gets_a_pair_and_stores_it(open_client, store):
    told = []

    assert "sale" in open_client(on_secret=told.append).call("scope")

    first, stored = store.pairs
    assert stored.access_token
    assert stored.refresh_token != first.refresh_token
    assert told == [first.refresh_token, stored.access_token, stored.refresh_token]


def test_a_stored_pair_is_used_by_the_next_process(open_client, store):
    open_client().call("scope")

    open_client().call("scope")

    assert len(store.pairs) == 2


def test_an_expired_token_is_renewed_once_and_the_call_repeated(open_client, store, portal_time):
    client = open_client()
    client.call("scope")
    portal_time[0] += HOUR

    assert "sale" in client.call("scope")
    assert client.batch({"a": ("scope", {}), "b": ("server.time", {})})["b"]
    assert len(store.pairs) == 3


def test_a_pair_that_another_process_renewed_is_taken_not_renewed(open_client, store, portal_time):
    ours, theirs = open_client(), open_client()
    ours.call("scope")
    theirs.call("scope")
    portal_time[0] += HOUR
    theirs.call("scope")

    ours.call("scope")

    assert len(store.pairs) == 3


def test_threads_that_meet_an_expired_token_together_renew_it_once(open_client, store, portal_time):
    clients = [open_client() for _ in range(4)]
    clients[0].call("scope")
    portal_time[0] += HOUR
    start = threading.Barrier(8)

    def call(number):
        start.wait()
        return clients[number % 4].call("scope")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(8)))

    assert all("sale" in scopes for scopes in answers)
    assert len(store.pairs) == 3


def test_a_dead_refresh_token_is_for_a_person(open_client, store):
    store.pairs = [TokenPair("", "used already")]

    with pytest.raises(MisconfiguredError, match="invalid_grant"):
        open_client().call("scope")


def test_a_wrong_application_is_a_setting_to_change(open_client, store):
    with pytest.raises(MisconfiguredError, match="invalid_client"):
        open_client(client_secret="wrong").call("scope")

    assert len(store.pairs) == 1


def test_a_token_that_was_withdrawn_is_not_renewed(open_client, store):
    store.pairs = [TokenPair("withdrawn", KEYS.bitrix_refresh_token)]

    with pytest.raises(MisconfiguredError, match="invalid_token"):
        open_client().call("scope")

    assert len(store.pairs) == 1
