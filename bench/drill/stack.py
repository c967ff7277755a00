"""The real stack for a drill: it notices a dead worker within seconds, and its books are a drill's own."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import requests

from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.ledger.address import url_from_environment
from local_airflow.api import AirflowApi
from local_airflow.connections import as_variables, hurried, sandbox_connections
from local_airflow.environment import ADMIN, admin_password
from local_airflow.home import Home
from local_airflow.ports import HOST, first_free
from local_airflow.proof import read_books
from local_airflow.record import Record
from local_airflow.services import Service
from local_airflow.stack import Stack, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST_DAY = date(2026, 10, 1)
ORDERS_A_DAY = 18
SANDBOX_PORTS = range(8290, 8390)
TIMEOUT = 30.0

# A dead worker is noticed after half a minute, not after five; and many tasks hang at the same moment.
QUICK = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": "100",
    "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "100",
}

# A request may hang as long as a connection allows, and as many at once as there are victims.
PATIENT = {"timeout": 120, "at_once": 0}


class Airflow(AirflowApi):
    """The stack's API with what a drill asks besides."""

    def set_slots(self, pool: str, slots: int) -> None:
        """Let so many tasks of a pool run at once."""
        self._call(
            "PATCH",
            f"/pools/{pool}",
            params={"update_mask": ["slots"]},
            json={"pool": pool, "slots": slots, "include_deferred": False},
        )

    def tasks(self, dag_id: str, task_id: str) -> list[dict[str, Any]]:
        """Return the instances of a task in all runs of the drill, as they are now."""
        wanted = {"run_id_pattern": "%drill_%", "task_id": task_id, "limit": 100}
        rows = self._call("GET", f"/dags/{dag_id}/dagRuns/~/taskInstances", params=wanted)["task_instances"]
        return [row for row in rows if row["task_id"] == task_id]

    def tries(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the tries of a mapped task instance, the first one first."""
        run = f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
        path = f"{run}/taskInstances/{task['task_id']}/{task['map_index']}/tries"
        rows = self._call("GET", path)["task_instances"]
        return sorted(rows, key=lambda row: int(row["try_number"]))


@dataclass(frozen=True)
class Sandbox:
    """The drill's shop and books, in a process of their own, reached over their steering addresses."""

    origin: str

    def books(self) -> dict[str, Any]:
        """Return all that the books hold."""
        return read_books(self.origin)

    def break_next(self, **rule: object) -> None:
        """Break requests as a fault rule says."""
        requests.post(f"{self.origin}/_sandbox/faults", json=rule, timeout=TIMEOUT).raise_for_status()

    def mend(self) -> None:
        """Break nothing any more; what hangs already goes on to hang."""
        requests.delete(f"{self.origin}/_sandbox/faults", timeout=TIMEOUT).raise_for_status()

    @property
    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self.books())
        except requests.RequestException:
            return False


@dataclass(frozen=True)
class Drill:
    """Everything that runs for a drill.

    :ivar sessions: the sessions whose processes are the drill's own to kill.
    """

    stack: Stack
    airflow: Airflow
    sandbox: Sandbox
    ledger: SyncLedger
    sessions: frozenset[int]
    days: tuple[str, ...]


@contextmanager
def running_drill(folder: Path, trials: int) -> Iterator[Drill]:
    """Have a stack with its own sandbox running inside the block, and nothing of it left after it."""
    days = _days(trials)
    port = first_free(SANDBOX_PORTS)
    home = Home(folder, _variables(port, trials))
    with running_stack(home, is_demo=False) as stack:
        stack.services.start(_sandbox(stack, folder, port, len(days)))
        sandbox = Sandbox(f"http://{HOST}:{port}")
        while not sandbox.is_up:
            stack.watch(0.2)
        running = Record(folder).running()
        airflow = Airflow(stack.airflow, ADMIN, admin_password(stack.environment))
        with _ledger_of(stack) as ledger:
            yield Drill(stack, airflow, sandbox, ledger, frozenset(running.sessions if running else ()), days)


@contextmanager
def _ledger_of(stack: Stack) -> Iterator[SyncLedger]:
    os.environ.update(stack.environment)  # where the ledger's address is looked up
    engine = open_engine(url_from_environment())
    try:
        yield SyncLedger(engine)
    finally:
        engine.dispose()


def _days(trials: int) -> tuple[str, ...]:
    """Name half as many days again as there are trials: on some of them nothing may be due."""
    return tuple((FIRST_DAY + timedelta(n)).isoformat() for n in range(trials + trials // 2 + 1))


def _variables(port: int, trials: int) -> dict[str, str]:
    """Take over the shell, but nothing that leads to an Airflow or to books of somebody's own."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    foreign = ("COMPANIES_FILE", "STAGING_PATH", "REPORTS_PATH", "SANDBOX_PORT")
    kept = {name: value for name, value in shell.items() if name not in foreign}
    connections = hurried(sandbox_connections(port))
    for fields in connections.values():
        fields["extra"] |= PATIENT
    return {**kept, **QUICK, "AIRFLOW__CORE__PARALLELISM": str(trials + 8), **as_variables(connections)}


def _sandbox(stack: Stack, folder: Path, port: int, days: int) -> Service:
    shop = (f"--from={FIRST_DAY}", f"--days={days}", f"--orders-per-day={ORDERS_A_DAY}", "--seed=7")
    kept = f"--state-file={folder / 'drill-books.json'}"
    command = (sys.executable, "-m", "sandbox", f"--port={port}", "--no-limits", kept, *shop)
    return Service("drill-sandbox", command, stack.environment)
