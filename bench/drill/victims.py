"""Whom a drill kills, and how their processes are found: by the task instance that they work on."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True)
class Victim:
    """A kind of victim and how its moment is made to last.

    :ivar kind: the ledger's kind of the writes that are struck.
    :ivar fault: what the sandbox does to them: `timeout_after` writes at once and never answers, `slow`
        writes and answers late.
    """

    name: str
    company: str
    pool: str
    kind: str
    fault: Mapping[str, Any]
    takes_the_task_along: bool

    @property
    def dag_id(self) -> str:
        """The DAG whose runs are struck."""
        return f"sync_orders__{self.company}"


WORKER = Victim(
    "worker",
    "romashka",
    "kontur",
    "sale",
    {"fault": "timeout_after", "method": "POST", "path": "*/documents/saleinvoices"},
    takes_the_task_along=True,
)
"""The host is lost: the executor's worker and its task die together; the write stands, its id is lost."""

SUPERVISOR = Victim(
    "supervisor",
    "ivanov",
    "elba",
    "bill",
    {"fault": "slow", "seconds": 110, "method": "POST", "path": "*/invoices"},
    takes_the_task_along=False,
)
"""Only the executor's worker dies: its task lives on as an orphan, and writes while the retry has begun."""


@dataclass(frozen=True)
class Pair:
    """The two processes of a running task."""

    supervisor: psutil.Process
    task: psutil.Process

    def strike(self, victim: Victim) -> str:
        """Kill what the kind of victim says; return whom."""
        struck = [self.supervisor, self.task] if victim.takes_the_task_along else [self.supervisor]
        for process in struck:
            process.send_signal(signal.SIGKILL)
        return " ".join(str(process.pid) for process in struck)


def pair_of(task_instance: str, sessions: Collection[int]) -> Pair:
    """Return the processes that work on a task instance, of those that this drill has started.

    :raises LookupError: there are none.
    """
    title = f"airflow worker -- {task_instance}"
    for process in psutil.process_iter(["cmdline"]):
        if " ".join(process.info["cmdline"] or ()).strip() == title and os.getsid(process.pid) in sessions:
            supervisor = process.parent()
            if supervisor is not None and task_instance in " ".join(supervisor.cmdline()):
                return Pair(supervisor, process)
    raise LookupError(f"no process of ours works on task instance {task_instance}")
