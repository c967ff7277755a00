"""Read a whole list by key, from both ends until they meet: so nothing is lost, repeated, or taken on trust.

A portal says that a list is over by sending a page that is not full. But a page that lost some rows on its
way looks just the same. So the last page is asked for as well, in descending order: a list is whole when
full pages from below have reached the page from above, or when the short page from below and the page from
above say the same.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix.filters import Condition
from bookkeeping.clients.bitrix.wire import Params
from bookkeeping.clients.pages import Row
from bookkeeping.errors import MisconfiguredError, TransientError

PAGE_SIZE = 50
CASTS_ARRAYS = frozenset(
    f"sale.{name}.list"
    for name in (
        "businessvaluepersondomain",
        "paymentitembasket",
        "paymentitemshipment",
        "persontype",
        "propertygroup",
        "propertyrelation",
        "propertyvalue",
        "propertyvariant",
        "status",
        "statuslang",
        "tradebinding",
        "tradeplatform",
    )
)
"""Methods that read an array for a whole number as 1, and answer for order 1 (contract, section 6)."""

AFTER = ">id"
DENSE = 0.9
"""The part of all ids that must be in a list for it to be called dense."""

DISAGREEMENTS = 5
"""So often the two ends of a list may say different things, because rows come and go meanwhile."""


@dataclass(frozen=True)
class ListQuery:
    """What to read from a ``*.list`` method whose rows have whole numbers for ids.

    An array is no filter for the methods in ``CASTS_ARRAYS``: ask for a range, or one query a value.

    :ivar name: what the caller calls it; unique among the queries that are read together.
    :ivar wrapper: the key that holds the rows; empty for a bare list.
    :ivar select: the fields to read; ``id`` and the fields of the filter are always read.
    :ivar filter: keys such as ``>=dateUpdate``, with ``= > >= < <= @`` or nothing before the field.
    :ivar expected: about how many rows there will be, if anything is known of it.
    :ivar takes_arrays: whether this portal was seen to take arrays all the same.
    """

    name: str
    method: str
    wrapper: str
    select: tuple[str, ...]
    filter: Mapping[str, Json]
    expected: int = 0
    takes_arrays: bool = False


class Reading:
    """How far the reading of one list has come.

    :ivar rows: what was read so far and surely lies below all that is still to come, by ascending id.
    """

    def __init__(self, query: ListQuery) -> None:
        self.query = query
        self.rows: list[Row] = []
        self.is_done = False
        self._filter = {key: limit for key, limit in query.filter.items() if key != AFTER}
        self._conditions = [Condition.of(key, limit) for key, limit in self._filter.items()]
        self._last_id = int(query.filter.get(AFTER, 0))
        self._first_id, self._count = self._last_id, 0
        self._end: list[Row] | None = None
        self._top: list[Row] | None = None
        self._above_floor: list[int] = []
        self._has_looked_below = False
        self._full_pages = 0
        self._disagreements = 0
        self._refuse_arrays()

    def drain(self) -> list[Row]:
        """Hand over what was read, and forget it."""
        rows, self.rows = self.rows, []
        return rows

    @property
    def needs_top(self) -> bool:
        """Whether the last page is to be asked for."""
        return self._top is None

    @property
    def pages(self) -> int:
        """How many pages from below are worth asking for now."""
        if self._end is not None:
            return 0
        if self._top:
            return self._pages_to_top(_ids(self._top))
        return max(1, -(-(self.query.expected - PAGE_SIZE) // PAGE_SIZE))

    @property
    def is_dense(self) -> bool:
        """Whether nearly every id is there, at both ends."""
        return self._top is not None and self._density(_ids(self._top)) >= DENSE

    @property
    def gap(self) -> tuple[int, int]:
        """The last id that was read from below, and the last one that there is, as far as is known."""
        return self._last_id, int(self._top[-1]["id"]) if self._top else self._last_id

    def page(self, after: Json = None) -> tuple[str, Params]:
        """Return the call for the next page from below.

        :param after: a reference to the last id of a page in the same batch, for a page beyond it.
        """
        return self._call("asc", self._last_id if after is None else after)

    def last_page(self) -> tuple[str, Params]:
        """Return the call for the page at the upper end."""
        return self._call("desc", self._last_id)

    def is_full(self, page: Json) -> bool:
        """Whether a page has as many rows as a page can have: then there may be another."""
        return len(self._rows_in(page)) == PAGE_SIZE

    def take(self, pages: Sequence[Json], last: Sequence[Json] = ()) -> None:
        """Add the pages that were answered, each asked for above the one before, and the last page if it was.

        :raises MisconfiguredError: a row does not satisfy the filter, or ids are out of order: the portal
            ignored what it was asked, and nothing that it sent can be trusted.
        :raises TransientError: the two ends of the list keep contradicting each other.
        """
        floor = self._last_id
        if last:
            self._above_floor, self._has_looked_below = [], False
        self._full_pages = 0
        for page in pages:
            self._has_looked_below = True
            rows = self._checked(self._rows_in(page), self._last_id)
            if len(rows) < PAGE_SIZE:
                self._end = rows
                break
            self._keep(rows)
            self._full_pages += 1
        for top in last:
            self._top = self._checked(self._rows_in(top)[::-1], floor)
        if self._top is not None:
            self._try_to_end(self._top)

    def _try_to_end(self, top: list[Row]) -> None:
        """Find out whether both ends of the list meet and agree."""
        rest = [row for row in top if int(row["id"]) > self._last_id]
        if self._end is not None:
            agree = _ids(self._end) == _ids(rest)
        elif self._reaches(top):
            agree = True
        else:
            return
        if agree and self._is_whole(top):
            self._keep(rest)
            self.is_done = True
        else:
            self._begin_end_anew()

    def _reaches(self, top: list[Row]) -> bool:
        """Whether no row can lie between what was read from below and the last page.

        A last page that is not full must have been held against one from below.
        """
        is_believed = len(top) == PAGE_SIZE or self._has_looked_below
        return is_believed and (not top or int(top[0]["id"]) <= self._last_id + 1)

    def _is_whole(self, top: list[Row]) -> bool:
        """A last page that is not full claims to be all there is: then it holds whatever was read, too."""
        return len(top) == PAGE_SIZE or set(_ids(top)).issuperset(self._above_floor)

    def _begin_end_anew(self) -> None:
        self._disagreements += 1
        if self._disagreements > DISAGREEMENTS:
            raise TransientError(
                f"{self.query.method}: the first pages and the last one of a list keep contradicting each "
                "other. Nothing was taken; it can be tried again."
            )
        self._end = self._top = None

    def _keep(self, rows: list[Row]) -> None:
        if not rows:
            return
        ids = _ids(rows)
        self._first_id = self._first_id if self._count else ids[0] - 1
        self._last_id = ids[-1]
        self._count += len(ids)
        self._above_floor += ids
        self.rows += rows

    def _pages_to_top(self, top: list[int]) -> int:
        """Guess by how densely ids lie at the end where they are rarer; but twice as many as were full last.

        Ids are whole, so there are never more rows than a gap.
        """
        gap = max(0, top[0] - self._last_id - 1)
        guess = max(gap * self._density(top) / PAGE_SIZE, 2.0 * self._full_pages)
        return max(1, math.ceil(min(guess, gap / PAGE_SIZE)))

    def _density(self, top: list[int]) -> float:
        span = max(self._last_id - self._first_id, 1)
        return (
            min(self._count / span if self._count else 1.0, len(top) / (top[-1] - top[0] + 1)) if top else 1.0
        )

    def _call(self, direction: str, after: Json) -> tuple[str, Params]:
        fields = ["id", *self.query.select, *(condition.field for condition in self._conditions)]
        return self.query.method, {
            "select": list(dict.fromkeys(fields)),
            "filter": {**self._filter, AFTER: after},
            "order": {"id": direction},
            "start": -1,
        }

    def _refuse_arrays(self) -> None:
        arrays = [key for key, limit in self._filter.items() if isinstance(limit, list | tuple)]
        if arrays and self.query.method in CASTS_ARRAYS and not self.query.takes_arrays:
            raise ValueError(f"{self.query.method} takes no array in its filter {arrays[0]!r}: use a range")

    def _checked(self, rows: list[Row], after: int) -> list[Row]:
        for row in rows:
            self._check(row, after)
            after = int(row["id"])
        return rows

    def _check(self, row: Row, after: int) -> None:
        if missing := [name for name in self.query.select if name not in row]:
            raise MisconfiguredError(
                f"{self.query.method} sends no {missing[0]!r}: the portal's module is older than we know. "
                "Nothing was taken; update it."
            )
        ignored = [each.key for each in self._conditions if not each.holds(row)]
        if not _is_above(row, after):
            ignored = [AFTER]
        if ignored:
            raise MisconfiguredError(
                f"{self.query.method}: the portal ignored the filter {ignored[0]!r}: its row with id "
                f"{row.get('id')} does not satisfy it. Nothing was taken; is the field's name right, and "
                "does this version of the module know it?"
            )

    def _rows_in(self, result: Json) -> list[Row]:
        page = result.get(self.query.wrapper) if isinstance(result, dict) and result else result or []
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            raise MisconfiguredError(
                f"{self.query.method} answered without rows under {self.query.wrapper!r}."
            )
        if len(page) > PAGE_SIZE:
            raise MisconfiguredError(
                f"{self.query.method} sent {len(page)} rows on a page, and we asked for {PAGE_SIZE}."
            )
        return page


def _is_above(row: Row, after: int) -> bool:
    try:
        return int(row["id"]) > after
    except (KeyError, TypeError, ValueError):
        return False


def _ids(rows: list[Row]) -> list[int]:
    return [int(row["id"]) for row in rows]
