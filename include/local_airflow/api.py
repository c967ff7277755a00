"""The few calls of Airflow's REST API that playing a week takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from local_airflow.errors import LocalAirflowError

TIMEOUT = 30.0
PAGE = 100


@dataclass(frozen=True)
class Run:
    """A DAG run as the API shows it."""

    dag_id: str
    run_id: str
    state: str
    conf: dict[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether its state is final."""
        return self.state in {"success", "failed"}


class AirflowApi:
    """A client of one Airflow; it signs in when the first call needs it.

    :param origin: such as ``http://127.0.0.1:8080``.
    """

    def __init__(self, origin: str, user: str, password: str) -> None:
        self._origin = origin
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False

    def unhealthy(self, components: tuple[str, ...]) -> list[str]:
        """Return those of the components that are not healthy yet; all of them while nobody answers."""
        try:
            health = self._session.get(f"{self._origin}/api/v2/monitor/health", timeout=TIMEOUT).json()
        except requests.RequestException:
            return list(components)
        return [name for name in components if health[name]["status"] != "healthy"]

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether Airflow has loaded the DAG."""
        return bool(self._call("GET", "/dags", params={"dag_id_pattern": dag_id})["total_entries"])

    def import_errors(self, since: datetime) -> list[str]:
        """Return why DAG files could not be loaded since a moment, a text a file."""
        errors = self._call("GET", "/importErrors")["import_errors"]
        fresh = [error for error in errors if datetime.fromisoformat(error["timestamp"]) >= since]
        return [f"{error['filename']}: {error['stack_trace']}" for error in fresh]

    def unpause(self, dag_id: str) -> None:
        """Let the DAG run; one that runs already stays so."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any]) -> None:
        """Ask for one run."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)

    def runs(self, name: str) -> list[Run]:
        """Return the runs of all DAGs that have *name* in their ids, at most a hundred."""
        wanted = {"run_id_pattern": f"%{name}%", "limit": PAGE}
        rows = self._call("GET", "/dags/~/dagRuns", params=wanted)["dag_runs"]
        return [Run(row["dag_id"], row["dag_run_id"], row["state"], row["conf"] or {}) for row in rows]

    def tasks_done(self, name: str) -> int:
        """Return how many tasks of those runs have succeeded."""
        wanted = {"run_id_pattern": f"%{name}%", "state": "success", "limit": 1}
        return int(self._call("GET", "/dags/~/dagRuns/~/taskInstances", params=wanted)["total_entries"])

    def troubled_tasks(self, run: Run) -> list[str]:
        """Return the logs of the run's tasks that failed or wait for a retry, as places among all logs."""
        path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        tasks = self._call("GET", path, params={"state": ["failed", "up_for_retry"]})["task_instances"]
        return [_log_of(task) for task in tasks]

    def result_of(self, run: Run, task_id: str) -> Any:  # noqa: ANN401 - what the task has returned
        """Return what a task of the run returned."""
        path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        return self._call("GET", path)["value"]

    def _call(self, method: str, path: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        if "Authorization" not in self._session.headers:
            self._sign_in()
        answer = self._session.request(method, f"{self._origin}/api/v2{path}", timeout=TIMEOUT, **arguments)
        return _accepted(answer)

    def _sign_in(self) -> None:
        answer = self._session.post(f"{self._origin}/auth/token", json=self._login, timeout=TIMEOUT)
        self._session.headers["Authorization"] = f"Bearer {_accepted(answer)['access_token']}"


def _accepted(answer: requests.Response) -> Any:  # noqa: ANN401 - JSON
    if not answer.ok:
        raise LocalAirflowError(
            f"Airflow answered {answer.status_code} to {answer.request.url}: {answer.text}"
        )
    return answer.json()


def _log_of(task: dict[str, Any]) -> str:
    """Name a task's log as Airflow does by default."""
    mapped = f"map_index={task['map_index']}/" if task["map_index"] >= 0 else ""
    place = f"dag_id={task['dag_id']}/run_id={task['dag_run_id']}/task_id={task['task_id']}"
    return f"{place}/{mapped}attempt={task['try_number']}.log"
