"""A table of the shop's database: rows by id, with one index."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol, TypeVar, overload


class HasId(Protocol):
    """A row that its id names."""

    id: int


Row = TypeVar("Row", bound=HasId)

BY_ID: Callable[[Any], int] = attrgetter("id")
REMEMBERED = 64


class Stretch(Sequence[Row]):
    """A part of rows that stand by id, looked at without copying them.

    :param places: where the part is, by default everywhere.
    """

    def __init__(self, rows: Sequence[Row], places: range | None = None) -> None:
        self._rows = rows
        self._places = range(len(rows)) if places is None else places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Row]:
        return map(self._rows.__getitem__, self._places)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Stretch[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Stretch[Row]:
        if isinstance(place, slice):
            return Stretch(self._rows, self._places[place])
        return self._rows[self._places[place]]

    def above(self, row_id: int) -> Stretch[Row]:
        """Those with a greater id."""
        return self[bisect_right(self, row_id, key=BY_ID) :]

    def below(self, row_id: int) -> Stretch[Row]:
        """Those with a smaller id."""
        return self[: bisect_left(self, row_id, key=BY_ID)]


class Table(Mapping[int, Row]):
    """Rows by id, always in the order of their ids, and quick to find by the row they belong to.

    :param first_id: the id that an empty table gives out.
    :param parent: the attribute with the id of the row they belong to; it must not change in a stored row.
    """

    def __init__(self, *, first_id: int = 1, parent: str = "") -> None:
        self.parent = parent
        self._next_id = first_id
        self._rows: dict[int, Row] = {}
        self._by_id: list[Row] = []
        self._parents: list[int] = []
        self._families: defaultdict[int, list[Row]] = defaultdict(list)
        self._found: OrderedDict[object, list[Row]] = OrderedDict()

    def __getitem__(self, row_id: int) -> Row:
        return self._rows[row_id]

    def __iter__(self) -> Iterator[int]:
        return map(BY_ID, self._by_id)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def next_id(self) -> int:
        """An id that no row has had yet."""
        return self._next_id

    def add(self, row: Row) -> Row:
        """Store a row under an id that is still free, and return it."""
        if row.id in self._rows:
            raise KeyError(f"there is a row {row.id} already")
        is_last = not self._by_id or self._by_id[-1].id < row.id
        self._by_id.append(row) if is_last else insort(self._by_id, row, key=BY_ID)
        self._rows[row.id] = row
        self._next_id = max(self._next_id, row.id + 1)
        if self.parent:
            self._join_family(row)
        return row

    def remove(self, row_id: int) -> None:
        """Forget a row, not its id."""
        row = self._rows.pop(row_id)
        self._by_id.remove(row)
        if self.parent:
            self._families[getattr(row, self.parent)].remove(row)
            self._found.clear()

    def all(self) -> Stretch[Row]:
        """All rows, by id."""
        return Stretch(self._by_id)

    def above(self, row_id: int) -> Stretch[Row]:
        """The rows with a greater id, without looking at the others."""
        return self.all().above(row_id)

    def of(self, *parents: int) -> list[Row]:
        """The rows that belong to any of these, by id."""
        wanted = frozenset(parents)
        return self._remembered(wanted, lambda: wanted)

    def of_range(self, low: int, high: int) -> list[Row]:
        """The rows that belong to *low*, to *high* or to anything between them, by id."""
        return self._remembered((low, high), lambda: self._parents_between(low, high))

    def _parents_between(self, low: int, high: int) -> list[int]:
        return self._parents[bisect_left(self._parents, low) : bisect_right(self._parents, high)]

    def _join_family(self, row: Row) -> None:
        parent = getattr(row, self.parent)
        if parent not in self._families:
            insort(self._parents, parent)
        self._families[parent].append(row)
        self._found.clear()

    def _remembered(self, asked: object, parents: Callable[[], Iterable[int]]) -> list[Row]:
        """Who reads page after page asks the same again; rows keep their parents, so only `add` matters."""
        if asked not in self._found:
            families = (self._families.get(parent, ()) for parent in parents())
            self._found[asked] = sorted(chain.from_iterable(families), key=BY_ID)
        self._found.move_to_end(asked)
        if len(self._found) > REMEMBERED:
            self._found.popitem(last=False)
        return self._found[asked]
