"""How runs go: the steps of a day, tried again as Airflow would, by workers that may die or live too long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from bookkeeping.day import documents_of, finish, in_batches, poster_for
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, SyncError, TransientError
from bookkeeping.extraction import Known, read_day
from bookkeeping.ledger import SyncLedger
from bookkeeping.posting.turns import LONGEST_PAUSE
from bookkeeping.write_back import write_lines
from simulator.stage import KilledError, Task
from simulator.variants import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa
    import sqlalchemy as sa

    from bookkeeping.companies import Company
    from bookkeeping.domain import Document
    from bookkeeping.posting import Poster
    from bookkeeping.transforms.columns import ShopFrames
    from simulator.memory import Memory
    from simulator.stage import Stage
    from simulator.world import World

TRIES = 7
SMALL_BATCH = 3
NOTICED_AFTER = (5.0, 310.0)
"""Seconds until Airflow misses a dead worker: at once, or when its heartbeat has been absent long enough."""


class Watched:
    """An engine at whose commits another worker may overtake, or this one die."""

    def __init__(self, engine: sa.Engine, stage: Stage) -> None:
        self._engine, self._stage, self.dialect = engine, stage, engine.dialect

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a transaction."""
        with self._engine.begin() as tx:
            yield tx
        self._stage.point()


@dataclass
class Office:
    """A company's runs and what they share.

    :ivar company: as the companies file is now.
    :ivar reads_anew: whether runs read the shop themselves, or take what was read before any fault.
    :ivar at_work: the tasks that are running.
    :ivar failed: the runs that failed for good, until somebody clears them.
    """

    world: World
    stage: Stage
    memory: Memory
    engine: sa.Engine
    company: Company
    reads_anew: bool
    at_work: list[Task] = field(default_factory=list)
    failed: list[Run] = field(default_factory=list)

    def ledger(self) -> SyncLedger:
        """Open the ledger."""
        watched = cast("sa.Engine", Watched(self.engine, self.stage))
        return SyncLedger(watched, clock=self.stage.now)

    def poster(self) -> Poster:
        """Return a new task's poster."""
        return poster_for(self.company, self.world.books(), self.ledger(), self.stage.sleep)

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Return the beginning and the end of a day in the company's zone."""
        start = datetime.combine(day, datetime.min.time(), self.company.zone)
        return start, datetime.combine(day + timedelta(days=1), datetime.min.time(), self.company.zone)

    def read(self, day: date) -> ShopFrames:
        """Read a day of the shop."""
        _, end = self.bounds(day)
        still_open = tuple(self.ledger().open_orders(self.company.id, end.date()))
        if self.reads_anew:
            return self.memory.frames(self.read_over(self.world, day, still_open))
        deeds = self.world.clerk.deeds
        key = (self.world.shop_seed, deeds, day, still_open)
        return self.memory.frames_of(key, lambda: self.read_over(self.world.apart(deeds), day, still_open))

    def read_over(self, world: World, day: date, still_open: Sequence[str]) -> Mapping[str, pa.Table]:
        """Read a day of the shop as it stands in a world."""
        start, end = self.bounds(day)
        return read_day(world.shop(), self.company.shop, start, end, Known(still_open))


Step = Callable[[], None]


@dataclass
class Run:
    """One run of one day: each step in its turn, and each tried again.

    :ivar staged: what ``transform`` staged, and ``post`` and ``pay`` read.
    :ivar trouble: what kept the last try from success.
    """

    office: Office
    day: date
    shop: ShopFrames | None = None
    staged: Sequence[Document] = ()
    trouble: str = ""

    def go(self, first: int = 0) -> None:
        """Do the steps from one on; a step that failed for good ends the run."""
        step = first
        while step < len(self._steps()):
            if not self._survives(step):
                return
            step += 1

    def post_again(self) -> None:
        """A person clears the tasks that post: what was staged is posted once more."""
        if self.shop is not None:
            self.go(first=1)

    def _steps(self) -> list[Step]:
        batches = in_batches(self.staged, SMALL_BATCH)
        last = [self._finish, self._write_back] if self.office.company.shop.write_back else [self._finish]
        return [self._prepare, *(partial(self._post, batch) for batch in batches), *last]

    def _survives(self, step: int) -> bool:
        """Try a step until it succeeds; False when the run goes on without us, or not at all."""
        number = 0
        while number < TRIES:
            task = Task(on_orphaned=partial(self._begin_again, step))
            error = self._try(step, task)
            if error is None or task.is_orphan:
                return not task.is_orphan
            self.trouble = f"{type(error).__name__} {error}"
            if isinstance(error, MisconfiguredError):
                break
            self.office.stage.sleep(self._pause(error, number))
            number += not _is_postponed(error)
        self.office.failed.append(self)
        return False

    def _try(self, step: int, task: Task) -> SyncError | KilledError | None:
        try:
            with self.office.stage.task(task), self._working(task):
                self._steps()[step]()
        except (SyncError, KilledError) as error:
            return error
        return None

    def _pause(self, error: SyncError | KilledError, number: int) -> float:
        """Return the seconds until Airflow notices a dead worker, or until its retry policy tries again."""
        if isinstance(error, KilledError):
            return self.office.stage.chance.uniform(*NOTICED_AFTER)
        return _delay(error, number)

    def _begin_again(self, step: int) -> None:
        again = Run(self.office, self.day, self.shop, self.staged)
        self.office.stage.begin(partial(again.go, step), self.office.stage.chance.uniform(*NOTICED_AFTER))

    @contextmanager
    def _working(self, task: Task) -> Iterator[None]:
        self.office.at_work.append(task)
        try:
            yield
        finally:
            self.office.at_work.remove(task)

    def _prepare(self) -> None:
        """Extract and transform."""
        office = self.office
        shop = office.read(self.day)
        _, end = office.bounds(self.day)
        self.staged = documents_of(shop, office.company, end, office.ledger(), office.memory.due)
        self.shop = shop

    def _post(self, batch: Sequence[Document]) -> None:
        self.office.poster().post_documents(batch)

    def _finish(self) -> None:
        """Cancel what is due no more, and record the money."""
        if self.shop is not None:
            office, (_, end) = self.office, self.office.bounds(self.day)
            finish(self.shop, office.company, end, office.poster(), office.memory.payments)

    def _write_back(self) -> None:
        """Name the documents in the orders' comments."""
        if self.shop is not None:
            office, orders = self.office, list(self.shop.orders["order_id"])
            _, end = office.bounds(self.day)
            write_lines(office.world.shop(), office.ledger(), office.company, orders, end)


def days(count: int) -> list[date]:
    """Return the days that are run."""
    return [FIRST_DAY + timedelta(days=n) for n in range(count)]


def _is_postponed(error: BaseException) -> bool:
    """Whether the task is asked to wait for so long that it costs no try."""
    return isinstance(error, TransientError) and (error.retry_after or 0) > LONGEST_PAUSE


def _delay(error: SyncError, number: int) -> float:
    """Wait as the tasks' retry policy does."""
    if isinstance(error, TransientError) and error.retry_after is not None:
        return error.retry_after
    if isinstance(error, OutcomeUnknownError):
        return float(min(10 * 4**number, 600))
    return float(min(30 * 2**number, 600))
