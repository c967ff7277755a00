"""Virtual time, and actors of whom one at a time is on stage: the seed alone decides who comes next."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random


log = logging.getLogger(__name__)


class KilledError(BaseException):
    """What SIGKILL does to a worker: nobody catches it and nothing is tidied up."""


@dataclass
class Task:
    """A process that works for a run.

    :ivar on_orphaned: what the scheduler does when it no longer hears of it; None for one that cannot die.
    :ivar is_orphan: its supervisor is dead: it works on, and nobody waits for it.
    """

    on_orphaned: Callable[[], None] | None = None
    is_orphan: bool = False


@dataclass(frozen=True)
class Crash:
    """At which point of a history somebody dies, counted from its beginning, and who.

    :ivar of_supervisor: the supervisor alone; the task process lives on.
    """

    at: int
    of_supervisor: bool = False


@dataclass(order=True)
class _Waiting:
    due: float
    actor: greenlet.greenlet = field(compare=False)


class Stage:
    """Time and turns.

    An actor works until it sleeps or comes to a *point*, where another may go on or a planned crash strikes.
    """

    def __init__(self, chance: Random, start: datetime, crashes: tuple[Crash, ...] = ()) -> None:
        self.chance = chance
        self.seconds = start.timestamp()
        self.crashes = {crash.at: crash for crash in crashes}
        self.points, self.crashed = 0, 0
        self._waiting: list[_Waiting] = []
        self._tasks: dict[greenlet.greenlet, Task] = {}

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def time(self) -> float:
        """Return Unix seconds."""
        return self.seconds

    def begin(self, work: Callable[[], None], after: float = 0.0) -> None:
        """Let an actor begin some seconds from now."""
        self._waiting.append(_Waiting(self.seconds + after, greenlet.greenlet(work, self._director())))

    def play(self) -> None:
        """Let everybody act until nobody has anything left to do."""
        while self._waiting:
            self._next().switch()

    def sleep(self, seconds: float) -> None:
        """Step aside for some seconds."""
        actor = greenlet.getcurrent()
        if actor.parent is None:
            self.seconds += seconds  # the director has nobody to wait for
            return
        self._waiting.append(_Waiting(self.seconds + seconds, actor))
        self._director().switch()

    def point(self) -> None:
        """Come to a moment at which a worker may die or another may overtake it.

        :raises KilledError: this one dies here.
        """
        if (task := self._tasks.get(greenlet.getcurrent())) is None:
            return
        self.points += 1
        if crash := self.crashes.get(self.points):
            self._crash(crash, task)
        if any(waiting.due <= self.seconds for waiting in self._waiting):
            self.sleep(0)

    @contextmanager
    def task(self, task: Task) -> Iterator[Task]:
        """Do what follows as a process that may die."""
        actor = greenlet.getcurrent()
        self._tasks[actor] = task
        try:
            yield task
        finally:
            del self._tasks[actor]

    def _crash(self, crash: Crash, task: Task) -> None:
        if not crash.of_supervisor or task.on_orphaned is None:
            self.crashed += 1
            log.debug("%s  a worker is killed", self.now().time())
            raise KilledError
        if not task.is_orphan:
            self.crashed += 1
            log.debug("%s  a supervisor is killed, its task lives on", self.now().time())
            task.is_orphan = True
            task.on_orphaned()

    def _next(self) -> greenlet.greenlet:
        """Choose among those whose time has come; let time pass until there is one."""
        earliest = min(self._waiting).due
        self.seconds = max(self.seconds, earliest)
        ready = [waiting for waiting in self._waiting if waiting.due <= self.seconds]
        chosen = self.chance.choice(ready)
        self._waiting = [waiting for waiting in self._waiting if waiting is not chosen]
        return chosen.actor

    @staticmethod
    def _director() -> greenlet.greenlet:
        actor = greenlet.getcurrent()
        while actor.parent is not None:
            actor = actor.parent
        return actor
