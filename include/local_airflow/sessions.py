"""Ending all the processes that a service started, whatever groups they have put themselves into.

Airflow runs every task in a process group of its own, so a signal to the service's group would leave tasks
behind as orphans. What they all keep is the session that the service was started in.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil

POLL = 0.05


def members(session: int) -> list[int]:
    """Return the processes that are alive in a session."""
    return [pid for pid in psutil.pids() if _session_of(pid) == session and _is_alive(pid)]


def end(session: int, patience: float) -> None:
    """Ask every process of a session to end, and kill those that have not when *patience* is over."""
    if _wait(session, signal.SIGTERM, patience):
        return
    _wait(session, signal.SIGKILL, patience)


def _wait(session: int, number: signal.Signals, patience: float) -> bool:
    """Send a signal, also to processes that appear meanwhile; tell whether all were gone in time."""
    told: set[int] = set()
    deadline = time.monotonic() + patience
    while alive := set(members(session)):
        for pid in alive - told:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        told |= alive
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _is_alive(pid: int) -> bool:
    """A process that has ended but whose parent has not noticed is gone for us."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
