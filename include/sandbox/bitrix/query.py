"""What a list call gets: the rows that pass its filter, in its order, one page of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.bitrix.columns import camel
from sandbox.bitrix.filters import EQUAL, FilterGrammar
from sandbox.bitrix.php import as_int, as_text, values
from sandbox.shop.table import Stretch, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.bitrix.columns import Column, Columns
    from sandbox.bitrix.filters import Condition
    from sandbox.bitrix.listings import Listing
    from sandbox.bitrix.php import Params
    from sandbox.shop import Shop

PAGE = 50
KEYSET = -1

Sorting: TypeAlias = list[tuple[str, bool]]
BY_ID = ("id", False)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows that a call asked for.

    :ivar total: how many rows there are in all, if they were counted.
    :ivar next: the offset of the next page, if there is one.
    """

    rows: list[object]
    total: int | None = None
    next: int | None = None


def page_of(listing: Listing, shop: Shop, params: Params) -> Page:
    """One page: with ``start=-1`` as many rows as fit and nothing counted, else the one at that offset."""
    found = matching(listing, shop, params)
    start = as_int(params.get("start"))
    if start == KEYSET:
        return Page(list(islice(found, PAGE)))
    rows, first = found if isinstance(found, Sequence) else list(found), max(start, 0) // PAGE * PAGE
    last = first + PAGE
    return Page(list(rows[first:last]), len(rows), last if last < len(rows) else None)


def matching(listing: Listing, shop: Shop, params: Params) -> Iterable[object]:
    """All rows that pass the filter, in the order asked for, by default by id."""
    table, columns = listing.rows(shop), listing.columns
    conditions = FilterGrammar(columns, listing.casts_arrays, shop.zone).read(params.get("filter"))
    sorting = read_order(params.get("order"), columns)
    if not isinstance(table, Table):
        return ordered(passing(table, conditions), sorting, columns)
    rows, untested = narrowed(table, conditions)
    name, descends = sorting[0]
    if name != "id":
        return ordered(passing(rows, untested), sorting, columns)
    return passing(rows[::-1] if descends else rows, untested)


def passing(rows: Iterable[object], conditions: Iterable[Condition]) -> Iterable[object]:
    """The rows that meet all conditions, looked at only as far as they are taken."""
    for condition in conditions:
        rows = filter(condition.holds, rows)
    return rows


def narrowed(table: Table[Any], conditions: list[Condition]) -> tuple[Stretch[Any], list[Condition]]:
    """Fewer rows to look at, by id, and the conditions that they need not meet; for speed only."""
    asked = {(each.name, each.sign): each for each in conditions if not each.is_negative}
    rows, met = _relatives(table, asked)
    if above := asked.get(("id", ">")):
        rows, met = rows.above(above.operand), [*met, above]
    if below := asked.get(("id", "<")):
        rows, met = rows.below(below.operand), [*met, below]
    return rows, [condition for condition in conditions if not any(condition is each for each in met)]


def _relatives(
    table: Table[Any], asked: Mapping[tuple[str, str], Condition]
) -> tuple[Stretch[Any], list[Condition]]:
    """The rows with these ids or of these parents, or else all, and the conditions that they meet."""
    family = camel(table.parent)
    if ids := asked.get(("id", EQUAL)):
        return Stretch([table[row_id] for row_id in sorted(ids.operand) if row_id in table]), [ids]
    if parents := asked.get((family, EQUAL)):
        return Stretch(table.of(*parents.operand)), [parents]
    low, high = asked.get((family, ">=")), asked.get((family, "<="))
    if low and high:
        return Stretch(table.of_range(low.operand, high.operand)), [low, high]
    return table.all(), []


def read_order(order: object, columns: Columns) -> Sorting:
    """The names to sort by, each with whether it descends; unknown names are ignored."""
    asked = order.items() if isinstance(order, dict) else ()
    return [(name, as_text(way).casefold() == "desc") for name, way in asked if name in columns] or [BY_ID]


def ordered(rows: Iterable[object], sorting: Sorting, columns: Columns) -> Iterable[object]:
    """Rows sorted by several columns; a row without a value comes before the others."""
    for name, descends in reversed(sorting):
        if name in columns:
            rows = sorted(rows, key=_rank(columns[name]), reverse=descends)
    return rows


def chosen(columns: Columns, select: object) -> Columns:
    """The columns that a call selects; unknown names are ignored, and none at all means every column."""
    wanted = {as_text(name) for name in values(select)}
    return {name: column for name, column in columns.items() if name in wanted} or columns


def _rank(column: Column) -> Callable[[object], tuple[bool, Any]]:
    def rank(row: object) -> tuple[bool, Any]:
        value = column.comparable(row)
        return value is not None, value

    return rank
