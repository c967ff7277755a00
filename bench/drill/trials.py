"""One trial: a worker that was struck in the middle of its writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bookkeeping.ledger.tables import events

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bookkeeping.domain import Status
    from drill.stack import Drill
    from drill.victims import Victim


@dataclass(frozen=True)
class Trial:
    """A worker that was struck, and the writes that it had under way.

    :ivar killed: the processes that were.
    """

    victim: Victim
    run_id: str
    keys: tuple[str, ...]
    killed: str
    at: datetime


def are_over(drill: Drill, victims: Collection[Victim]) -> bool:
    """Whether all runs of the drill have come to their ends, struck or not."""
    return all(_are_over(drill, victim) for victim in victims)


def _are_over(drill: Drill, victim: Victim) -> bool:
    runs = [run for run in drill.airflow.runs(f"drill_{victim.name}") if run.dag_id == victim.dag_id]
    return len(runs) == len(drill.days) and all(run.is_over for run in runs)


def task_of(drill: Drill, victim: Victim, run_id: str) -> dict[str, Any]:
    """Return the task of a run that posts: a drill's day fits into one batch."""
    [task] = [task for task in drill.airflow.tasks(victim.dag_id, "post") if task["dag_run_id"] == run_id]
    return task


def last_time(drill: Drill, key: str, status: Status) -> Any:  # noqa: ANN401 - a row
    """Return the last event that brought a write into a status, or None."""
    asked = sa.select(events).where(events.c.key == key, events.c.became == status)
    with drill.ledger.engine.begin() as tx:
        return tx.execute(asked.order_by(events.c.id.desc())).first()
