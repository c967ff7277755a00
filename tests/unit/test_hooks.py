"""A connection becomes a client; a field that is missing or wrong is named, and no secret is shown."""

import json
import stat
import threading
import time

import pytest
from airflow.sdk.log import redact

from bitrix_accounting.hooks.bitrix import BitrixHook
from bitrix_accounting.hooks.elba import ElbaHook
from bitrix_accounting.hooks.kontur import KonturHook
from bitrix_accounting.hooks.settings import RateLimit
from bitrix_accounting.hooks.tokens import FileTokens
from bookkeeping.clients.bitrix import BitrixClient, TokenPair
from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.domain import Capability
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.ledger import SharedLimit, open_engine
from sandbox.app import Settings, create_app, serving

KEYS = Settings().credentials
HOST = "https://shop.example.ru"
BITRIX = {"conn_type": "bitrix", "host": HOST, "login": "1", "password": "s3cret-code"}
BITRIX_OAUTH = {
    "conn_type": "bitrix",
    "host": HOST,
    "extra": {
        "auth": "oauth",
        "client_id": "app.1",
        "client_secret": "s3cret-app",
        "refresh_token": "s3cret-refresh",
    },
}
KONTUR = {"conn_type": "kontur", "host": f"{HOST}/v1", "login": "romashka", "password": "s3cret-key"}
KONTUR_OAUTH = {
    "conn_type": "kontur",
    "host": f"{HOST}/v1",
    "login": "romashka",
    "extra": {
        "auth": "oauth",
        "token_url": f"{HOST}/token",
        "client_id": "client",
        "client_secret": "s3cret-client",
    },
}
ELBA_OAUTH = {
    "conn_type": "elba",
    "host": f"{HOST}/v1",
    "login": "client",
    "password": "s3cret-elba",
    "extra": {"api": "oauth", "token_url": f"{HOST}/token"},
}
ELBA_PUBLIC = {
    "conn_type": "elba",
    "host": f"{HOST}/v1",
    "password": "s3cret-public",
    "extra": {"api": "public", "organization_id": "org-1", "bank_account_id": "bank-1"},
}


