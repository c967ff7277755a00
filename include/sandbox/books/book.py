"""The rows of one of the books, with the profiles it goes by and its clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.profiles import Profiles

Row: TypeAlias = dict[str, Any]

NAMESPACE = UUID("8b0f4a5e-2c71-4d3b-9e6a-f1d2c3b4a596")


class Book:
    """Rows by collection and id, in the order in which they were made.

    A row is a mapping of JSON values with money in `Decimal`. An id is made from a counter,
    so the same requests make the same ids, and no id comes twice.

    :param given: rows that are there from the start, and again after :meth:`clear`.
    """

    def __init__(
        self,
        name: str,
        collections: Sequence[str],
        *,
        profiles: Profiles,
        clock: Callable[[], float],
        given: Mapping[str, Sequence[Row]] | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self._profiles = profiles
        self._given = given or {}
        self._rows: dict[str, dict[str, Row]] = {collection: {} for collection in collections}
        self._indexes: dict[str, dict[str, dict[Any, list[Row]]]] = {}
        self._made = 0
        self.clear()

    def profile(self, name: str) -> str:
        """What the switch *name* of this book is set to."""
        return self._profiles[f"{self.name}.{name}"]

    def is_on(self, name: str) -> bool:
        """Whether this book has a switch *name* and it is set to ``on``."""
        return self.is_set(name, "on")

    def is_set(self, name: str, value: str) -> bool:
        """Whether this book has a switch *name* and it is set to *value*."""
        return self._profiles.get(f"{self.name}.{name}") == value

    def timestamp(self) -> str:
        """Now, the way an answer says it."""
        return to_timestamp(self.clock())

    def today(self, time_zone: str = "Europe/Moscow") -> date:
        """The calendar day that it is in *time_zone*."""
        return datetime.fromtimestamp(self.clock(), ZoneInfo(time_zone)).date()

    def new_id(self) -> str:
        """An id that was never given before."""
        self._made += 1
        return str(uuid5(NAMESPACE, f"{self.name}/{self._made}"))

    def add(self, collection: str, row: Row) -> Row:
        """Keep *row*, with an id and the time of its making unless it has them."""
        kept = {"id": self.new_id(), "createdAt": self.timestamp()} | row
        self._rows[collection][str(kept["id"])] = kept
        for field, index in self._indexes.get(collection, {}).items():
            index.setdefault(kept.get(field), []).append(kept)
        return kept

    def rows(self, collection: str) -> list[Row]:
        """All rows, oldest first."""
        return list(self._rows[collection].values())

    def where(self, collection: str, field: str, value: object) -> list[Row]:
        """The rows whose *field* is *value*, oldest first."""
        indexes = self._indexes.setdefault(collection, {})
        if field not in indexes:
            indexes[field] = _index(self.rows(collection), field)
        return list(indexes[field].get(value, []))

    def find(self, collection: str, row_id: str) -> Row | None:
        """The row with this id, if there is one."""
        return self._rows[collection].get(row_id)

    def replace(self, collection: str, row: Row) -> Row:
        """Put *row* where the row with its id was."""
        self._rows[collection][str(row["id"])] = row
        self._indexes.pop(collection, None)
        return row

    def remove(self, collection: str, row_id: str) -> None:
        """Forget a row."""
        del self._rows[collection][row_id]
        self._indexes.pop(collection, None)

    def clear(self) -> None:
        """Forget all rows but the given ones; ids go on counting."""
        self.load({"made": self._made, **self._given})

    def dump(self) -> Row:
        """All there is, for :meth:`load` of another day."""
        return {"made": self._made} | self.as_lists()

    def as_lists(self) -> dict[str, list[Row]]:
        """All rows by collection, oldest first."""
        return {name: self.rows(name) for name in self._rows}

    def load(self, dump: Mapping[str, Any]) -> None:
        """Hold what was dumped, and nothing else."""
        self._made = int(dump["made"])
        self._indexes.clear()
        for name in self._rows:
            self._rows[name] = {str(row["id"]): dict(row) for row in dump.get(name, [])}


def to_timestamp(moment: float) -> str:
    """Epoch seconds as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_moment(timestamp: str) -> float:
    """The epoch seconds of an RFC 3339 timestamp.

    :raises ValueError: for anything else, a time without a zone too.
    """
    moment = datetime.fromisoformat(timestamp)
    if moment.tzinfo is None:
        raise ValueError(timestamp)
    return moment.timestamp()


def _index(rows: list[Row], field: str) -> dict[Any, list[Row]]:
    index: dict[Any, list[Row]] = {}
    for row in rows:
        index.setdefault(row.get(field), []).append(row)
    return index
