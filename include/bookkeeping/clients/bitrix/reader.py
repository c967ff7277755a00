"""Read many lists at once, in as few requests as their pages allow, a few of them under way at a time."""

from collections.abc import Callable

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix.batch import COMMANDS, Outcome
from bookkeeping.clients.bitrix.budget import LIMIT, Budget
from bookkeeping.clients.bitrix.errors import PutOffError
from bookkeeping.clients.bitrix.items import UNANSWERED, Asked, Item, Listed, OnRows
from bookkeeping.clients.bitrix.lanes import Batch, Commands, Lanes
from bookkeeping.clients.bitrix.lists import ListQuery
from bookkeeping.errors import TransientError

TRIES = 6
"""Batches in a row that brought nothing, after which the portal is left alone."""

LONGEST_BATCH = 30.0
"""Seconds that a batch may take by what its commands took so far; the portal allows 60."""

ENOUGH = 0.5
"""The part of a batch that is enough to send it towards the end, while others are under way."""

WORTH_A_CUT, A_FEW = 0.4, 5
"""The part of a list that is enough to send it while its rest has to wait, and the fewest commands."""

PLENTY = 2
"""Times as many commands as fit into all lanes: so many wait that every batch can be full."""


class ListReader:
    """Reads until nothing is left to be read; whoever takes rows may ask for more.

    :param send: sends one batch and returns how its commands ended.
    :param at_once: how many batches may be under way.
    :param longest_wait: the longest wait in seconds for a method's time that is sat out here.
    """

    def __init__(
        self,
        send: Callable[[Commands], Outcome],
        budget: Budget,
        *,
        at_once: int,
        sleep: Callable[[float], object],
        longest_wait: float,
    ) -> None:
        self._send, self._budget, self._at_once = send, budget, at_once
        self._sleep, self._longest_wait = sleep, longest_wait
        self._waiting: list[Item] = []
        self._setbacks = 0
        self._size = COMMANDS

    def read(self, query: ListQuery, on_rows: OnRows, rank: int = 0) -> Listed:
        """Read a list; whoever takes its rows may end it.

        :param rank: what has a lower one is read first; among equals, what was asked for first.
        """
        item = Listed(query, on_rows, rank)
        self._waiting.append(item)
        self._waiting.sort(key=_rank)
        return item

    def affordable(self, method: str, part: float, at_most: int) -> int:
        """Return how many calls a part of a method's time pays for."""
        return self._budget.affordable(method, part * LIMIT, at_most)

    def ask(self, method: str, params: dict[str, Json], on_answer: Callable[[Json], None]) -> None:
        """Call a method that only reads, along with the lists."""
        self._waiting.append(Asked(method, (method, params), on_answer))

    def run(self) -> None:
        """Read everything that was asked for, and what is asked for meanwhile.

        :raises TransientError: the portal went on putting us off, or a method's time is used up for long.
        :raises MisconfiguredError: the portal ignored a filter; what was handed on is not to be trusted.
        """
        with Lanes(self._send, self._at_once) as lanes:
            while self._waiting or lanes.free < lanes.count:
                self._send_what_is_worth_it(lanes)
                if lanes.free == lanes.count:
                    self._await_budget()
                    continue
                for batch, outcome in lanes.next_done():
                    self._take(batch, outcome)

    def _send_what_is_worth_it(self, lanes: Lanes) -> None:
        """Send full batches while there is plenty; then spread what is left over the free lanes.

        What fills hardly half a batch waits for company, unless nobody is under way.
        """
        wanted = sum(item.wanted for item in self._waiting)
        is_plenty, are_all_free = wanted > PLENTY * self._size * lanes.count, lanes.free == lanes.count
        count = min(lanes.free, -(-wanted // self._size))
        size = self._size if is_plenty else min(self._size, -(-wanted // max(count, 1)))
        enough = 1 if are_all_free else self._size * (1 if is_plenty else ENOUGH)
        for _ in range(count):
            batch = self._composed(size, is_plenty)
            if len(batch.commands) < enough:
                return
            self._dispatch(batch, lanes)

    def _dispatch(self, batch: Batch, lanes: Lanes) -> None:
        taken = {id(item) for item, _ in batch.shares}
        self._waiting = [item for item in self._waiting if id(item) not in taken]
        self._budget.begin(batch.methods)
        lanes.begin(batch)

    def _composed(self, size: int, is_plenty: bool) -> Batch:  # noqa: FBT001
        """Put together what has waited longest, as much of it as the methods' time allows.

        What fits in whole comes first: a list that is cut has to wait until its first part is back. While
        there is plenty to be read, nobody waits for that.
        """
        batch = Batch()
        too_long = [item for item in self._waiting if not self._fits(item, batch, size)]
        for item in too_long:
            room = self._room(item, batch, size)
            is_worth_it = is_plenty or room >= max(item.wanted * WORTH_A_CUT, A_FEW)
            if room and (is_worth_it or not batch.commands):
                batch.add(item, item.commands(room, len(batch.commands)))
        return batch

    def _fits(self, item: Item, batch: Batch, size: int) -> bool:
        """Add an item if there is room for all that it wants."""
        if not 0 < item.wanted <= self._room(item, batch, size):
            return False
        batch.add(item, item.commands(item.wanted, len(batch.commands)))
        return True

    def _room(self, item: Item, batch: Batch, size: int) -> int:
        free, already = size - len(batch.commands), batch.methods.count(item.method)
        return max(0, self._budget.room(item.method, free + already) - already)

    def _take(self, batch: Batch, outcome: Outcome) -> None:
        self._budget.end(batch.methods)
        for method, time in outcome.times:
            self._budget.learn(method, time)
        for method in outcome.exhausted:
            self._budget.exhaust(method)
        self._note_setback(outcome)
        endings = {**outcome.answers, **outcome.refused}
        unfinished = []
        for item, names in batch.shares:
            item.take([endings.get(name, UNANSWERED) for name in names])
            if not (item.is_done or item.is_held):
                unfinished.append(item)
        self._waiting = sorted(unfinished + self._waiting, key=_rank)
        self._size = self._budget.commands_in(LONGEST_BATCH, COMMANDS)

    def _note_setback(self, outcome: Outcome) -> None:
        """Go slower when the portal asks for it; give up when it answers nothing for long."""
        trouble = [*outcome.put_off, *(f"{method} was left without an answer" for method in outcome.silent)]
        self._setbacks = self._setbacks + 1 if trouble and not outcome.answers else 0
        if self._setbacks >= TRIES:
            raise PutOffError(f"The portal keeps putting us off: {'; '.join(dict.fromkeys(trouble))}.")
        if trouble and not outcome.exhausted:
            self._sleep(min(2.0**self._setbacks, LONGEST_BATCH))

    def _await_budget(self) -> None:
        methods = {item.method for item in self._waiting}
        seconds = self._budget.wait(methods)
        if seconds > self._longest_wait:
            raise TransientError(
                f"The portal's time for {', '.join(sorted(methods))} is used up for {seconds:.0f} s. "
                "Nothing was lost.",
                retry_after=seconds,
            )
        self._sleep(max(seconds, 0.1))


def _rank(item: Item) -> int:
    return item.rank
