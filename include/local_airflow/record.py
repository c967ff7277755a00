"""What runs in a home, kept in a file so that another shell can see it and stop it."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import psutil

from local_airflow import sessions
from local_airflow.errors import LocalAirflowError
from local_airflow.files import locked_if_free

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 2.0
LONGEST_STOP = 30.0
POLL = 0.2


@dataclass
class Running:
    """Who supervises, where people can look, and each session with the moment its first process began."""

    supervisor: int
    pages: dict[str, str] = field(default_factory=dict)
    sessions: dict[int, float] = field(default_factory=dict)


class Record:
    """The file of one home; a lock that ends with its holder says whether somebody supervises."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "services.json"
        self._lock = folder / "services.lock"

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Be the one who supervises, after ending what a killed predecessor left; a second one is refused."""
        with locked_if_free(self._lock) as is_ours:
            if not is_ours:
                raise LocalAirflowError("Airflow already runs here. See `make status`; `make down` stops it.")
            self._end_leftovers()
            self._write(Running(os.getpid()))
            try:
                yield
            finally:
                self._file.unlink(missing_ok=True)

    def note(self, session: int) -> None:
        """Remember one more session."""
        running = self._read()
        running.sessions[session] = psutil.Process(session).create_time()
        self._write(running)

    def show(self, pages: dict[str, str]) -> None:
        """Remember where people can look."""
        running = self._read()
        running.pages = pages
        self._write(running)

    def running(self) -> Running | None:
        """Return what is supervised here, or None if nothing is."""
        with locked_if_free(self._lock) as nobody:
            return None if nobody or not self._file.exists() else self._read()

    def stop(self) -> bool:
        """Have everything stopped, by its supervisor if he lives; tell whether there was anything."""
        running = self.running()
        if running is None:
            return self._end_leftovers()
        os.kill(running.supervisor, signal.SIGTERM)
        deadline = time.monotonic() + LONGEST_STOP
        while self.running() is not None:
            if time.monotonic() > deadline:
                raise LocalAirflowError(f"Process {running.supervisor} was asked to stop and has not.")
            time.sleep(POLL)
        return True

    def _end_leftovers(self) -> bool:
        if not self._file.exists():
            return False
        for session, began_at in reversed(self._read().sessions.items()):
            if _is_same(session, began_at):
                sessions.end(session, PATIENCE)
        self._file.unlink()
        return True

    def _read(self) -> Running:
        stored = json.loads(self._file.read_text(encoding="utf-8"))
        known = {int(session): began_at for session, began_at in stored["sessions"].items()}
        return Running(stored["supervisor"], stored["pages"], known)

    def _write(self, running: Running) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(running)), encoding="utf-8")
        draft.replace(self._file)


def _is_same(session: int, began_at: float) -> bool:
    """Tell whether a number still means what it meant: the system uses numbers again."""
    try:
        return bool(psutil.Process(session).create_time() == began_at)
    except psutil.NoSuchProcess:
        return True
