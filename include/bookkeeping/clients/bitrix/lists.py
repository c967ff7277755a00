"""Read a whole list by key: each page asks for ids above the last one, so nothing is lost or repeated."""

from collections.abc import Mapping
from dataclasses import dataclass

from bookkeeping.clients.answers import Json
from bookkeeping.clients.bitrix.filters import Condition
from bookkeeping.clients.bitrix.wire import Params, to_wire
from bookkeeping.clients.pages import Row
from bookkeeping.errors import MisconfiguredError

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


@dataclass(frozen=True)
class ListQuery:
    """What to read from a ``*.list`` method whose rows have whole numbers for ids.

    An array is no filter for the methods in ``CASTS_ARRAYS``: ask for a range, or one query a value.

    :ivar name: what the caller calls it; unique among the queries that are read together.
    :ivar wrapper: the key that holds the rows; empty for a bare list.
    :ivar select: the fields to read; ``id`` and the fields of the filter are always read.
    :ivar filter: keys such as ``>=dateUpdate``, with ``= > >= < <= @`` or nothing before the field.
    """

    name: str
    method: str
    wrapper: str
    select: tuple[str, ...]
    filter: Mapping[str, Json]


class Reading:
    """How far the reading of one list has come.

    :ivar rows: what was read so far, by ascending id, none twice.
    """

    def __init__(self, query: ListQuery) -> None:
        self.rows: list[Row] = []
        self.is_done = False
        self._query = query
        self._filter = to_wire({key: limit for key, limit in query.filter.items() if key != AFTER})
        self._conditions = [Condition.of(key, limit) for key, limit in self._filter.items()]
        self._last_id = int(query.filter.get(AFTER, 0))
        self._refuse_arrays()

    def command(self) -> tuple[str, Params]:
        """Return the call for the next page."""
        fields = ["id", *self._query.select, *(condition.field for condition in self._conditions)]
        return self._query.method, {
            "select": list(dict.fromkeys(fields)),
            "filter": {**self._filter, AFTER: self._last_id},
            "order": {"id": "asc"},
            "start": -1,
        }

    def take(self, result: Json) -> None:
        """Add a page.

        :raises MisconfiguredError: a row does not satisfy the filter, or ids do not ascend: the portal
            ignored what it was asked, and nothing that it sent can be trusted.
        """
        page = self._rows_in(result)
        for row in page:
            self._check(row)
            self._last_id = int(row["id"])
        self.rows += page
        self.is_done = len(page) < PAGE_SIZE

    def _refuse_arrays(self) -> None:
        arrays = [key for key, limit in self._filter.items() if isinstance(limit, list)]
        if arrays and self._query.method in CASTS_ARRAYS:
            raise ValueError(f"{self._query.method} takes no array in its filter {arrays[0]!r}: use a range")

    def _check(self, row: Row) -> None:
        after = Condition.of(AFTER, self._last_id)
        for condition in (after, *self._conditions):
            if not condition.holds(row):
                raise MisconfiguredError(
                    f"{self._query.method}: the portal ignored the filter {condition.key!r}: its row with id "
                    f"{row.get('id')} does not satisfy it. Nothing was taken; is the field's name right, and "
                    "does this version of the module know it?"
                )

    def _rows_in(self, result: Json) -> list[Row]:
        page = result.get(self._query.wrapper) if isinstance(result, dict) and result else result or []
        if isinstance(page, list) and all(isinstance(row, dict) for row in page):
            return page
        raise MisconfiguredError(f"{self._query.method} answered without rows under {self._query.wrapper!r}.")
