"""The sandbox as its user meets it: the command line, the page, and the steering over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

import sandbox
from sandbox.__main__ import main
from sandbox.app import Credentials, Settings, create_app, serving

KEYS = Credentials()
COUNTERPARTIES = f"/budget/v1/accounts/{KEYS.kontur_account}/counterparties"
ROMASHKA = {"name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "type": "LegalEntity"}
SMALL = ("--port", "0", "--days", "1", "--orders-per-day", "2")


@contextmanager
def started(*arguments, stop=signal.SIGTERM):
    """A sandbox in a process of its own, its origin and its greeting; stopped by a signal, it ends well."""
    environment = {**os.environ, "PYTHONPATH": str(Path(sandbox.__path__[0]).parent)}
    command = [sys.executable, "-m", "sandbox", *SMALL, *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        greeting = "".join(iter(process.stdout.readline, "Stop with Ctrl+C.\n"))
        try:
            yield re.search(r"(http://127\.0\.0\.1:\d+)/\n", greeting)[1], greeting
        finally:
            process.send_signal(stop)
            output = process.communicate(timeout=10)
        assert (process.returncode, output) == (0, ("", ""))


def add_counterparty(origin):
    headers = {"X-Api-Key": KEYS.kontur_api_key}
    return requests.post(origin + COUNTERPARTIES, json=ROMASHKA, headers=headers, timeout=5)


def state_of(origin):
    return requests.get(f"{origin}/_sandbox/state", timeout=5).json()


def test_a_restarted_sandbox_keeps_its_books(tmp_path):
    file = tmp_path / "books.json"
    with started("--state-file", str(file), "--no-limits") as (origin, greeting):
        made = [add_counterparty(origin) for _ in range(12)]
        before = state_of(origin)

    assert {answer.status_code for answer in made} == {201}
    assert all(key in greeting for key in (KEYS.bitrix_webhook, KEYS.kontur_api_key, KEYS.elba_client_secret))
    assert [path.name for path in tmp_path.iterdir()] == ["books.json"]

    rule = '{"fault": "timeout_before"}'
    with started("--state-file", str(file), "--fault", rule, stop=signal.SIGINT) as (origin, _):
        after = state_of(origin)
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(origin + COUNTERPARTIES, timeout=0.2)
        again = add_counterparty(origin).json()

    assert after["kontur"] == before["kontur"]
    assert again["id"] not in {row["id"] for row in before["kontur"]["counterparties"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--profile", "kontur.vat=odd"), "strict or seed or lenient"),
        (("--profile", "colour=red"), "no profile 'colour'"),
        (("--profile", "kontur.closed_through=2026-13-01"), "2026-09-30"),
        (("--profile", "vat_modes=2026-01-01:odd"), "2019-01-01:standard"),
        (("--fault", '{"fault": "418"}'), "fault"),
    ],
)
def test_a_wrong_setting_is_told_in_a_line(capsys, arguments, words):
    assert main([*SMALL, *arguments]) == 2

    said = capsys.readouterr().err
    assert words in said
    assert said.startswith("sandbox: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2026-02-30"),
        ("--port", "70000"),
        ("--days", "0"),
        ("--orders-per-day", "-1"),
        ("--profile", "vat"),
        ("--fault", "{"),
        ("--fault", "[]"),
    ],
)
def test_a_wrong_argument_is_told_with_its_name(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main([*SMALL, *arguments])

    assert stopped.value.code == 2
    assert f"argument {arguments[0]}: " in capsys.readouterr().err.splitlines()[-1]


def test_a_taken_port_is_told_in_a_line(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main([*SMALL, "--port", str(port)]) == 2

    assert capsys.readouterr().err == f"sandbox: 127.0.0.1:{port}: Address already in use\n"


def test_a_state_file_that_cannot_be_is_told_in_a_line(capsys, tmp_path):
    assert main([*SMALL, "--state-file", str(tmp_path / "nowhere" / "books.json")]) == 2

    said = capsys.readouterr().err
    assert "nowhere" in said
    assert said.endswith(": No such file or directory\n")


@pytest.mark.parametrize("content", ["not json", "{}", "[]"])
def test_a_state_file_of_something_else_is_told_in_a_line(capsys, tmp_path, content):
    file = tmp_path / "books.json"
    file.write_text(content)

    assert main([*SMALL, "--state-file", str(file)]) == 2

    said = capsys.readouterr().err
    assert str(file) in said
    assert said.count("\n") == 1
    assert file.read_text() == content


@pytest.fixture(scope="module")
def served():
    app = create_app(Settings(days=1, orders_per_day=2))
    with serving(app) as origin:
        yield origin, app.state.sandbox


@pytest.fixture
def origin(served):
    origin, parts = served
    requests.delete(f"{origin}/_sandbox/books", timeout=5)
    for gate in parts.gates.values():
        gate.__init__(gate._book)
    return origin


def test_the_page_tells_where_everything_is(origin):
    add_counterparty(origin)
    page = requests.get(origin, timeout=5)

    assert page.headers["Content-Type"].startswith("text/html")
    for words in (f"{origin}/budget/v1", KEYS.elba_api_key, "counterparties: 1", 'href="/_sandbox/state"'):
        assert words in page.text


def test_one_origin_serves_the_shop_and_all_the_books(origin):
    def status(path, **headers):
        return requests.get(origin + path, headers=headers, timeout=5).status_code

    assert status(f"/rest/{KEYS.bitrix_user}/{KEYS.bitrix_webhook}/sale.order.list") == 200
    assert status(COUNTERPARTIES, **{"X-Api-Key": KEYS.kontur_api_key}) == 200
    assert status("/v1/organizations", **{"X-Kontur-ApiKey": KEYS.elba_api_key}) == 200
    assert status("/api/v1/invoices") == status("/v1/organizations") == status(COUNTERPARTIES) == 401
    assert status("/oauth/token/") == 400


def test_the_counters_tell_who_was_asked_and_how_it_ended(origin):
    before = state_of(origin)["counters"]
    statuses = [add_counterparty(origin).status_code for _ in range(11)]
    requests.get(origin + COUNTERPARTIES, timeout=5)
    after = state_of(origin)["counters"]

    assert after["requests"] - before["requests"] == 12
    assert after["writes"]["kontur"] - before["writes"].get("kontur", 0) == 11
    assert after["by_status"]["201"] - before["by_status"].get("201", 0) == statuses.count(201)
    assert after["over_limit"]["kontur"] >= statuses.count(429) > 0
    assert set(after["bitrix"]) >= {"requests", "refusals"}


def test_a_difference_is_planted_by_hand(origin):
    path = f"{origin}/_sandbox/books/kontur/counterparties"
    made = add_counterparty(origin).json()

    changed = requests.patch(f"{path}/{made['id']}", json={"name": "Лютик", "id": "x"}, timeout=5).json()
    planted = requests.post(path, json={"id": "mine", "name": "Чужой"}, timeout=5).json()
    names = [row["name"] for row in state_of(origin)["kontur"]["counterparties"]]

    assert (changed["name"], changed["id"], planted["id"]) == ("Лютик", made["id"], "mine")
    assert names == ["Лютик", "Чужой"]
    assert requests.delete(f"{path}/mine", timeout=5).status_code == 204
    assert requests.delete(f"{path}/mine", timeout=5).status_code == 404
    assert requests.post(f"{origin}/_sandbox/books/kontur/clouds", json={}, timeout=5).status_code == 404
    assert (
        requests.patch(f"{origin}/_sandbox/books/no/counterparties/1", json={}, timeout=5).status_code == 404
    )


def test_emptied_books_keep_the_shop_and_the_bank_account(origin):
    made = add_counterparty(origin).json()["id"]
    assert requests.delete(f"{origin}/_sandbox/books", timeout=5).status_code == 204
    state = state_of(origin)

    assert state["kontur"]["counterparties"] == []
    assert [row["id"] for row in state["elba_public"]["bank_accounts"]] == [KEYS.elba_bank_account_id]
    assert add_counterparty(origin).json()["id"] != made


def test_profiles_change_while_it_runs(origin):
    address = f"{origin}/_sandbox/profiles"
    before = requests.get(address, timeout=5).json()

    changed = requests.put(address, json={"vat": "lenient", "kontur.list_lag_s": 5}, timeout=5)
    refused = requests.put(address, json={"kontur.vat": "seed", "elba_oauth.vat": "odd"}, timeout=5)
    after = requests.get(address, timeout=5).json()
    requests.put(address, json=before, timeout=5)

    assert (
        changed.json()
        == after
        == before
        | {
            **dict.fromkeys(("kontur.vat", "elba_oauth.vat"), "lenient"),
            "kontur.list_lag_s": "5",
        }
    )
    assert (refused.status_code, "strict or seed or lenient" in refused.json()["error"]) == (400, True)


def test_the_same_requests_make_the_same_ids():
    rows = []
    for _ in range(2):
        app = create_app(Settings(days=1, orders_per_day=2), clock=lambda: 1.8e9)
        rows.append(app.state.sandbox.shelf.kontur.add("counterparties", {}))

    assert rows[0] == rows[1]
    assert rows[0]["createdAt"] == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(1.8e9))
