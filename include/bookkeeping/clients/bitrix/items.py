"""What is read in batches: lists, a few pages a time, and single calls among them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Protocol

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix.batch import Command, alias
from bookkeeping.clients.bitrix.lists import AFTER, PAGE_SIZE, ListQuery, Reading
from bookkeeping.clients.pages import Row
from bookkeeping.errors import SyncError

OnRows = Callable[[list[Row], bool], None]
"""Takes rows as they come, by ascending id, and whether these are the last."""

UNANSWERED = object()


class Item(Protocol):
    """Something to be read, one batch at a time."""

    method: str
    rank: int
    is_done: bool
    is_held: bool

    @property
    def wanted(self) -> int:
        """How many commands are worth sending now."""

    def commands(self, room: int, first: int) -> list[Command]:
        """Return what to ask for, at most so many commands, the first of them at this place of a batch."""

    def take(self, answers: Sequence[Json]) -> None:
        """Take what was answered to them, UNANSWERED for what was not, or the error of what was refused.

        :raises SyncError: a refusal that matters.
        """


@dataclass
class Listed:
    """A list, its pages chained inside a batch: each asks for ids above the last one of the page before.

    :ivar is_held: whether nothing more is to be asked for, though there is more.
    """

    query: ListQuery
    on_rows: OnRows
    rank: int = 0
    is_done: bool = False
    is_held: bool = False
    _asked: int = 0

    def __post_init__(self) -> None:
        self.method = self.query.method
        self._reading = Reading(self.query)

    @property
    def wanted(self) -> int:
        """The pages from below that are worth asking for now, and the last page if it is not known."""
        return self._reading.pages + self._reading.needs_top

    def commands(self, room: int, first: int) -> list[Command]:
        """Return the pages in their order, then the last one, which one command alone has no room for."""
        asks_for_top = self._reading.needs_top and room > min(self._reading.pages, 1)
        self._asked = min(self._reading.pages, room - asks_for_top)
        return [*self._pages(first), *([self._reading.last_page()] if asks_for_top else [])]

    @property
    def is_dense(self) -> bool:
        """Whether nearly every id is there, at both ends of the list."""
        return self._reading.is_dense

    @property
    def gap(self) -> tuple[int, int]:
        """The last id that was read from below, and the last one that there is, as far as is known."""
        return self._reading.gap

    def pieces(self, count: int) -> Iterator[ListQuery]:
        """Yield queries for what is left of the list, cut at ids; the last piece finds its own end."""
        after, last = self.gap
        bounds: list[int | None] = [after + (last - after) * n // count for n in range(count)]
        for low, high in pairwise([*bounds, None]):
            limits = {AFTER: low} if high is None else {AFTER: low, "<=id": high}
            yield replace(self.query, filter={**self.query.filter, **limits})

    def take(self, answers: Sequence[Json]) -> None:
        """Hand on the rows that this adds; after a page that is missing, the chain of pages is broken.

        Beyond the end of a list a chain's references point nowhere: the portal answers with rubbish, or
        refuses.
        """
        pages, last = answers[: self._asked], answers[self._asked :]
        answered = list(takewhile(_is_answer, pages))
        are_full = all(self._reading.is_full(page) for page in answered)
        beyond = pages[len(answered) : len(answered) + 1] if are_full else ()
        for each in (*beyond, *last):
            if isinstance(each, SyncError):
                raise each
        self._reading.take(answered, [page for page in last if _is_answer(page)])
        self.is_done = self._reading.is_done
        self.on_rows(self._reading.drain(), self.is_done)

    def _pages(self, first: int) -> Iterator[Command]:
        path = f"[{self.query.wrapper}]" if self.query.wrapper else ""
        for place in range(self._asked):
            before = f"$result[{alias(first + place - 1)}]{path}[{PAGE_SIZE - 1}][id]"
            yield self._reading.page(before if place else None)


@dataclass
class Asked:
    """A single call among the lists."""

    method: str
    command: Command
    on_answer: Callable[[Json], None]
    rank: int = 0
    is_done: bool = False
    is_held: bool = False
    wanted: int = 1

    def commands(self, room: int, first: int) -> list[Command]:  # noqa: ARG002 part of Item
        """Return the call."""
        return [self.command]

    def take(self, answers: Sequence[Json]) -> None:
        """Hand on the answer."""
        for answer in answers:
            if isinstance(answer, SyncError):
                raise answer
            if answer is not UNANSWERED:
                self.is_done = True
                self.on_answer(answer)


def _is_answer(answer: Json) -> bool:
    return answer is not UNANSWERED and not isinstance(answer, SyncError)
