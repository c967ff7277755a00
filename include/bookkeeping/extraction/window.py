"""Some orders and everything that hangs on them: handed on when all of it is there, and not before."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any

from bookkeeping.clients.bitrix import ListQuery
from bookkeeping.clients.bitrix.items import OnRows
from bookkeeping.companies import Shop
from bookkeeping.extraction.lists import ITEMS, LINES, PLATFORMS, SHIPMENTS, STILL_THERE, ChildList
from bookkeeping.extraction.plan import Plan
from bookkeeping.extraction.rows import Row, Rows, has_left, to_rows

log = logging.getLogger(__name__)

OF_NO_ORDER = 0
"""What is in a shipment hangs on no order by itself."""


class Window:
    """Orders whose children are being read.

    :param ids: the orders, or all that may be among them: what is known of the rest is dropped at the end.
    :param read: reads a list, before those of younger windows.
    :param on_done: called when the last list of theirs has ended.
    """

    def __init__(
        self,
        ids: Collection[int],
        shop: Shop,
        plan: Plan,
        read: Callable[[ListQuery, OnRows], object],
        on_done: Callable[[], None],
    ) -> None:
        self.ids = ids
        self._shop, self._plan, self._read_list, self._on_done = shop, plan, read, on_done
        self._orders: dict[int, Row] = {}
        self._rows: dict[str, list[Row]] = {
            child.name: [] for child in (*plan.children, ITEMS, PLATFORMS, STILL_THERE)
        }
        self._left: Counter[str] = Counter()
        self._is_closed, self._ahead = False, [self._read_items, self._read_childless]
        for child in plan.children:
            self._read(child, ids)

    @property
    def is_done(self) -> bool:
        """Whether everything is there."""
        return self._is_closed and not self._left.total() and not self._ahead

    def add(self, orders: Iterable[Row]) -> None:
        """Take the headers of orders."""
        self._orders |= {_id(order): order for order in orders}

    def close(self) -> None:
        """No header is missing any more."""
        self._is_closed = True
        self._go_on()

    def to_rows(self, inner: frozenset[str]) -> Rows:
        """Return the rows of our frames, by the shop's ids, without what was deleted while it was read."""
        there = self._orders.keys() - self._childless() | {_id(row) for row in self._rows[STILL_THERE.name]}
        if gone := sorted(self._orders.keys() - there):
            log.warning("Deleted while they were read, and left out: orders %s", gone)
        wanted = there | {OF_NO_ORDER}
        children = {
            name: sorted((row for row in rows if int(row.get("orderId", OF_NO_ORDER)) in wanted), key=_id)
            for name, rows in self._rows.items()
        }
        orders = [order for id_, order in sorted(self._orders.items()) if id_ in there]
        return to_rows(orders, children, self._shop, inner)

    def _childless(self) -> set[int]:
        """Return the orders on which nothing hangs: strange ones, or deleted since."""
        rows = (row for child in self._plan.children for row in self._rows[child.name])
        return self._orders.keys() - {int(row["orderId"]) for row in rows}

    def _read(self, child: ChildList, parents: Any, rows_each: float = 0) -> None:  # noqa: ANN401 ids to look into
        for query in self._plan.queries(child, sorted(parents), rows_each):
            self._left[child.name] += 1
            self._read_list(query, partial(self._take, child, parents))

    def _take(self, child: ChildList, parents: Any, rows: Sequence[Row], is_last: bool) -> None:  # noqa: ANN401, FBT001
        """Keep our own parents' rows; a range also brings strangers'."""
        self._rows[child.name] += [row for row in rows if int(row[child.parent]) in parents]
        if is_last:
            self._left[child.name] -= 1
            if not self._left[child.name]:
                self._end(child, len(parents))

    def _end(self, child: ChildList, parents: int) -> None:
        self._plan.learn(child, parents, len(self._rows[child.name]))
        self._go_on()

    def _go_on(self) -> None:
        """Read what can only be known now: what is in the shipments first, and last who is childless."""
        while self._is_closed and self._ahead and not self._awaited_by(self._ahead[0]):
            self._ahead.pop(0)()
        if self.is_done:
            self._on_done()

    def _awaited_by(self, step: Callable[[], None]) -> bool:
        """Whether a step has to wait for lists that are not over."""
        return bool(self._left[SHIPMENTS.name] if step == self._read_items else self._left.total())

    def _read_childless(self) -> None:
        self._read(STILL_THERE, self._childless())

    def _read_items(self) -> None:
        """Read what is in the shipments of orders of which anything has left: no other is asked for it."""
        shipments = [row for row in self._rows[SHIPMENTS.name] if int(row["orderId"]) in self._orders]
        gone = {int(row["orderId"]) for row in shipments if self._has_left(row)}
        wanted = {
            int(row["id"]) for row in shipments if int(row["orderId"]) in gone and row["canceled"] != "Y"
        }
        self._read(ITEMS, wanted, len(gone) * self._plan.rows_each(LINES) / max(len(wanted), 1))

    def _has_left(self, shipment: Row) -> bool:
        return has_left(shipment, self._orders[int(shipment["orderId"])], self._shop)


def _id(row: Row) -> int:
    return int(row["id"])
