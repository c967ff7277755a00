"""How many requests a service takes: a leaky bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A clock of epoch seconds keeps about seven digits after the point: a caller who waits exactly
# as long as he was told must get in.
SLACK = 1e-5


class LeakyBucket:
    """A bucket with places for *burst* requests that frees *rate* of them a second."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._level = 0.0
        self._seen_at = clock()

    def take(self) -> float:
        """Count one request and return 0.0, or count nothing and return the seconds until a place is free."""
        over = self._drain() + 1 - self.burst
        if over > SLACK:
            return over / self.rate
        self._level += 1
        return 0.0

    @property
    def remaining(self) -> int:
        """How many requests would be let in at this moment."""
        return max(0, int(self.burst - self._drain() + SLACK))

    @property
    def empty_in(self) -> float:
        """Seconds until all the places are free again."""
        return self._drain() / self.rate

    def _drain(self) -> float:
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._seen_at) * self.rate)
        self._seen_at = now
        return self._level
