import json
import os
import subprocess
import sys
from datetime import date
from urllib.parse import urlsplit

import pytest
import requests

from local_airflow.connections import as_variables, sandbox_connections
from sandbox.app import Settings, create_app, serving

FIRST_DAY = date(2026, 10, 1)


@pytest.fixture(scope="session")
def airflow_database():
    """Airflow's own database, migrated once for all tests."""
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        check=True,
        capture_output=True,
        env={**os.environ},
    )


@pytest.fixture
def origin():
    """A week of a small shop, and empty books, over real HTTP."""
    settings = Settings(seed=7, first_day=FIRST_DAY, days=7, orders_per_day=12, limits=False)
    with serving(create_app(settings)) as address:
        yield address


@pytest.fixture
def connections(origin, tmp_path, monkeypatch):
    """The sandbox's connections, with a short timeout, and a ledger of the test's own."""
    known = sandbox_connections(urlsplit(origin).port)
    for name in ("kontur_romashka", "elba_ivanov", "elba_petrova"):
        known[name]["extra"]["timeout"] = 2
    known["ledger_default"] = {"conn_type": "sqlite", "host": str(tmp_path / "ledger.db")}
    for name, value in as_variables(known).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STAGING_PATH", str(tmp_path / "staging"))
    monkeypatch.setenv("REPORTS_PATH", str(tmp_path / "reports"))
    return known


@pytest.fixture
def run_dag(airflow_database, connections):
    """Run a DAG in this process, as `airflow dags test` does; return the finished run."""
    from airflow.dag_processing.dagbag import DagBag

    from bookkeeping.companies import companies_file

    bag = DagBag(dag_folder=str(companies_file().parents[2] / "dags"))
    return lambda dag_id, **conf: bag.dags[dag_id].test(run_conf=conf or None)


@pytest.fixture
def books(origin):
    """What the sandbox's books hold."""
    return lambda: json.loads(requests.get(f"{origin}/_sandbox/state", timeout=10).text)


@pytest.fixture
def fault(origin):
    """Make the sandbox fail."""

    def add(**rule):
        requests.post(f"{origin}/_sandbox/faults", json=rule, timeout=10).raise_for_status()

    return add


@pytest.fixture
def ledger(connections):
    from bookkeeping.ledger import SyncLedger, open_engine

    return SyncLedger(open_engine(f"sqlite:///{connections['ledger_default']['host']}"))
