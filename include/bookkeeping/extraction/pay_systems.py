"""Which pay systems spend a buyer's inner account, so that no new money comes in."""

from collections.abc import Callable

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix import ListReader
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.extraction.probe import PAY_SYSTEMS
from bookkeeping.wire import to_id, to_text

INNER_ACCOUNT = "inner"


class PaySystems:
    """The pay systems of a portal, asked for twice: a list without pages has no ends that could agree.

    :ivar inner: the ids of those that spend an inner account, None until they are known.
    :param on_known: called when they are.
    """

    def __init__(self, reader: ListReader, on_known: Callable[[], None]) -> None:
        self.inner: frozenset[str] | None = None
        self._answers: list[dict[str, str]] = []
        self._on_known = on_known
        for _ in range(2):
            reader.ask(PAY_SYSTEMS, {"SELECT": ["ID", "ACTION_FILE"]}, self._take)

    def _take(self, systems: Json) -> None:
        if not isinstance(systems, list) or not all(isinstance(row, dict) for row in systems):
            raise MisconfiguredError(f"{PAY_SYSTEMS} answered without a list. Nothing was taken.")
        self._answers.append({to_id(row.get("ID")): to_text(row.get("ACTION_FILE")) for row in systems})
        first, last = self._answers[0], self._answers[-1]
        if first != last:
            raise TransientError(f"{PAY_SYSTEMS} gave two different answers. Nothing was taken.")
        if len(self._answers) > 1:
            self.inner = frozenset(id_ for id_, action in first.items() if action == INNER_ACCOUNT)
            self._on_known()
