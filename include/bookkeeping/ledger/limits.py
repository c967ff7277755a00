"""One limit for all workers of a connection: exact and fair, because the database decides."""

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property

import sqlalchemy as sa

from bookkeeping.errors import TransientError
from bookkeeping.ledger.inserts import insert_if_absent
from bookkeeping.ledger.tables import buckets, places

LEFT_FREE = 2
"""Places of a burst that are never used: what two workers send in time may still arrive close together."""

LONGEST = 150.0
"""Seconds after which a request is surely over: the place of a dead worker is then free."""

SOONEST, LATEST = 0.01, 0.25
"""Seconds between two looks for a free place; longer each time, and never quite the same."""


log = logging.getLogger(__name__)


@contextmanager
def _or_nothing_is_sent() -> Iterator[None]:
    """Who cannot ask for a turn does not go: the request stays at home."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        cause = type(error).__name__
        raise TransientError(f"The ledger did not give a turn ({cause}). Nothing was sent.") from None


class SharedLimit:
    """A leaky bucket in the ledger's database (GCRA): ``rate`` requests a second, ``burst`` at once.

    Each request books the next free moment before it is sent and waits until that moment comes, so two
    processes never share one and none starves. With ``at_once`` it also occupies one of so many places until
    it is answered.

    :param name: the connection whose limit it is.
    """

    def __init__(
        self,
        engine: sa.Engine,
        name: str,
        *,
        rate: float,
        burst: int,
        at_once: int | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._engine, self._name = engine, name
        self._step, self._slack = 1 / rate, max(burst - 1 - LEFT_FREE, 0) / rate
        self._at_once = at_once
        self._clock, self._sleep = clock, sleep

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Wait for a place and for its moment, and keep the place while the request is under way."""
        with self._place() if self._at_once else nullcontext():
            self._await_turn()
            yield

    def _await_turn(self) -> None:
        with _or_nothing_is_sent():
            wait = self._book() - self._slack - self._clock()
        if wait > 0:
            self._sleep(wait)

    def _book(self) -> float:
        """Return the moment in Unix seconds at which the turn that is now ours comes."""
        with self._quickly() as tx:
            now = self._clock()  # not before: waiting for the database must earn nothing
            turn = sa.case((buckets.c.full_at > now, buckets.c.full_at), else_=now)
            book = (
                sa.update(buckets)
                .where(buckets.c.name == self._name)
                .values(full_at=turn + self._step)
                .returning(buckets.c.full_at)
            )
            full_at = tx.execute(book).scalar()
        return (full_at - self._step) if full_at is not None else self._start()

    def _start(self) -> float:
        try:
            with self._quickly() as tx:
                now = self._clock()
                tx.execute(sa.insert(buckets).values(name=self._name, full_at=now + self._step))
        except sa.exc.IntegrityError:
            return self._book()
        return now

    @contextmanager
    def _place(self) -> Iterator[None]:
        holder, pause = secrets.token_hex(8), SOONEST
        while not self._take(holder):
            self._sleep(pause * random.uniform(0.5, 1))  # noqa: S311 no secret, only not all at once
            pause = min(pause * 1.5, LATEST)
        try:
            yield
        finally:
            self._give_back(holder)

    def _take(self, holder: str) -> bool:
        """Occupy a free place; False if there is none."""
        with _or_nothing_is_sent():
            ours = self._places
        with _or_nothing_is_sent(), self._quickly() as tx:
            now = self._clock()
            free = ours.where(places.c.taken_until < now).limit(1).with_for_update(skip_locked=True)
            place = tx.scalars(free).first()
            if place is None:
                return False
            here = sa.and_(places.c.name == self._name, places.c.place == place)
            tx.execute(sa.update(places).where(here).values(holder=holder, taken_until=now + LONGEST))
        return True

    def _give_back(self, holder: str) -> None:
        try:
            with self._quickly() as tx:
                ours = sa.and_(places.c.name == self._name, places.c.holder == holder)
                tx.execute(sa.update(places).where(ours).values(taken_until=0))
        except sa.exc.SQLAlchemyError:  # the answer is here and counts; the place becomes free by itself
            log.warning("A place of %s could not be given back; it is free in %s s", self._name, LONGEST)

    @cached_property
    def _places(self) -> sa.Select[tuple[int]]:
        """Ask for this connection's places, which exist from now on."""
        numbers = range(self._at_once or 0)
        with self._engine.begin() as tx:
            for number in numbers:
                row = {"name": self._name, "place": number, "holder": "", "taken_until": 0}
                tx.execute(insert_if_absent(tx, places).values(row))
        return sa.select(places.c.place).where(places.c.name == self._name, places.c.place.in_(numbers))

    @contextmanager
    def _quickly(self) -> Iterator[sa.Connection]:
        """Open a transaction that need not survive a power cut: then nothing is under way either."""
        with self._engine.begin() as tx:
            if tx.dialect.name == "postgresql":
                tx.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            yield tx
