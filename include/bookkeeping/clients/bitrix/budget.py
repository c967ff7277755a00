"""The time that a portal lets us spend in each of its methods: never used up, and waited for when it is gone.

A portal adds up the seconds that it worked for us, method by method, over ten minutes; above 480 (420 on a
server of one's own) it refuses that method until the oldest minute is forgotten (contract, section 5).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bookkeeping.clients.answers import Json

LIMIT = 380.0
"""Seconds in ten minutes that we allow ourselves: others may be calling with the same key at this moment."""

A_FEW = 5
"""Commands by which to learn what is left, once some time has come back."""

NOT_BEFORE = 60.0
"""Seconds without a method that ran out of time, where the portal does not say for how long."""


@dataclass
class Spending:
    """What one method has cost so far.

    :ivar seconds: in the last ten minutes, as the newest answer said.
    :ivar resets_at: epoch seconds at which the oldest of them are forgotten.
    :ivar dearest: by how many seconds one call has made them more.
    :ivar slowest: seconds of the slowest call yet.
    """

    seconds: float = 0.0
    resets_at: float = 0.0
    dearest: float = 0.0
    slowest: float = 0.0
    is_blocked: bool = False


class Budget:
    """What may be asked of each method now.

    :param clock: epoch seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spending: defaultdict[str, Spending] = defaultdict(Spending)
        self._under_way: Counter[str] = Counter()

    def room(self, method: str, wanted: int) -> int:
        """Return how many of the wanted calls may be sent now."""
        spent = self._spending[method]
        left = LIMIT - spent.seconds - self._under_way[method] * spent.dearest
        calls = 0 if spent.is_blocked or left <= 0 else _calls(left, spent.dearest, wanted)
        if not calls and spent.resets_at <= self._clock():
            calls = min(wanted, A_FEW - self._under_way[method])
        return max(0, calls)

    def affordable(self, method: str, seconds: float, at_most: int) -> int:
        """Return how many calls so many seconds of a method pay for, at least one."""
        return max(1, _calls(seconds, self._spending[method].dearest, at_most))

    def begin(self, methods: Iterable[str]) -> None:
        """Remember calls that are under way."""
        self._under_way.update(methods)

    def end(self, methods: Iterable[str]) -> None:
        """Forget calls that are under way no more."""
        self._under_way.subtract(methods)

    def learn(self, method: str, time: Json) -> None:
        """Take note of what an answer says of its cost."""
        if not isinstance(time, dict):
            return
        spent = self._spending[method]
        spent.is_blocked = False
        seconds, duration = (float(time.get(name) or 0) for name in ("operating", "duration"))
        spent.slowest = max(spent.slowest, duration)
        spent.dearest = max(spent.dearest, duration, seconds - spent.seconds if spent.seconds else 0)
        spent.seconds, spent.resets_at = seconds, float(time.get("operating_reset_at") or 0)

    def exhaust(self, method: str) -> None:
        """Leave a method alone, which the portal refused for its time, until some comes back."""
        spent = self._spending[method]
        spent.is_blocked = True
        if spent.resets_at <= self._clock():
            spent.resets_at = self._clock() + NOT_BEFORE

    def commands_in(self, seconds: float, at_most: int) -> int:
        """Return how many of the slowest calls yet fit into so many seconds, at least one."""
        slowest = max((spent.slowest for spent in self._spending.values()), default=0.0)
        return max(1, _calls(seconds, slowest, at_most))

    def wait(self, methods: Iterable[str]) -> float:
        """Return the seconds until one of these methods may be called again."""
        return max(0.0, min(self._spending[method].resets_at for method in methods) - self._clock())


def _calls(seconds: float, each: float, at_most: int) -> int:
    return at_most if each * at_most <= seconds else int(seconds / each)
