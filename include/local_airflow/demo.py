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
        """A part of the ids of this week's runs; a reconciliation has the id of its sync in its own."""
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


@dataclass(frozen=True)
class Standing:
    """How far the week is: its runs so far, and how many of their tasks have succeeded."""

    runs: list[Run]
    tasks: int

    @property
    def over(self) -> list[Run]:
        """The runs that have ended."""
        return [run for run in self.runs if run.is_over]

    def text(self, week: Week) -> str:
        """Say it to the person who waits."""
        failed = sum(run.state == "failed" for run in self.runs)
        words = f"{len(self.over)} of {week.size} runs, {self.tasks} tasks done"
        return f"{words}, {failed} runs failed" if failed else words


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
    known, known_since = -1, time.monotonic()
    while time.monotonic() - known_since < LONGEST_SILENCE:
        stack.watch(POLL)
        standing = Standing(stack.api.runs(week.name), stack.api.tasks_done(week.name))
        progress.show(standing.text(week))
        if not week.missing(standing.over):
            return standing.over
        if standing.tasks != known:
            known, known_since = standing.tasks, time.monotonic()
    trouble = f"No task has come to an end for {LONGEST_SILENCE:.0f} s; those that failed:"
    raise LocalAirflowError("\n".join([trouble, *_logs(stack, standing.runs)]))


def _logs(stack: Stack, runs: Iterable[Run]) -> list[str]:
    logs = (log for run in runs for log in stack.api.troubled_tasks(run))
    return [f"{stack.task_logs}/{log}" for log in logs]
