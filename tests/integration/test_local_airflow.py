import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from bookkeeping.companies import companies_file, load_companies
from bookkeeping.domain import HoldReason, Status
from bookkeeping.ledger import Entry
from local_airflow import sessions
from local_airflow.api import Run
from local_airflow.connections import refuse_strangers
from local_airflow.demo import DAYS, Week
from local_airflow.environment import LEDGER, as_exports, environment_of
from local_airflow.errors import LocalAirflowError
from local_airflow.home import DATABASE, ROOT, Home
from local_airflow.ports import HOST, asked_or_free
from local_airflow.postgres import ROLE, Postgres
from local_airflow.proof import SHELVES, differences
from local_airflow.record import Record
from local_airflow.services import Service, Services
from local_airflow.summary import as_table, summarise

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) > 1:
    subprocess.Popen([sys.executable, __file__], process_group=0)
    open(sys.argv[1], "w").write("ready")
time.sleep(60)
"""

SUPERVISOR = """
import contextlib, os, pathlib
from local_airflow import errors, interruption, record, services
interruption.listen()
folder, service = pathlib.Path({folder!r}), services.Service("one", {command!r}, dict(os.environ))
kept = record.Record(folder / "home")
with contextlib.suppress(errors.InterruptedByUserError), kept.kept():
    with services.Services(folder / "logs", kept.note) as running:
        running.start(service)
        while True:
            interruption.pause(1)
