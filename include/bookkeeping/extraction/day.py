"""Reading a day of the shop: every order with an event in it, each whole (DESIGN R1).

An order that somebody changes while we read moves from one list to another: its newest change is then later.
So the lists are read in an order in which it cannot slip through: first what was changed on the day, then
what was placed, shipped, paid or returned on it, and last the orders that only these have named.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.clients.bitrix.items import Listed
from bookkeeping.clients.bitrix.lists import PAGE_SIZE
from bookkeeping.companies import Shop
from bookkeeping.extraction.lists import ORDERS, Day, changed, dated, leaving_out, touched
from bookkeeping.extraction.pay_systems import PaySystems
from bookkeeping.extraction.plan import Plan
from bookkeeping.extraction.portal import Portal
from bookkeeping.extraction.rows import Row, Rows
from bookkeeping.extraction.window import Window
from bookkeeping.wire import to_count, to_id, to_moment

log = logging.getLogger(__name__)

LONG, PIECES = 30, 4
"""Pages of a list that is better read another way, and the pieces into which it is cut."""

SURELY_OVER = 600.0
"""Seconds after the end of a day by our clock, after which it is over by the portal's clock, too."""

SHORT = 3
"""Pages of a list that is read to its end, though the orders it names are being read already."""

WINDOW = 5000
"""Orders that are read together: their children fill whole batches, and fit into memory many times over."""

A_PART = 1 / 3
"""Of each method's time, for one window."""

Versions = Callable[[Collection[str]], Mapping[str, int]]
Has = Callable[[str, int], bool]


def _no_writes(_orders: Collection[str]) -> Mapping[str, int]:
    return {}


def _has_none(_order: str, _version: int) -> bool:
    return False


def _tell_nobody(_orders: Collection[str]) -> None:
    pass


