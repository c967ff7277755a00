"""Bringing workers to the middle of their writes, all at the same moment, and killing them there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bookkeeping.domain import Status
from drill.trials import Trial, last_time, task_of
from drill.victims import pair_of
from local_airflow.console import say, step
from local_airflow.errors import LocalAirflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from drill.stack import Drill
    from drill.victims import Pair, Victim

LONGEST_GATHERING = 240
FOR_RETRIES = 4
A_MOMENT = 6.0
POLL = 0.5


def strike(drill: Drill, victim: Victim, count: int) -> list[Trial]:
    """Have so many workers in the middle of their writes at the same moment, and kill them."""
    _bring_to_the_door(drill, victim, count)
    writing = _let_them_write(drill, victim, count)
    found = {run: _pair(drill, victim, run) for run in writing}
    trials = [
        Trial(victim, run, tuple(keys), found[run].strike(victim), datetime.now(UTC))
        for run, keys in writing.items()
    ]
    drill.sandbox.mend()
    drill.airflow.set_slots(victim.pool, FOR_RETRIES)
    for trial in trials:
        say(f"  struck {trial.killed}, {trial.run_id} at {' '.join(trial.keys)}")
    return trials


def _bring_to_the_door(drill: Drill, victim: Victim, count: int) -> None:
    """Have the runs of all days read and worked out, and none of them posting yet."""
    api = drill.airflow
    with step(f"{victim.name}: bringing {len(drill.days)} runs to their writes"):
        api.set_slots(victim.pool, 0)
        api.unpause(victim.dag_id)
        for day in drill.days:
            api.trigger(victim.dag_id, f"drill_{victim.name}_{day}", {"business_date": day})
        _until(drill, lambda: _waiting(drill, victim) >= count and _all_transformed(drill, victim))


def _let_them_write(drill: Drill, victim: Victim, count: int) -> dict[str, list[str]]:
    """Let so many runs post into books that do not answer; return what each has under way."""
    with step(f"{victim.name}: {count} runs write at once"):
        drill.sandbox.break_next(times=None, **victim.fault)
        drill.airflow.set_slots(victim.pool, count)
        _until(drill, lambda: len(_by_run(drill, _claimed(drill, victim))) >= count)
        before = _claimed(drill, victim)
        drill.stack.watch(A_MOMENT)  # any other write is over by then
        return _by_run(drill, before & _claimed(drill, victim))


def _until(drill: Drill, is_so: Callable[[], bool]) -> None:
    for _ in range(int(LONGEST_GATHERING / POLL)):
        if is_so():
            return
        drill.stack.watch(POLL)
    raise LocalAirflowError(f"It has not come to that within {LONGEST_GATHERING} s.")


def _waiting(drill: Drill, victim: Victim) -> int:
    return sum(task["state"] == "scheduled" for task in drill.airflow.tasks(victim.dag_id, "post"))


def _all_transformed(drill: Drill, victim: Victim) -> bool:
    tasks = drill.airflow.tasks(victim.dag_id, "transform")
    return len(tasks) == len(drill.days) and all(task["state"] == "success" for task in tasks)


def _claimed(drill: Drill, victim: Victim) -> set[str]:
    in_flight = drill.ledger.in_status(Status.IN_FLIGHT)
    return {e.key for e in in_flight if (e.company, e.kind) == (victim.company, victim.kind)}


def _by_run(drill: Drill, keys: Collection[str]) -> dict[str, list[str]]:
    """Group writes by the run that has claimed them, as their history says: DAG, run, task, try."""
    runs: dict[str, list[str]] = {}
    for key in sorted(keys):
        runs.setdefault(last_time(drill, key, Status.IN_FLIGHT).run.split()[1], []).append(key)
    return runs


def _pair(drill: Drill, victim: Victim, run_id: str) -> Pair:
    return pair_of(task_of(drill, victim, run_id)["id"], drill.sessions)
