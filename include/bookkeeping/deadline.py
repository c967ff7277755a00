"""Until when a claimed write may leave: a request is sent only while the claim outlives its timeout.

Whoever finds the claim lapsed may then be sure that no request of it is still to come (DESIGN 4).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def over_by(moment: datetime) -> Iterator[None]:
    """Let nothing leave, within this block, that could still be under way at the moment."""
    token = _until.set(moment.timestamp())
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left(now: float) -> float:
    """Return how long what is begun at *now* (Unix seconds) may take; infinity where nobody has said."""
    return _until.get() - now
