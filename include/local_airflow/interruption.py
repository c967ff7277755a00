"""Ctrl-C, SIGTERM and a closed terminal, turned into one exception that comes only where we wait.

A signal that raised anywhere could strike between the start of a process and the note that it runs, and
leave an orphan; so the handler only takes a note, and :func:`pause` raises.
"""

from __future__ import annotations

import signal
import threading

from local_airflow.errors import InterruptedByUserError

_asked = threading.Event()


def listen() -> None:
    """From now on note the three signals, even if the shell had us ignore Ctrl-C (as it does for `&`)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _asked.set())


def pause(seconds: float) -> None:
    """Wait, or raise :class:`InterruptedByUserError` as soon as somebody asks us to stop."""
    if _asked.wait(seconds):
        raise InterruptedByUserError("stopped by request")
