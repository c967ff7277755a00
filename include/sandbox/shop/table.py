"""A table of the shop's database: rows by id, with one index."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Protocol, TypeVar


class HasId(Protocol):
    """A row that its id names."""

    id: int


Row = TypeVar("Row", bound=HasId)


class Table(Mapping[int, Row]):
    """Rows by id, always in the order of their ids, and quick to find by the row they belong to.

    :param first_id: the id that an empty table gives out.
    :param parent: the attribute with the id of the row they belong to; it must not change in a stored row.
    """

    def __init__(self, *, first_id: int = 1, parent: str = "") -> None:
        self.parent = parent
        self._next_id = first_id
        self._rows: dict[int, Row] = {}
        self._ids: list[int] = []
        self._parents: list[int] = []
        self._families: defaultdict[int, list[Row]] = defaultdict(list)

    def __getitem__(self, row_id: int) -> Row:
        return self._rows[row_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def next_id(self) -> int:
        """An id that no row has had yet."""
        return self._next_id

    def add(self, row: Row) -> Row:
        """Store a row under an id that is still free, and return it."""
        if row.id in self._rows:
            raise KeyError(f"there is a row {row.id} already")
        self._rows[row.id] = row
        insort(self._ids, row.id)
        self._next_id = max(self._next_id, row.id + 1)
        if self.parent:
            self._join_family(row)
        return row

    def above(self, row_id: int) -> Iterator[Row]:
        """The rows with a greater id, without looking at the others."""
        first = bisect_right(self._ids, row_id)
        return (self._rows[self._ids[place]] for place in range(first, len(self._ids)))

    def of(self, *parents: int) -> list[Row]:
        """The rows that belong to any of these, by id."""
        return self._by_id(self._families.get(parent, []) for parent in set(parents))

    def of_range(self, low: int, high: int) -> list[Row]:
        """The rows that belong to *low*, to *high* or to anything between them, by id."""
        wanted = self._parents[bisect_left(self._parents, low) : bisect_right(self._parents, high)]
        return self._by_id(self._families[parent] for parent in wanted)

    def _join_family(self, row: Row) -> None:
        parent = getattr(row, self.parent)
        if parent not in self._families:
            insort(self._parents, parent)
        self._families[parent].append(row)

    @staticmethod
    def _by_id(families: Iterable[list[Row]]) -> list[Row]:
        return sorted(chain.from_iterable(families), key=lambda row: row.id)
