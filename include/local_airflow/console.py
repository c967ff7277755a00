"""What the person at the shell sees while things run: one line a step, on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERASE = "\r\x1b[K"
PLAIN_EVERY = 5.0


def say(text: str = "", *, end: str = "\n") -> None:
    """Write to standard error at once: standard output belongs to `eval` and to results."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


@contextmanager
def step(text: str) -> Iterator[Callable[[str], None]]:
    """Tell that something begins and how many seconds it took; the value adds words to its line."""
    started_at = time.monotonic()
    say(f"→ {text}", end="")
    try:
        yield lambda words: say(f", {words}", end="")
    finally:
        say(f", {time.monotonic() - started_at:.0f} s")


class Progress:
    """One line that is written over itself on a terminal, and repeated now and then elsewhere."""

    def __init__(self) -> None:
        self._is_live = sys.stderr.isatty()
        self._started_at = time.monotonic()
        self._shown = ""
        self._shown_at = -PLAIN_EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        say("" if self._is_live else self._line(), end="\n")

    def show(self, text: str) -> None:
        """Show how far it is, with the seconds since the beginning."""
        self._shown = text
        if self._is_live:
            say(f"{ERASE}{self._line()}", end="")
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY:
            self._shown_at = time.monotonic()
            say(self._line())

    def _line(self) -> str:
        return f"→ {self._shown}, {time.monotonic() - self._started_at:.0f} s"
