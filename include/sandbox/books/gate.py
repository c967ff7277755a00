"""How many requests each of the books lets in: by the second, by the day, and at once."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.books.errors import BookError
from sandbox.books.web import retry_after
from sandbox.limits import LeakyBucket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.books.book import Book

MOSCOW = ZoneInfo("Europe/Moscow")

# How long to wait for one of the requests under way to end: nobody knows, so the least that can be said.
SOON = 1.0


@dataclass(frozen=True)
class Limits:
    """What a book allows by its profiles; nothing where it has no such profile.

    :ivar rate: requests a second that come back; 0 for no limit.
    """

    rate: float = 0.0
    burst: int = 1
    at_once: int | None = None
    a_day: int | None = None

    @classmethod
    def of(cls, book: Book) -> Limits:
        """The limits of this moment: profiles may change."""
        if book.name == "elba_oauth":
            minute = int(book.profile("quota_minute"))
            a_day = int(book.profile("quota_day"))
            return cls(minute / 60, minute, int(book.profile("at_once")), a_day)
        rate, burst = float(book.profile("rate")), int(book.profile("burst"))
        at_once = int(book.profile("at_once")) if book.name == "kontur" else None
        return cls(rate, burst, at_once)


class Gate:
    """Lets requests of one book in, or refuses them without any effect."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._bucket = LeakyBucket(1.0, 1, book.clock)
        self._under_way = 0
        self._days: Counter[str] = Counter()
        self.refused = 0

    @contextmanager
    def passage(self) -> Iterator[Mapping[str, str]]:
        """A way in for one request, open until it is answered; gives headers for its answer.

        :raises BookError: 429 with the time to wait, when a limit is reached.
        """
        limits = Limits.of(self._book)
        self._take(limits)
        self._under_way += 1
        try:
            yield self._headers(limits)
        finally:
            self._under_way -= 1

    def _take(self, limits: Limits) -> None:
        if limits.at_once is not None and self._under_way >= limits.at_once:
            raise self._refusal("rate_limited", SOON)
        today = self._now().date().isoformat()
        if limits.a_day is not None and self._days[today] >= limits.a_day:
            raise self._refusal("daily_quota_exceeded", self._until_midnight())
        if wait := self._wait(limits):
            raise self._refusal("rate_limited", wait)
        self._days[today] += 1

    def _wait(self, limits: Limits) -> float:
        if not limits.rate:
            return 0.0
        self._bucket.rate, self._bucket.burst = limits.rate, limits.burst
        return self._bucket.take()

    def _refusal(self, code: str, wait: float) -> BookError:
        self.refused += 1
        return BookError(
            429, code, headers=retry_after(self._book, wait) | self._headers(Limits.of(self._book))
        )

    def _headers(self, limits: Limits) -> dict[str, str]:
        if self._book.name != "kontur":
            return {}
        return {
            "X-RateLimit-Limit": str(limits.burst),
            "X-RateLimit-Remaining": str(self._bucket.remaining),
            "X-RateLimit-Reset": str(int(self._book.clock() + self._bucket.empty_in)),
        }

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._book.clock(), UTC).astimezone(MOSCOW)

    def _until_midnight(self) -> float:
        now = self._now()
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), MOSCOW)
        return (midnight - now).total_seconds()
