"""One bucket for all workers of a connection: exact and fair, because the database decides."""

import time
from collections.abc import Callable

import sqlalchemy as sa

from bookkeeping.ledger.tables import buckets


class SharedLimit:
    """A leaky bucket in the ledger's database (GCRA): ``rate`` requests a second, ``burst`` at once.

    Each call books the next free place before its request is sent and waits until that place comes, so two
    processes never share one and none starves.

    :param name: the connection whose limit it is.
    """

    def __init__(
        self,
        engine: sa.Engine,
        name: str,
        *,
        rate: float,
        burst: int,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._engine, self._name = engine, name
        self._step, self._slack = 1 / rate, max(burst - 1, 0) / rate
        self._clock, self._sleep = clock, sleep

    def __call__(self) -> None:
        """Wait for a place."""
        wait = self._book() - self._slack - self._clock()
        if wait > 0:
            self._sleep(wait)

    def _book(self) -> float:
        """Return the moment in Unix seconds at which the place that is now ours comes."""
        with self._engine.begin() as tx:
            now = self._clock()  # not before: waiting for the database must not make the place an earlier one
            place = sa.case((buckets.c.full_at > now, buckets.c.full_at), else_=now)
            book = (
                sa.update(buckets)
                .where(buckets.c.name == self._name)
                .values(full_at=place + self._step)
                .returning(buckets.c.full_at)
            )
            full_at = tx.execute(book).scalar()
        return (full_at - self._step) if full_at is not None else self._start()

    def _start(self) -> float:
        try:
            with self._engine.begin() as tx:
                now = self._clock()
                tx.execute(sa.insert(buckets).values(name=self._name, full_at=now + self._step))
        except sa.exc.IntegrityError:
            return self._book()
        return now
