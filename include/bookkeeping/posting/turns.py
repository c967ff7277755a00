"""Give each write of a batch its turn, as many at once as the books take, and stop when they are down."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from bookkeeping.errors import TransientError

T = TypeVar("T")

SILENCES = 3
"""So many unanswered writes in a row mean that the books are down: stop, and let the retry look."""

PATIENCE, LONGEST_PAUSE = 5, 60.0
"""How often one write waits when the books ask it to, and for how many seconds at most."""


def in_parallel(work: Callable[[T], None], things: Iterable[T], at_once: int) -> None:
    """Do the work for each thing, so many at a time; after the first failure nothing more is begun.

    One at a time is done right here, in the order given.
    """
    if at_once == 1:
        for thing in things:
            work(thing)
        return
    with ThreadPoolExecutor(at_once) as pool:
        running: set[Future[None]] = set()
        for thing in things:
            running = _with_room(running, at_once)
            running.add(pool.submit(work, thing))
        _with_room(running, 1)


def _with_room(running: set[Future[None]], at_once: int) -> set[Future[None]]:
    """Wait until one more may begin; what failed is raised here."""
    while len(running) >= at_once:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for each in done:
            each.result()
    return running


def patiently(turn: Callable[[], None], sleep: Callable[[float], object] = time.sleep) -> None:
    """What the books asked to wait for had no effect: wait here, for a task has few tries."""
    for _ in range(PATIENCE):
        try:
            return turn()
        except TransientError as error:
            if error.retry_after is None or error.retry_after > LONGEST_PAUSE:
                raise
            sleep(error.retry_after)
    return turn()


class Silence:
    """Counts the writes in a row that nobody answered, over all threads of a batch."""

    def __init__(self) -> None:
        self._lock, self._in_a_row = threading.Lock(), 0

    def hear(self, *, answered: bool) -> bool:
        """Take note of how one write ended; return whether the books seem to be down."""
        with self._lock:
            self._in_a_row = 0 if answered else self._in_a_row + 1
            return self._in_a_row >= SILENCES
