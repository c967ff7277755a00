"""Starting the processes that make up the stack, and stopping every one of them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from local_airflow import sessions
from local_airflow.errors import LocalAirflowError
from local_airflow.interruption import pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

# Four services must be gone within ten seconds, even if none of them listens.
PATIENCE = 2.0
POLL = 0.1
TAIL = 15


@dataclass(frozen=True)
class Service:
    """A program to be run in a session of its own."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


class Services:
    """The services started in a `with` block; on its end, however it comes, none of their processes is left.

    :param logs: a folder for a log a service, each from the service's last start.
    :param on_start: is told the session of every service that was started.
    """

    def __init__(self, logs: Path, on_start: Callable[[int], None] = lambda _: None) -> None:
        self._logs = logs
        self._on_start = on_start
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, service: Service) -> None:
        """Start a service and return at once."""
        with self.log_of(service.name).open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                service.command,
                env=service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[service.name] = process
        self._on_start(process.pid)

    def check(self) -> None:
        """Raise an error with the end of its log if a service has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise LocalAirflowError(self._why(name, process.returncode))

    def finish(self, names: Iterable[str]) -> None:
        """Wait for services that end by themselves; raise an error with the log of one that fails."""
        for name in names:
            while (code := self._running[name].poll()) is None:
                pause(POLL)
            if code != 0:
                raise LocalAirflowError(self._why(name, code))
            del self._running[name]

    def stop(self) -> None:
        """End all processes of all services, the last started first."""
        for process in reversed(self._running.values()):
            sessions.end(process.pid, PATIENCE)
            process.wait()
        self._running.clear()

    def log_of(self, name: str) -> Path:
        """Return the file with what a service prints."""
        return self._logs / f"{name}.log"

    def _why(self, name: str, code: int) -> str:
        log = self.log_of(name)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
        return "\n".join([f"{name} ended with code {code}; its log {log} ends with:", *lines])