"""


def shell_sees(home, name):
    script = "\n".join([*as_exports(environment_of(home)), f'printf %s "${name}"'])
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("value", ["two words", "it's", "$HOME `id` \\", "Ромашка", 'a "b" c', "two\nlines"])
def test_a_shell_reads_back_every_value_as_it_was(tmp_path, value):
    assert shell_sees(Home(tmp_path, {"COMPANIES_FILE": value}), "COMPANIES_FILE") == value


def test_variables_that_are_already_set_win(tmp_path):
    given = {"STAGING_PATH": "s3://x", "REPORTS_PATH": "/r", "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"}
    environment = environment_of(Home(tmp_path, given))
    assert given.items() <= environment.items()


def test_a_setting_given_as_a_command_or_secret_is_not_overridden(tmp_path):
    given = {"AIRFLOW__CORE__FERNET_KEY_CMD": "cat key", "AIRFLOW__API__SECRET_KEY_SECRET": "vault"}
    assert (
        not {"AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"}
        & environment_of(Home(tmp_path, given)).keys()
    )


def test_a_database_of_ones_own_starts_no_server_and_leaves_the_ledger_alone(tmp_path):
    home = Home(tmp_path, {DATABASE: "postgresql://elsewhere/airflow"})
    environment = environment_of(home)
    assert home.postgres is None
    assert environment[DATABASE] == "postgresql://elsewhere/airflow"
    assert LEDGER not in environment


def test_a_ledger_of_ones_own_stays_beside_the_embedded_server(tmp_path):
    own = '{"conn_type": "sqlite", "host": "/l.db"}'
    environment = environment_of(Home(tmp_path, {LEDGER: own}))
    assert environment[LEDGER] == own
    assert environment[DATABASE].endswith("/airflow")


def test_a_shell_that_went_through_env_still_uses_the_embedded_server(tmp_path):
    first = environment_of(Home(tmp_path, {"PATH": "/usr/bin"}))
    again = Home(tmp_path, first)
    (tmp_path / "postgres.port").write_text("25999")
    assert again.postgres is not None
    assert ":25999/airflow" in environment_of(again)[DATABASE]
    assert json.loads(environment_of(again)[LEDGER])["port"] == 25999


def test_secrets_stay_the_same_and_only_their_owner_reads_them(tmp_path):
    environments = [environment_of(Home(tmp_path, {})) for _ in range(2)]
    assert environments[0] == environments[1]
    assert len(environments[0]["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    for file in ("keys.json", "passwords.json"):
        assert (tmp_path / file).stat().st_mode & 0o077 == 0


def test_our_programs_come_first_on_the_path_and_once(tmp_path):
    programs = str(Path(sys.prefix) / "bin")
    path = environment_of(Home(tmp_path, {"PATH": f"/usr/bin:{programs}:/bin"}))["PATH"]
    assert path == f"{programs}:/usr/bin:/bin"


def test_our_own_processes_are_not_called_through_a_proxy(tmp_path):
    given = {"https_proxy": "http://proxy:3128", "NO_PROXY": "example.ru"}
    assert environment_of(Home(tmp_path, given))["no_proxy"] == "example.ru,127.0.0.1,localhost"
    assert "no_proxy" not in environment_of(Home(tmp_path, {}))


def test_env_writes_nothing_but_exports_on_standard_output(tmp_path):
    given = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "home"), DATABASE: "postgresql://elsewhere/airflow"}
    command = [sys.executable, "-m", "local_airflow", "env"]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=True, cwd=ROOT)
    assert {shlex.split(line)[0] for line in done.stdout.splitlines()} == {"export"}


@pytest.fixture
def postgres(tmp_path):
    server = Postgres(tmp_path / "postgres", "secret")
    yield server
    server.stop()


def connect(server, database="ledger", password="secret"):
    return psycopg.connect(
        host=HOST, port=server.port, user=ROLE, password=password, dbname=database, autocommit=True
    )


def test_data_survives_a_restart_and_durability_is_on(postgres):
    postgres.start()
    with connect(postgres) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Ёлка' AS word")
        settings = [
            connection.execute(f"SHOW {name}").fetchone()[0] for name in ("fsync", "synchronous_commit")
        ]
    postgres.stop()
    assert not postgres.is_running
    postgres.start()
    with connect(postgres) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("Ёлка",)
    with connect(postgres, "airflow") as connection:
        assert connection.info.dbname == "airflow"
    assert settings == ["on", "on"]


def test_starting_and_stopping_twice_changes_nothing(postgres):
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: postgres.start(), range(3)))
    assert postgres.is_running
    postgres.stop()
    postgres.stop()
    assert not postgres.is_running


def test_only_the_password_opens_the_database(postgres):
    postgres.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect(postgres, password="guess")


def test_a_taken_port_is_left_to_whoever_has_it(postgres):
    postgres.start()
    postgres.stop()
    with socket.create_server((HOST, postgres.port)) as other:
        postgres.start()
        assert postgres.port != other.getsockname()[1]
        connect(postgres).close()


def test_an_interrupted_creation_is_begun_anew(tmp_path, postgres):
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("half")
    postgres.start()
    connect(postgres).close()


def test_a_path_longer_than_a_socket_name_does_no_harm(tmp_path):
    server = Postgres(tmp_path / ("deep" * 30) / "папка" / "postgres", "secret")
    try:
        server.start()
        connect(server).close()
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that only root may enter")
def test_root_needs_no_open_folders(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "postgres", "secret")
    try:
        server.start()
        connect(server).close()
    finally:
        server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def stubborn(tmp_path):
    """A service that ignores SIGTERM and has a child in a process group of its own, as a task has."""
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN)

    def make(name):
        return Service(name, (sys.executable, str(script), str(tmp_path / f"{name}.ready")), dict(os.environ))

    return make


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_stopping_leaves_no_process_even_of_those_that_do_not_listen(tmp_path, stubborn):
    started = []
    with Services(tmp_path / "logs", started.append) as services:
        for name in ("one", "two"):
            services.start(stubborn(name))
        wait_for(lambda: [len(sessions.members(session)) for session in started] == [2, 2])
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    assert [sessions.members(session) for session in started] == [[], []]


def test_an_error_during_the_start_stops_what_has_been_started(tmp_path, stubborn):
    started = []
    with suppress(FileNotFoundError), Services(tmp_path / "logs", started.append) as services:
        services.start(stubborn("one"))
        services.start(Service("missing", ("/no/such/program",), {}))
    assert [sessions.members(session) for session in started] == [[]]


def test_a_service_that_ends_is_named_with_the_end_of_its_log(tmp_path):
    failing = Service("api-server", (sys.executable, "-c", "raise SystemExit('no port')"), dict(os.environ))
    with Services(tmp_path / "logs") as services:
        services.start(failing)
        with pytest.raises(LocalAirflowError, match=r"api-server ended with code 1(.|\n)*no port"):
            wait_for(services.check)


@pytest.fixture
def supervisor(tmp_path, stubborn):
    """A process that supervises one stubborn service in the folder ``home``, as `make up` does."""
    script = SUPERVISOR.format(folder=str(tmp_path), command=stubborn("one").command)
    process = subprocess.Popen([sys.executable, "-c", script])
    wait_for((tmp_path / "one.ready").exists)
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()
    Record(tmp_path / "home").stop()


def session_of(home):
    return int(next(iter(json.loads((home / "services.json").read_text())["sessions"])))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_sigterm_and_a_closed_terminal_leave_no_orphan(tmp_path, supervisor, number):
    session = session_of(tmp_path / "home")
    supervisor.send_signal(number)
    assert supervisor.wait(10) == 0
    assert sessions.members(session) == []
    assert not (tmp_path / "home" / "services.json").exists()


def test_another_shell_can_stop_it_and_cannot_start_it_twice(tmp_path, supervisor):
    record, session = Record(tmp_path / "home"), session_of(tmp_path / "home")
    with pytest.raises(LocalAirflowError, match="already runs"), record.kept():
        pass
    assert record.stop()
    assert sessions.members(session) == []
    assert not record.stop()


def test_what_a_killed_supervisor_left_is_ended_by_the_next_start(tmp_path, supervisor):
    session = session_of(tmp_path / "home")
    supervisor.kill()
    supervisor.wait()
    assert sessions.members(session)
    with Record(tmp_path / "home").kept():
        assert sessions.members(session) == []


def test_a_number_that_the_system_has_used_again_is_not_killed(tmp_path, stubborn):
    (tmp_path / "home").mkdir()
    started = []
    with Services(tmp_path / "logs", started.append) as services:
        services.start(stubborn("innocent"))
        stale = {"supervisor": 1, "pages": {}, "sessions": {str(started[0]): 1.5}}
        (tmp_path / "home" / "services.json").write_text(json.dumps(stale))
        assert Record(tmp_path / "home").stop()
        assert sessions.members(started[0])


def test_a_port_that_was_asked_for_must_be_free_and_a_default_gives_way():
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        assert asked_or_free(None, taken, "SANDBOX_PORT") > taken
        with pytest.raises(LocalAirflowError, match="SANDBOX_PORT"):
            asked_or_free(str(taken), 1, "SANDBOX_PORT")


def test_the_demo_reaches_all_companies_of_the_project_and_nobody_else():
    companies = load_companies(companies_file())
    refuse_strangers(companies)
    books = companies[0].books.model_copy(update={"conn_id": "kontur_real"})
    with pytest.raises(LocalAirflowError, match="kontur_real"):
        refuse_strangers([companies[0].model_copy(update={"books": books})])


def test_a_week_waits_for_every_sync_and_for_the_reconciliation_that_each_starts():
    week = Week(("romashka",), datetime(2026, 11, 21, tzinfo=UTC))

    def run(dag, day, state="success"):
        return Run(f"{dag}__romashka", "r", state, {"business_date": day})

    syncs = [run("sync_orders", day) for day in DAYS]
    assert len(week.missing([])) == week.size == 14
    assert week.missing(syncs) == {("reconcile__romashka", day) for day in DAYS}
    assert not week.missing([*syncs, *(run("reconcile", day) for day in DAYS)])
    assert not week.missing([run("sync_orders", day, "failed") for day in DAYS])


def entry(key, kind="sale", status=Status.POSTED, external_id=None, reason=None):
    blank = dict.fromkeys((field.name for field in fields(Entry)), "")
    known = {"key": key, "kind": kind, "status": status, "external_id": external_id, "reason": reason}
    return Entry(**{**blank, **known, "total": Decimal("1234.50")})


ENTRIES = [
    entry("a", external_id="1"),
    entry("b", external_id="2"),
    entry("c", status=Status.HELD, reason=HoldReason.INN_INVALID),
    entry("d", status=Status.UNKNOWN),
    entry("e", kind="counterparty", external_id="9"),
]


def test_the_table_counts_what_the_ledger_says():
    summary = summarise("romashka", ENTRIES, {"a"}, {"matched": 7})
    rows = {line.split("  ")[0]: line for line in as_table([summary]).splitlines()}
    assert rows["sales posted"].endswith("2 = 2,469.00 ₽")
    assert rows["held, inn_invalid"].endswith("1")
    assert rows["unknown"].endswith("1")
    assert rows["reconciled, matched"].endswith("7")
    assert rows["documents new in this demo"].endswith("1")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["1", "2"], []),
        (["1"], ["1 documents only in the ledger: 2"]),
        (["1", "2", "2"], ["1 documents only in the books: 2"]),
        (["1", "2", "3"], ["1 documents only in the books: 3"]),
    ],
)
def test_the_proof_finds_what_is_missing_foreign_or_doubled(ids, expected):
    documents = SHELVES["romashka"][0]
    state = {"kontur": {"documents": [{"id": number} for number in ids]}}
    assert list(differences(documents, state, ENTRIES)) == expected


def make(*arguments):
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_lists_the_targets():
    listed = make().stdout
    for target in ("init", "env", "demo", "up", "down", "test", "check", "bench", "lock", "clean"):
        assert f"make {target} " in listed


def test_make_says_in_one_line_that_there_is_no_python(tmp_path):
    done = make("-s", "init", f"VENV={tmp_path / 'venv'}", "PYTHON=/no/such/python")
    assert done.returncode != 0
    assert "No Python 3.11, 3.12 or 3.13" in done.stderr.splitlines()[0]