@dataclass(frozen=True)
class Known:
    """What is known of the shop's orders before they are read.

    :ivar still_open: orders to read as well: something of theirs waits, whose cause may be gone by now.
    :ivar own_versions: for some orders, the version that a write of our own gave them: nobody else has
        changed these since.
    :ivar has: whether an order of this version is at hand already and need not be read again.
    :ivar on_gone: told which of the open orders the shop has no more.
    """

    still_open: Collection[str] = ()
    own_versions: Versions = _no_writes
    has: Has = _has_none
    on_gone: Callable[[Collection[str]], None] = _tell_nobody

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
        self._opened = 0
        self._pay_systems = PaySystems(self._reader, self._hand_on)
        self._stages = iter((self._read_changed, self._read_dated, self._read_named))
        self._lists = 0
        self._held: list[Listed] = []
        self._foreseen: Window | None = None
        self._is_over = client.now() >= day.end.timestamp() + SURELY_OVER
        self.count = 0

    def read(self) -> None:
        """Read the day.

        :raises MisconfiguredError: the portal ignored a filter, or a right is missing; what was handed on is
            not to be trusted.
        :raises TransientError: the portal cannot be reached, or its time is used up.
        """
        self._begin_stage()
        self._reader.run()
        log.info("%s orders were read", self.count)
        self._known.on_gone([id_ for id_ in self._known.still_open if int(id_) not in self._seen])

    def _begin_stage(self) -> None:
        """Begin the next lists, once those before are over, and read the orders that these brought."""
        for stage in self._stages:
            self._lists = 1
            stage()
            self._open_windows(at_least=1)
            self._lists -= 1
            if self._lists:
                return

    def _read_changed(self) -> None:
        self._follow(changed(self._day, self._shop), self._take_changed, when_known=self._foresee)
        for query in dated(self._day, self._shop, later=False):
            self._follow(query, self._take_orders)
        for query in touched(self._day):
            self._follow(query, self._take_names, when_known=self._hold_long)

    def _read_dated(self) -> None:
        if self._foreseen:
            self._foreseen.close()
        for query in dated(self._day, self._shop, later=True):
            self._follow(query, self._take_orders)
        found = self._seen - {_id(row) for row in self._own}
        for held in self._held:
            for query in leaving_out(held.query, found):
                self._follow(query, self._take_names)

    def _read_named(self) -> None:
        self._waiting += [row for row in self._own if _id(row) in self._named]
        for query in self._plan.queries(ORDERS, sorted(self._named - self._seen)):
            self._follow(query, self._take_named)

    def _hold_long(self, item: Listed) -> None:
        """Leave a long list that names orders until it is known which need no naming."""
        if item.wanted > (SHORT if self._foreseen else LONG):
            item.is_held = True
            self._held.append(item)

    def _foresee(self, item: Listed) -> None:
        """Make use of what the ends of the list of changed orders show: how many there are, and how dense.

        A long rest is read in pieces, side by side. The children of a short one are asked for at once where
        nearly every id is wanted: an order of a day that is over has not changed since, or it is not in the
        list, so it does not matter that its header comes later.
        """
        if item.wanted > LONG:
            item.is_held = True
            for query in item.pieces(PIECES):
                self._follow(query, self._take_changed)
            return
        after, last = item.gap
        is_safe = item.is_dense and self._is_over and last - after <= self._window
        if is_safe and self._windows and not self._foreseen:
            self._foreseen = self._open_window(range(after + 1, last + 1))

    def _follow(
        self,
        query: ListQuery,
        take: Callable[[Sequence[Row]], None],
        when_known: Callable[[Listed], None] | None = None,
    ) -> None:
        """Read a list of orders, or one that names them.

        :param when_known: takes a list of which both ends are known, and perhaps holds it.
        """
        self._lists += 1

        def on_rows(rows: Sequence[Row], is_last: bool) -> None:  # noqa: FBT001
            take(rows)
            if not is_last and when_known:
                when_known(item)
            if is_last or item.is_held:
                self._lists -= 1
                if not self._lists:
                    self._open_windows(at_least=1)
                    self._begin_stage()

        item = self._reader.read(query, on_rows)

    def _take_changed(self, rows: Sequence[Row]) -> None:
        """Set aside what only we have changed, until all other reasons to read it are known."""
        older = [row for row in rows if not self._happened_today(row)]
        ours = self._known.own_versions([to_id(row["id"]) for row in older]) if older else {}
        own = [row for row in older if ours.get(to_id(row["id"])) == to_count(row["version"])]
        self._own += own
        self._seen |= {_id(row) for row in own}
        if self._foreseen:
            self._add_to_foreseen(self._foreseen, rows)
        self._take_orders(rows)

    def _add_to_foreseen(self, window: Window, rows: Sequence[Row]) -> None:
        """Take the headers of orders whose children are being read already."""
        fresh = [row for row in rows if _id(row) in window.ids and _id(row) not in self._seen]
        mine = [row for row in fresh if not self._is_at_hand(row)]
        window.add(mine)
        self._seen |= {_id(row) for row in mine}

    def _is_at_hand(self, order: Row) -> bool:
        return self._known.has(to_id(order["id"]), to_count(order["version"]))

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
        self._waiting += [row for row in fresh if not self._is_at_hand(row)]
        # The first few are read at once: they show how many rows an order has in this shop.
        self._open_windows(at_least=self._window if self._windows or self.count else 1)

    def _take_names(self, rows: Sequence[Row]) -> None:
        self._named |= {to_count(row["orderId"]) for row in rows} - {0}

    def _open_windows(self, at_least: int) -> None:
        while self._waiting and len(self._waiting) >= at_least:
            size = self._window
            orders, self._waiting = self._waiting[:size], self._waiting[size:]
            window = self._open_window([_id(order) for order in orders])
            window.add(orders)
            window.close()

    def _open_window(self, ids: Collection[int]) -> Window:
        self._opened += 1
        read = partial(self._reader.read, rank=self._opened)
        window = Window(ids, self._shop, self._plan, read, self._hand_on)
        self._windows.append(window)
        return window

    @property
    def _window(self) -> int:
        """How many orders can be read in a part of each method's time: what is not whole is not kept."""
        pages = {
            child: self._reader.affordable(child.method, A_PART, WINDOW) for child in self._plan.children
        }
        orders = (count * PAGE_SIZE / self._plan.rows_each(child) for child, count in pages.items())
        return max(1, min(WINDOW, *map(int, orders)))

    def _hand_on(self) -> None:
        """Hand on the windows that are done, in the order in which they were opened."""
        inner = self._pay_systems.inner
        while inner is not None and self._windows and self._windows[0].is_done:
            rows = self._windows.popleft().to_rows(inner)
            self.count += len(rows["orders"])
            self._on_window(rows)
            if self._windows:
                log.info("%s orders were read so far", self.count)


def _id(row: Row) -> int:
    return int(row["id"])
