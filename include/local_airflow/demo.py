"""Playing the sandbox's week through Airflow: seven days of orders for each company, all at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from local_airflow.console import Progress
from local_airflow.errors import LocalAirflowError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local_airflow.api import Run
    from local_airflow.stack import Stack

FIRST_DAY = date(2026, 10, 1)
DAYS = tuple((FIRST_DAY + timedelta(days=number)).isoformat() for number in range(7))
POLL = 1.0
LONGEST_SILENCE = 180.0


@dataclass(frozen=True)
class Week:
    """What is to be played: for each company and day a sync, which starts the day's reconciliation itself."""

    companies: tuple[str, ...]
    started_at: datetime

    @property
    def syncs(self) -> list[tuple[str, str]]:
        """The DAG and the day of each run to be triggered, day by day."""
        return [(f"sync_orders__{company}", day) for day in DAYS for company in self.companies]

    @property
    def size(self) -> int:
        """How many runs there will be."""
        return 2 * len(self.syncs)

    @property
    def name(self) -> str:
        """A text that the ids of this week's runs have in them, and no other run's."""
        return f"demo_{self.started_at:%Y%m%dT%H%M%S}"

    def missing(self, over: Iterable[Run]) -> set[tuple[str, str]]:
        """Return the runs that are still to be waited for; a failed sync starts no reconciliation."""
        states = {(run.dag_id, run.conf["business_date"]): run.state for run in over}
        followed = [sync for sync in self.syncs if states.get(sync) != "failed"]
        expected = {*self.syncs, *((reconciliation_of(dag_id), day) for dag_id, day in followed)}
        return expected - states.keys()


def reconciliation_of(sync: str) -> str:
    """Return the DAG that proves what a sync has done."""
    return sync.replace("sync_orders__", "reconcile__")


def play(stack: Stack) -> list[Run]:
    """Trigger the week and return its runs when all are over, showing meanwhile how far it is.

    :raises LocalAirflowError: nothing has come to an end for minutes.
    """
    week = Week(stack.companies, datetime.now(UTC))
    for dag_id in stack.dag_ids:
        stack.api.unpause(dag_id)
    for dag_id, day in week.syncs:
        stack.api.trigger(dag_id, f"{week.name}_{day}", {"business_date": day})
    with Progress() as progress:
        return _wait(stack, week, progress)


def refuse_failures(stack: Stack, runs: Iterable[Run]) -> None:
    """Raise an error that names the log of every task of these runs that failed."""
    if failed := [run for run in runs if run.state == "failed"]:
        raise LocalAirflowError("\n".join([f"{len(failed)} runs failed:", *_logs(stack, failed)]))


def _wait(stack: Stack, week: Week, progress: Progress) -> list[Run]:
    over: list[Run] = []
    changed_at = time.monotonic()
    while week.missing(over):
        stack.watch(POLL)
        runs = _runs_of(stack, week)
        known, over = len(over), [run for run in runs if run.is_over]
        progress.show(f"{len(over)} of {week.size} runs{_failures(over)}")
        changed_at = time.monotonic() if len(over) > known else changed_at
        if time.monotonic() - changed_at > LONGEST_SILENCE:
            raise LocalAirflowError(
                "\n".join([f"No run ended for {LONGEST_SILENCE:.0f} s:", *_logs(stack, runs)])
            )
    return over


def _runs_of(stack: Stack, week: Week) -> list[Run]:
    """Return the week's runs: a reconciliation has the id of its sync in its own."""
    runs = stack.api.runs_since(week.started_at.isoformat(), stack.dag_ids)
    return [run for run in runs if week.name in run.run_id]


def _failures(over: Iterable[Run]) -> str:
    failed = sum(run.state == "failed" for run in over)
    return f", {failed} failed" if failed else ""


def _logs(stack: Stack, runs: Iterable[Run]) -> list[str]:
    logs = (log for run in runs for log in stack.api.troubled_tasks(run))
    return [f"{stack.task_logs}/{log}" for log in logs]
