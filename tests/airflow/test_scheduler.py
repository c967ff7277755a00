"""A real Airflow: API server, scheduler, DAG processor and PostgreSQL, with the sandbox beside them."""

import os
import subprocess
import sys
import time
from dataclasses import astuple
from pathlib import Path

import pytest
import sqlalchemy as sa

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
