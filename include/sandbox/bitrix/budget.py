"""The time that a caller may spend in one method: a sum over ten one-minute buckets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE = 60
MINUTES = 10


class OperatingBudget:
    """Adds up execution time by caller and method over the last ten minutes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spent: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)

    def charge(self, caller: str, method: str, seconds: float) -> None:
        """Add the time of one call."""
        buckets = self._buckets(caller, method)
        minute = self._minute()
        buckets[minute] = buckets.get(minute, 0.0) + seconds

    def spent(self, caller: str, method: str) -> float:
        """Seconds spent in the last ten minutes."""
        return sum(self._buckets(caller, method).values())

    def report(self, caller: str, method: str) -> dict[str, float]:
        """The time spent, and when the oldest minute of it will count no more, as epoch seconds."""
        oldest = min(self._buckets(caller, method), default=self._minute())
        return {"operating": self.spent(caller, method), "operating_reset_at": (oldest + MINUTES) * MINUTE}

    def _buckets(self, caller: str, method: str) -> dict[int, float]:
        oldest = self._minute() - MINUTES
        buckets = self._spent[caller, method]
        for minute in [minute for minute in buckets if minute <= oldest]:
            del buckets[minute]
        return buckets

    def _minute(self) -> int:
        return int(self._clock()) // MINUTE
