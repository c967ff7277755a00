"""A real Airflow: API server, scheduler, DAG processor and PostgreSQL, with the sandbox beside them."""

import os
import subprocess
import sys
import time
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from bitrix_accounting.asking import RECORD
from bookkeeping.domain import Status
from bookkeeping.ledger import open_engine
from bookkeeping.ledger.address import url_from_environment
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME
from bookkeeping.ledger.tables import entries
from local_airflow.home import Home
from local_airflow.proof import read_books
from local_airflow.result import Ledger, proof
from local_airflow.stack import running_stack
from sandbox.books.settings import Credentials

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("default")]

PATIENCE = 120
SECRETS = [value for value in astuple(Credentials()) if isinstance(value, str) and "sandbox" in value]
BUYERS = "pochta.example"  # where all the shop's buyers get their mail
TABLES = ("xcom", "rendered_task_instance_fields", "dag_run", "log")
BOOK = "universal_transfer_documents"
TRANSFERS = "*/universal-transfer-documents"
BACKFILL = ("--from-date", "2026-10-03T00:00:00+03:00", "--to-date", "2026-10-04T00:00:00+03:00")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("airflow"), {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    with running_stack(home, is_demo=True) as stack:
        for dag_id in ("sync_orders__romashka", "sync_orders__petrova"):
            stack.api.unpause(dag_id)
        yield stack


def finished_runs(stack, dag_id, name, count):
    """Wait until so many runs of a DAG with the name in their ids are over."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        runs = [run for run in stack.api.runs(name) if run.dag_id == dag_id]
        if len(runs) >= count and all(run.is_over for run in runs):
            return runs
        stack.watch(0.5)
    raise AssertionError(f"{dag_id}: {runs} after {PATIENCE} s")


def test_a_triggered_day_is_posted_and_reconciled(stack):
    stack.api.trigger("sync_orders__romashka", "by-hand", {"business_date": "2026-10-03"})

    assert [run.state for run in finished_runs(stack, "sync_orders__romashka", "by-hand", 1)] == ["success"]
    [reconciliation] = finished_runs(stack, "reconcile__romashka", "by-hand", 1)
    assert reconciliation.state == "success"
    assert reconciliation.conf == {"business_date": "2026-10-03"}
    assert (
        Path(stack.environment["REPORTS_PATH"]) / "romashka" / "2026-10-03" / "reconciliation.html"
    ).exists()
    assert any("reconciliation" not in line for line in proof(stack, Ledger.read(stack)))


def test_a_backfill_reconciles_each_of_its_days(stack):
    subprocess.run(
        [
            sys.executable,
            "-m",
            "airflow",
            "backfill",
            "create",
            "--dag-id",
            "sync_orders__petrova",
            *BACKFILL,
        ],
        check=True,
        capture_output=True,
        env=stack.environment,
    )

    assert [run.state for run in finished_runs(stack, "sync_orders__petrova", "backfill", 2)] == [
        "success"
    ] * 2
    days = {run.conf["business_date"] for run in finished_runs(stack, "reconcile__petrova", "backfill", 2)}
    assert days == {"2026-10-03", "2026-10-04"}
    list(proof(stack, Ledger.read(stack)))


def break_next(stack, **rule):
    rule = {"method": "POST", "path": TRANSFERS, **rule}
    requests.post(f"{stack.sandbox}/_sandbox/faults", json=rule, timeout=10).raise_for_status()


def task_in(stack, state, run, task):
    """Wait until a task of a run is in a state."""
    path = f"/dags/{run[0]}/dagRuns/{run[1]}/taskInstances"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(run[0] in each.dag_id for each in stack.api.runs(run[1])):
            rows = stack.api._call("GET", path, params={"task_id": task})["task_instances"]
            if [row for row in rows if (row["task_id"], row["state"]) == (task, state)]:
                return path
        stack.watch(0.3)
    raise AssertionError(f"{task} of {run} is not {state} after {PATIENCE} s: {rows}")


def unknown(stack):
    """Return the unanswered sales of the company whose books cannot be looked into."""
    known = Ledger.read(stack).entries["petrova"]
    return [entry for entry in known if entry.status is Status.UNKNOWN]


def test_a_person_is_asked_what_nobody_can_look_up_and_the_answer_counts(stack):
    break_next(stack, fault="500_after")
    break_next(stack, fault="drop_before")
    stack.api.trigger("sync_orders__petrova", "asked", {"business_date": "2026-10-05"})

    path = task_in(stack, "awaiting_input", ("reconcile__petrova", "after__asked"), "ask")
    detail = stack.api._call("GET", f"{path}/ask/-1/hitlDetails")
    written, absent = sorted(unknown(stack), key=lambda entry: entry.key not in in_books(stack))
    assert "2 записи без ответа" in detail["subject"].replace("\N{NO-BREAK SPACE}", " ")
    assert "пока ответа нет" in detail["body"].lower()
    assert set(detail["params"]) == {written.key, absent.key}
    title = detail["params"][written.key]["schema"]["title"]
    assert title.startswith(f"Реализация № {written.number} от {written.dated_on:%d.%m.%Y} на ")

    grow_old(stack)
    said = {written.key: in_books(stack)[written.key], absent.key: "нет"}
    answer = {"chosen_options": [RECORD], "params_input": said}
    stack.api._call("PATCH", f"{path}/ask/-1/hitlDetails", json=answer)

    [run] = finished_runs(stack, "reconcile__petrova", "after__asked", 1)
    assert run.state == "success"
    assert stack.api.result_of(run, "answer") == {written.key: True, absent.key: True}
    settled = {entry.key: entry for entry in Ledger.read(stack).entries["petrova"]}
    assert settled[written.key].external_id == said[written.key]
    assert settled[absent.key].status is Status.PENDING


def grow_old(stack):
    """Let the silence have begun so long ago that nothing can still land."""
    engine = open_engine(url_from_environment())  # as the stack's ledger was read just now
    with engine.begin() as tx:
        tx.execute(
            entries.update()
            .where(entries.c.status == Status.UNKNOWN)
            .values(unknown_since=datetime.now(UTC) - ANSWER_MAY_STILL_COME)
        )
    engine.dispose()


def in_books(stack):
    """Return the ids of unanswered sales that stand in the books all the same, by their ledger keys."""
    numbers = {row["number"]: row["id"] for row in read_books(stack.sandbox)["elba_public"][BOOK]}
    return {entry.key: numbers[entry.number] for entry in unknown(stack) if entry.number in numbers}


def test_a_day_long_wait_postpones_the_task_and_clearing_it_goes_on(stack):
    break_next(stack, fault="429", seconds=7200)
    stack.api.trigger("sync_orders__petrova", "postponed", {"business_date": "2026-10-05"})

    task_in(stack, "up_for_reschedule", ("sync_orders__petrova", "postponed"), "post")
    clear = {"dry_run": False, "dag_run_id": "postponed", "task_ids": ["post"], "only_failed": False}
    stack.api._call("POST", "/dags/sync_orders__petrova/clearTaskInstances", json=clear)

    [run] = finished_runs(stack, "sync_orders__petrova", "postponed", 1)
    assert run.state == "success"
    assert not unknown(stack)
    list(proof(stack, Ledger.read(stack)))


def test_no_secret_and_no_buyer_shows_in_logs_xcom_or_rendered_fields(stack):
    logs = [path for path in stack.task_logs.rglob("*.log") if "services" not in path.parts]
    assert len(logs) > 10
    written = {str(path): path.read_text(errors="replace") for path in logs}
    engine = sa.create_engine(stack.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    with engine.connect() as connection:
        for table in TABLES:
            written[table] = "\n".join(map(str, connection.execute(sa.text(f"SELECT * FROM {table}"))))  # noqa: S608 our own names
    engine.dispose()

    assert "business_date" in written["dag_run"]
    assert len(SECRETS) > 5
    inns = [row["inn"] for row in read_books(stack.sandbox)["kontur"]["counterparties"] if row["inn"]]
    assert inns
    hidden = [*SECRETS, BUYERS, *inns]
    assert not [(place, secret) for place, text in written.items() for secret in hidden if secret in text]
