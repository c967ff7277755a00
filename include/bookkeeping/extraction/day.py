"""Reading a day of the shop: every order with an event in it, each whole (DESIGN R1).

An order that somebody changes while we read moves from one list to another: its newest change is then later.
So the lists are read in an order in which it cannot slip through: first what was changed on the day, and only
then what was placed on it and changed later.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.companies import Shop
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.extraction.lists import ORDERS, Day, changed, dated, touched
from bookkeeping.extraction.plan import Plan
from bookkeeping.extraction.portal import PAY_SYSTEMS, Portal
from bookkeeping.extraction.rows import Row, Rows
from bookkeeping.extraction.window import Window
from bookkeeping.wire import to_count, to_id, to_moment, to_text

log = logging.getLogger(__name__)

WINDOW = 2500
"""Orders that are read together: their children fill whole batches, and fit into memory many times over."""

INNER_ACCOUNT = "inner"

Versions = Callable[[Collection[str]], Mapping[str, int]]
Has = Callable[[str, int], bool]


def _no_writes(_orders: Collection[str]) -> Mapping[str, int]:
    return {}


def _has_none(_order: str, _version: int) -> bool:
    return False


@dataclass(frozen=True)
class Known:
    """What is known of the shop's orders before they are read.

    :ivar still_open: orders to read as well: something of theirs waits, whose cause may be gone by now.
    :ivar own_versions: for some orders, the version that a write of our own gave them: nobody else has
        changed these since.
    :ivar has: whether an order of this version is at hand already and need not be read again.
    """

    still_open: Collection[str] = ()
    own_versions: Versions = _no_writes
    has: Has = _has_none

    def and_staged(self, has: Has) -> "Known":
        """Return the same with orders that are at hand."""
        return replace(self, has=has)


class DayReader:
    """Finds the orders of a day and reads each whole, some at a time.

    :param on_window: takes the rows of some orders, none of them twice.
    """

    def __init__(
        self,
        client: BitrixClient,
        shop: Shop,
        day: Day,
        on_window: Callable[[Rows], None],
        known: Known | None = None,
        portal: Portal | None = None,
    ) -> None:
        known, portal = known or Known(), portal or Portal()
        client.write_moment = portal.write_moment
        self._reader = client.reader()
        self._shop, self._day, self._on_window = shop, day, on_window
        self._plan = Plan(shop, portal)
        self._known, self._named = known, {int(id_) for id_ in known.still_open}
        self._seen: set[int] = set()
        self._own: list[Row] = []
        self._waiting: list[Row] = []
        self._windows: deque[Window] = deque()
        self._pay_systems: list[dict[str, str]] = []
        self._inner: frozenset[str] | None = None
        self._lists, self._is_second_stage = 0, False
        self.count = 0

    def read(self) -> None:
        """Read the day.

        :raises MisconfiguredError: the portal ignored a filter, or a right is missing; what was handed on is
            not to be trusted.
        :raises TransientError: the portal cannot be reached, or its time is used up.
        """
        for _ in range(2):  # a list without pages has no ends that could agree: it has to say the same twice
            self._reader.ask(PAY_SYSTEMS, {"SELECT": ["ID", "ACTION_FILE"]}, self._take_pay_systems)
        self._lists = 1
        self._follow(changed(self._day, self._shop), self._take_changed)
        for query in dated(self._day, self._shop, later=False):
            self._follow(query, self._take_orders)
        for query in touched(self._day):
            self._follow(query, self._take_names)
        self._end_list()
        self._reader.run()
        log.info("%s orders were read", self.count)

    def _follow(self, query: ListQuery, take: Callable[[Sequence[Row]], None]) -> None:
        self._lists += 1

        def on_rows(rows: Sequence[Row], is_last: bool) -> None:  # noqa: FBT001
            take(rows)
            if is_last:
                self._end_list()

        self._reader.read(query, on_rows)

    def _end_list(self) -> None:
        self._lists -= 1
        if not self._lists and not self._is_second_stage:
            self._begin_second_stage()
        elif not self._lists:
            self._open_windows(at_least=1)

    def _begin_second_stage(self) -> None:
        """Now that nothing of the day itself is left to be found, look for what has been changed since."""
        self._is_second_stage, self._lists = True, 1
        self._waiting += [row for row in self._own if int(row["id"]) in self._named]
        self._open_windows(at_least=1)
        for query in dated(self._day, self._shop, later=True):
            self._follow(query, self._take_orders)
        missing = sorted(self._named - self._seen)
        for query in self._plan.queries(ORDERS, missing):
            self._follow(query, self._take_named)
        self._end_list()

    def _take_changed(self, rows: Sequence[Row]) -> None:
        """Set aside what only we have changed, until all other reasons to read it are known."""
        older = [row for row in rows if not self._happened_today(row)]
        ours = self._known.own_versions([to_id(row["id"]) for row in older]) if older else {}
        own = [row for row in older if ours.get(to_id(row["id"])) == to_count(row["version"])]
        self._own += own
        self._seen |= {_id(row) for row in own}
        self._take_orders([row for row in rows if row not in own])

    def _happened_today(self, order: Row) -> bool:
        """Whether an order was placed on the day, or got its status then where that means something."""
        fields = ("dateInsert", *(("dateStatus",) if self._shop.shipped_when else ()))
        moments = [moment for field in fields if (moment := to_moment(order[field]))]
        return any(self._day.start <= moment < self._day.end for moment in moments)

    def _take_named(self, rows: Sequence[Row]) -> None:
        """Take those that were asked for; a range also brings strangers."""
        self._take_orders([row for row in rows if _id(row) in self._named])

    def _take_orders(self, rows: Sequence[Row]) -> None:
        fresh = [row for row in rows if _id(row) not in self._seen]
        self._seen |= {_id(row) for row in fresh}
        self._waiting += [
            row for row in fresh if not self._known.has(to_id(row["id"]), to_count(row["version"]))
        ]
        # The first few are read at once: they show how many rows an order has in this shop.
        self._open_windows(at_least=WINDOW if self._windows or self.count else 1)

    def _take_names(self, rows: Sequence[Row]) -> None:
        self._named |= {int(row["orderId"]) for row in rows if to_id(row["orderId"])}

    def _take_pay_systems(self, systems: Any) -> None:  # noqa: ANN401 JSON
        if not isinstance(systems, list):
            raise MisconfiguredError(f"{PAY_SYSTEMS} answered without a list. Nothing was taken.")
        self._pay_systems.append({to_id(row["ID"]): to_text(row["ACTION_FILE"]) for row in systems})
        if len(self._pay_systems) < 2:
            return
        first, second = self._pay_systems
        if first != second:
            raise TransientError(f"{PAY_SYSTEMS} gave two different answers. Nothing was taken.")
        self._inner = frozenset(id_ for id_, action in first.items() if action == INNER_ACCOUNT)
        self._hand_on()

    def _open_windows(self, at_least: int) -> None:
        while self._waiting and len(self._waiting) >= at_least:
            orders, self._waiting = self._waiting[:WINDOW], self._waiting[WINDOW:]
            self._windows.append(Window(orders, self._shop, self._plan, self._reader, self._hand_on))

    def _hand_on(self) -> None:
        """Hand on the windows that are done, in the order in which they were opened."""
        while self._inner is not None and self._windows and self._windows[0].is_done:
            rows = self._windows.popleft().to_rows(self._inner)
            self.count += len(rows["orders"])
            self._on_window(rows)
            if self._windows:
                log.info("%s orders were read so far", self.count)


def _id(row: Row) -> int:
    return int(row["id"])
