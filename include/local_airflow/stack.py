"""The services of the local Airflow: what they are told, how they start together, when they are ready."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bookkeeping.companies import companies_file, load_companies
from local_airflow.api import AirflowApi
from local_airflow.connections import PORT as SANDBOX_PORT
from local_airflow.connections import as_variables, hurried, refuse_strangers, sandbox_connections
from local_airflow.console import step
from local_airflow.environment import ADMIN, admin_password, process_environment
from local_airflow.errors import LocalAirflowError
from local_airflow.interruption import pause
from local_airflow.ports import HOST, asked_or_free
from local_airflow.preparation import database_of, prepare
from local_airflow.record import Record
from local_airflow.services import Service, Services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local_airflow.home import Home

AIRFLOW_PORT = 8080
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
PATIENCE = 180.0
GRACE = 10.0
POLL = 0.3

# The log servers would listen on all addresses, and nobody needs them on one machine.
AIRFLOW = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("local_airflow.warm_scheduler", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
}

# The sandbox's week: the same for `up` and `demo`, which share its books and the ledger.
WEEK = ("--seed=7", "--from=2026-10-01", "--days=7", "--orders-per-day=40")

# One person waits: short naps, few workers, and a killed task is taken up again within a minute.
PACE = {
    "AIRFLOW__CORE__PARALLELISM": "6",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
}


@dataclass(frozen=True)
class Stack:
    """A stack that runs and is ready for work.

    :ivar airflow: where people and programs find Airflow; ``sandbox`` the same of the sandbox.
    :ivar environment: what all its processes are told.
    """

    api: AirflowApi
    airflow: str
    sandbox: str
    companies: tuple[str, ...]
    environment: Mapping[str, str]
    services: Services

    @property
    def dag_ids(self) -> list[str]:
        """The pair of DAGs of each company."""
        return [f"{dag}__{company}" for company in self.companies for dag in ("sync_orders", "reconcile")]

    @property
    def task_logs(self) -> Path:
        """The folder of the tasks' logs."""
        home = Path(self.environment["AIRFLOW_HOME"])
        return Path(self.environment.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER") or home / "logs")

    def watch(self, seconds: float) -> None:
        """Wait; raise an error if a service has ended, or if we are asked to stop."""
        self.services.check()
        pause(seconds)


@contextmanager
def running_stack(home: Home, *, is_demo: bool) -> Iterator[Stack]:
    """Have everything running and ready inside the block, and nothing of it left after it.

    :param is_demo: lift the sandbox's limits, and reach only the sandbox, whatever the connections say.
    """
    record = Record(home.folder)
    with record.kept(), database_of(home), Services(home.service_logs, record.note) as services:
        stack = _plan(home, services, is_demo=is_demo)
        services.start(_sandbox(home, stack, limits=not is_demo))
        prepare(services, stack.environment)
        record.show({"Airflow": stack.airflow, "sandbox": stack.sandbox})
        try:
            _start_airflow(stack)
            yield stack
        finally:
            with step("stopping"):
                services.stop()


def _plan(home: Home, services: Services, *, is_demo: bool) -> Stack:
    airflow = asked_or_free(home.given.get("AIRFLOW__API__PORT"), AIRFLOW_PORT, "AIRFLOW__API__PORT")
    sandbox = asked_or_free(home.given.get("SANDBOX_PORT"), SANDBOX_PORT, "SANDBOX_PORT")
    companies = load_companies(companies_file())
    environment = {**PACE, **_strayed(sandbox), **_addresses(airflow), **process_environment(home)}
    if is_demo:
        refuse_strangers(companies)
        environment |= as_variables(hurried(sandbox_connections(sandbox)))
    origin = f"http://{HOST}:{airflow}"
    return Stack(
        api=AirflowApi(origin, ADMIN, admin_password(environment)),
        airflow=origin,
        sandbox=f"http://{HOST}:{sandbox}",
        companies=tuple(company.id for company in companies),
        environment=environment,
        services=services,
    )


def _addresses(port: int) -> dict[str, str]:
    origin = f"http://{HOST}:{port}"
    return {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": origin,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{origin}/execution/",
    }


def _strayed(port: int) -> dict[str, str]:
    """Lead the runs to a sandbox that is not where the connections in Airflow's database say."""
    return as_variables(sandbox_connections(port)) if port != SANDBOX_PORT else {}


def _sandbox(home: Home, stack: Stack, *, limits: bool) -> Service:
    port = stack.sandbox.rpartition(":")[2]
    options = (f"--port={port}", f"--state-file={home.sandbox_state}", *WEEK)
    unlimited = () if limits else ("--no-limits",)
    return Service("sandbox", (sys.executable, "-m", "sandbox", *options, *unlimited), stack.environment)


def _start_airflow(stack: Stack) -> None:
    since = datetime.now(UTC)
    with step("starting Airflow") as tell:
        for name, program in AIRFLOW.items():
            stack.services.start(Service(name, (sys.executable, "-m", *program), stack.environment))
        _until_healthy(stack, tell)
    with step("loading the DAGs"):
        _until_loaded(stack, since)


def _until_healthy(stack: Stack, tell: Callable[[str], None]) -> None:
    waiting = list(COMPONENTS)
    for _ in _attempts(stack, "Airflow is not healthy"):
        healthy = set(waiting) - set(stack.api.unhealthy(COMPONENTS))
        for name in sorted(healthy):
            tell(f"{name} is up")
        waiting = [name for name in waiting if name not in healthy]
        if not waiting:
            return


def _until_loaded(stack: Stack, since: datetime) -> None:
    patient_until = time.monotonic() + GRACE
    for _ in _attempts(stack, "the DAGs are not loaded"):
        if all(map(stack.api.has_dag, stack.dag_ids)):
            return
        errors = stack.api.import_errors(since)
        if errors and time.monotonic() > patient_until:
            raise LocalAirflowError("\n".join(["DAG files cannot be loaded:", *errors]))


def _attempts(stack: Stack, trouble: str) -> Iterator[None]:
    """Yield again and again while the services live, but not for ever."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield
        stack.watch(POLL)
    raise LocalAirflowError(
        f"After {PATIENCE:.0f} s {trouble}; the logs are in {stack.services.log_of('*')}."
    )
