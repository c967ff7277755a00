"""Batches on their way: each in a thread of its own, a few at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType

from bookkeeping.clients.bitrix.batch import Command, Outcome, alias
from bookkeeping.clients.bitrix.items import Item

Commands = dict[str, Command]


@dataclass
class Batch:
    """Commands that travel together, and whose they are."""

    commands: Commands = field(default_factory=dict)
    shares: list[tuple[Item, list[str]]] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        """The method of each command."""
        return [method for method, _ in self.commands.values()]

    def add(self, item: Item, commands: Sequence[Command]) -> None:
        """Put an item's commands at the end."""
        names = [alias(len(self.commands) + place) for place in range(len(commands))]
        self.commands.update(zip(names, commands, strict=True))
        self.shares.append((item, names))


class Lanes(AbstractContextManager["Lanes"]):
    """Where batches travel: each in a thread of its own, or right here if there is but one lane."""

    def __init__(self, send: Callable[[Commands], Outcome], count: int) -> None:
        self._send, self.count = send, count
        self._pool = ThreadPoolExecutor(count) if count > 1 else None
        self._under_way: dict[Future[Outcome], Batch] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    @property
    def free(self) -> int:
        """How many more may leave."""
        return self.count - len(self._under_way)

    def begin(self, batch: Batch) -> None:
        """Send a batch."""
        if self._pool:
            future = self._pool.submit(self._send, batch.commands)
        else:
            future = Future()
            future.set_result(self._send(batch.commands))
        self._under_way[future] = batch

    def next_done(self) -> Iterator[tuple[Batch, Outcome]]:
        """Wait for an answer; yield what has come.

        :raises SyncError: a batch failed.
        """
        done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        for future in done:
            yield self._under_way.pop(future), future.result()
