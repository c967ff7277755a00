"""How a shop's orders are best asked for: what was learned of it so far."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bookkeeping.clients.bitrix import ListQuery
from bookkeeping.companies import Shop
from bookkeeping.extraction.lists import (
    CHILDREN,
    ORDERS,
    PLATFORMS,
    PROPERTIES,
    ChildList,
    codes,
    of_site,
)
from bookkeeping.extraction.portal import Portal
from bookkeeping.extraction.ranges import cover

BELIEVED = 20
"""Parents by whose number the usual one is believed, beside those that were seen."""

UNSURE = 500
"""Rows that may be asked for in vain."""


class Plan:
    """The queries for some parents' rows, sized by how many rows a parent was seen to have."""

    def __init__(self, shop: Shop, portal: Portal) -> None:
        self.children = (*CHILDREN, PLATFORMS) if shop.skip_platforms else CHILDREN
        self._portal = portal
        self._parents: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        wanted_codes = {"@code": list(codes(shop))} if portal.takes_code_arrays else {}
        self._narrower: dict[str, dict[str, Any]] = {
            PROPERTIES.name: wanted_codes,
            ORDERS.name: of_site(shop),
        }

    def queries(self, child: ChildList, ids: Sequence[int], rows_each: float = 0) -> Iterator[ListQuery]:
        """Return the queries that bring all rows of these parents, and perhaps of others between them.

        :param ids: ascending, none twice.
        :param rows_each: how many rows a parent has, if the caller knows better.
        """
        is_given, rows_each = bool(rows_each), rows_each or self.rows_each(child)
        for part in cover(ids, child.parent, self._several(child), rows_each, child.usual):
            wanted = {**part.filter, **self._narrower.get(child.name, {})}
            expected = round(part.parents * rows_each)
            yield child.query(
                child.name, wanted, expected if is_given or self._is_sure(child, expected) else expected // 2
            )

    def rows_each(self, child: ChildList) -> float:
        """Return how many rows a parent has here, as far as was seen: a few parents prove little."""
        parents, rows = self._parents[child.name], self._rows[child.name]
        return (rows + child.usual * BELIEVED) / (parents + BELIEVED)

    def _is_sure(self, child: ChildList, expected: int) -> bool:
        """Whether so many rows may be asked for at once, though the shop was never seen to have them."""
        return self._parents[child.name] >= BELIEVED or child.is_rare or expected <= UNSURE

    def learn(self, child: ChildList, parents: int, rows: int) -> None:
        """Remember how many rows so many parents had."""
        self._parents[child.name] += parents
        self._rows[child.name] += rows

    def _several(self, child: ChildList) -> str:
        by_array = child is PROPERTIES and self._portal.takes_property_arrays
        return f"@{child.parent}" if by_array else child.several