@pytest.fixture
def connect(monkeypatch, tmp_path):
    """Make a connection of a hook's type known to Airflow, and return the hook."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))

    def make(hook, fields, **changes):
        extra = {**fields.get("extra", {}), **changes.pop("extra", {})}
        known = {**fields, **changes, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_MINE", json.dumps(known))
        return hook("mine")

    return make


@pytest.mark.parametrize(
    ("hook", "fields", "client", "rate"),
    [
        (BitrixHook, BITRIX, BitrixClient, RateLimit(2, 50, 4)),
        (BitrixHook, BITRIX_OAUTH, BitrixClient, RateLimit(2, 50, 4)),
        (KonturHook, KONTUR, KonturClient, RateLimit(5, 10, 2)),
        (KonturHook, KONTUR_OAUTH, KonturClient, RateLimit(5, 10, 2)),
        (ElbaHook, ELBA_OAUTH, ElbaOauthClient, RateLimit(1, 60, 2)),
        (ElbaHook, ELBA_PUBLIC, ElbaPublicClient, RateLimit(2, 10, 4)),
    ],
)
def test_a_connection_becomes_a_client_with_its_pace(connect, hook, fields, client, rate):
    connected = connect(hook, fields)

    assert isinstance(connected.get_client(), client)
    assert connected.rate_limit == rate
    slower = connect(hook, fields, extra={"rate": "0.5", "burst": 3, "at_once": 1}).rate_limit
    assert slower == RateLimit(0.5, 3, 1)


def test_nothing_is_read_before_it_is_needed():
    assert KonturHook("no_such_connection").kontur_conn_id == "no_such_connection"


MISTAKES = [
    (BitrixHook, BITRIX, {"host": None}, "host"),
    (BitrixHook, BITRIX, {"host": "shop.example.ru"}, "host"),
    (BitrixHook, BITRIX, {"login": ""}, "login"),
    (BitrixHook, BITRIX, {"password": None}, "password"),
    (BitrixHook, BITRIX, {"extra": {"auth": "token"}}, "auth"),
    (BitrixHook, BITRIX, {"extra": {"timeout": 0}}, "timeout"),
    (BitrixHook, BITRIX_OAUTH, {"extra": {"refresh_token": None}}, "refresh_token"),
    (BitrixHook, BITRIX_OAUTH, {"extra": {"client_secret": ""}}, "client_secret"),
    (BitrixHook, BITRIX_OAUTH, {"extra": {"token_url": "oauth"}}, "token_url"),
    (KonturHook, KONTUR, {"login": None}, "login"),
    (KonturHook, KONTUR, {"password": None}, "password"),
    (KonturHook, KONTUR, {"extra": {"auth": "webhook"}}, "auth"),
    (KonturHook, KONTUR, {"extra": {"timeout": "soon"}}, "timeout"),
    (KonturHook, KONTUR, {"extra": {"capabilities": "all"}}, "capabilities"),
    (KonturHook, KONTUR, {"extra": {"capabilities": ["bills"]}}, "capabilities"),
    (KonturHook, KONTUR_OAUTH, {"extra": {"client_id": None}}, "client_id"),
    (ElbaHook, ELBA_OAUTH, {"extra": {"token_url": None}}, "token_url"),
    (ElbaHook, ELBA_OAUTH, {"extra": {"api": "private"}}, "api"),
    (ElbaHook, ELBA_PUBLIC, {"extra": {"organization_id": None}}, "organization_id"),
]


@pytest.mark.parametrize(("hook", "fields", "mistake", "field"), MISTAKES)
def test_a_mistake_is_named_by_connection_and_field(connect, hook, fields, mistake, field):
    connected = connect(hook, fields, **mistake)

    with pytest.raises(MisconfiguredError, match=f"Connection 'mine', field '{field}'"):
        connected.get_client()

    is_fine, message = connected.test_connection()
    assert not is_fine
    assert f"field '{field}'" in message


def test_a_wrong_choice_names_what_is_allowed(connect):
    with pytest.raises(MisconfiguredError, match="it is 'private'; allowed: oauth, public"):
        connect(ElbaHook, ELBA_OAUTH, extra={"api": "private"}).get_client()


def test_a_wrong_rate_is_named_too(connect):
    for extra in ({"rate": 0}, {"rate": "fast"}, {"burst": 0.5}):
        with pytest.raises(MisconfiguredError, match=f"field '{next(iter(extra))}'"):
            connect(KonturHook, KONTUR, extra=extra).rate_limit  # noqa: B018 it is read to fail


def test_an_unknown_capability_names_those_that_are_known(connect):
    with pytest.raises(MisconfiguredError, match="search_documents"):
        connect(KonturHook, KONTUR, extra={"capabilities": {"fly": False}}).get_client()


@pytest.mark.parametrize("switches", [{"refunds": False}, '{"refunds": false}'])
def test_switches_come_as_an_object_or_as_its_text(connect, switches):
    client = connect(KonturHook, KONTUR, extra={"capabilities": switches}).get_client()

    assert Capability.REFUNDS not in client.capabilities


@pytest.mark.parametrize(
    "host",
    [f"{HOST}/rest/1/s3cret-code/", f"{HOST}/rest/1/s3cret-code", f"{HOST}/rest/1/s3cret-code/profile.json"],
)
def test_a_whole_webhook_address_may_stand_in_the_host(connect, host):
    client = connect(BitrixHook, BITRIX, host=host, login=None, password=None).get_client()

    assert client._http.base_url == f"{HOST}/rest/1/s3cret-code"


@pytest.mark.parametrize(
    ("hook", "fields", "secrets"),
    [
        (BitrixHook, BITRIX, ["s3cret-code"]),
        (BitrixHook, {**BITRIX, "host": f"{HOST}/rest/1/s3cret-in-host/"}, ["s3cret-in-host"]),
        (BitrixHook, BITRIX_OAUTH, ["s3cret-app", "s3cret-refresh"]),
        (KonturHook, KONTUR, ["s3cret-key"]),
        (KonturHook, KONTUR_OAUTH, ["s3cret-client"]),
        (ElbaHook, ELBA_OAUTH, ["s3cret-elba"]),
        (ElbaHook, ELBA_PUBLIC, ["s3cret-public"]),
    ],
)
def test_airflow_hides_every_secret_of_a_connection(connect, hook, fields, secrets):
    client = connect(hook, fields).get_client()

    for secret in secrets:
        assert secret not in redact(f"see {secret}!")
        assert secret not in repr(vars(client))


def test_with_the_ledgers_engine_all_workers_share_one_limit(connect, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")

    limit = connect(KonturHook, KONTUR, extra={"rate": 4, "burst": 2}).get_client(engine)._http.limit

    assert isinstance(limit, SharedLimit)
    engine.dispose()


def test_two_webhooks_of_one_portal_share_its_bucket_and_two_books_do_not(connect):
    webhook = connect(BitrixHook, BITRIX).bucket
    whole = connect(BitrixHook, BITRIX, host=f"{HOST}/rest/7/s3cret-other/").bucket

    assert webhook == whole == "bitrix shop.example.ru"
    assert connect(KonturHook, KONTUR).bucket == "mine"


def test_every_connection_can_be_tested_from_the_form(connect):
    with serving(create_app(Settings(limits=False))) as origin:
        for hook, fields, said in (
            (BitrixHook, {**BITRIX, "host": origin, "password": KEYS.bitrix_webhook}, "sales"),
            (
                KonturHook,
                {
                    **KONTUR,
                    "host": f"{origin}/budget/v1",
                    "login": KEYS.kontur_account,
                    "password": KEYS.kontur_api_key,
                },
                "Ромашка",
            ),
        ):
            is_fine, message = connect(hook, fields).test_connection()
            assert is_fine, message
            assert said in message
        is_fine, message = connect(KonturHook, {**KONTUR, "host": f"{origin}/budget/v1"}).test_connection()
        assert not is_fine
        assert "401" in message


def test_an_application_keeps_its_rotated_tokens_between_tasks(connect):
    with serving(create_app(Settings(limits=False))) as origin:
        extra = {
            "client_id": KEYS.bitrix_client_id,
            "client_secret": KEYS.bitrix_client_secret,
            "refresh_token": KEYS.bitrix_refresh_token,
            "token_url": f"{origin}/oauth/token/",
        }
        for _ in range(2):
            hook = connect(BitrixHook, BITRIX_OAUTH, host=origin, extra=extra)
            assert hook.test_connection()[0]


# Tokens in a file


@pytest.fixture
def tokens(tmp_path):
    return lambda refresh_token="first": FileTokens(tmp_path / "tokens", "app.1", refresh_token)


def test_a_pair_outlives_the_process_in_a_file_of_its_owner_alone(tokens, tmp_path):
    with tokens().exclusive():
        tokens().save(TokenPair("access", "second"))

    assert tokens().load() == TokenPair("access", "second")
    (path,) = (tmp_path / "tokens").glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "first" not in path.name


def test_a_new_refresh_token_in_the_connection_begins_anew(tokens):
    with tokens().exclusive():
        tokens().save(TokenPair("access", "second"))

    assert tokens("fresh").load() == TokenPair("", "fresh")


def test_two_renewals_never_meet(tokens):
    inside, met = [], []

    def renew():
        with tokens().exclusive():
            inside.append(1)
            time.sleep(0.01)
            met.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met == [1] * 8


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("hook", [BitrixHook, ElbaHook, KonturHook])
def test_a_connection_that_nobody_made_is_a_setting_to_change(hook, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_NOBODY_MADE_IT", raising=False)

    with pytest.raises(MisconfiguredError, match="AIRFLOW_CONN_NOBODY_MADE_IT"):
        hook("nobody_made_it").get_client()


def test_a_message_names_the_connection_that_led_there(monkeypatch):
    closed = {**KONTUR, "host": "http://127.0.0.1:9/budget/v1"}
    monkeypatch.setenv("AIRFLOW_CONN_KONTUR_ROMASHKA", json.dumps(closed))
    client = KonturHook("kontur_romashka").get_client()

    with pytest.raises(TransientError, match=r"connection kontur_romashka, 127\.0\.0\.1:9"):
        client._http.write("POST", "/documents", json={})
