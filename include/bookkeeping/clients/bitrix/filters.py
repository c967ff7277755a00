"""Check the portal's rows against our own filter: it silently drops a filter that it does not understand."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from bookkeeping.clients.answers import Json

SIGNS: Mapping[str, Callable[[Json, Json], bool]] = {
    "": operator.eq,
    "=": operator.eq,
    "@": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_KEY = re.compile(r"(>=|<=|>|<|=|@|)(\w+)")
DATE_ONLY = frozenset({"payReturnDate", "payVoucherDate"})
"""Fields whose midnight the portal moves by a zone's offset on the way out (contract, section 8)."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.+")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Condition:
    """One entry of a filter: a field, a sign and what to compare with; an array means any of its values.

    >>> Condition.of(">=dateUpdate", "2026-10-01T00:00:00+03:00").holds(
    ...     {"dateUpdate": "2026-09-30T21:00:00Z"}
    ... )
    True
    >>> (
    ...     Condition.of("@orderId", [7, 8]).holds({"orderId": "7"}),
    ...     Condition.of("paid", "Y").holds({"paid": None}),
    ... )
    (True, False)
    """

    key: str
    field: str
    test: Callable[[Json, Json], bool]
    read: Callable[[Json], Json]
    limits: tuple[Json, ...]

    @classmethod
    def of(cls, key: str, limit: Json) -> "Condition":
        """Read an entry.

        :raises ValueError: a sign that rows could not be checked against.
        """
        match = _KEY.fullmatch(key)
        if not match:
            raise ValueError(f"filter {key!r}: use one of = > >= < <= @, for rows are checked against it")
        limits = list(limit) if isinstance(limit, list | tuple) else [limit]
        read = _reader(limits)
        return cls(key, match[2], SIGNS[match[1]], read, tuple(read(each) for each in limits))

    def holds(self, row: Mapping[str, Json]) -> bool:
        """Whether a row satisfies it; a field that is missing, null or of another kind does not."""
        try:
            value = self.read(row[self.field])
        except (KeyError, TypeError, ValueError, InvalidOperation):
            return False
        return any(self.test(each, limit) for each in self._readings(value) for limit in self.limits)

    def _readings(self, value: Json) -> list[Json]:
        may_be_moved = self.field in DATE_ONLY and isinstance(value, datetime)
        return [value, value - _DAY, value + _DAY] if may_be_moved else [value]


def _reader(limits: list[Json]) -> Callable[[Json], Json]:
    """Choose how to read values: as moments, as numbers, or as texts without case, like the portal's SQL."""
    if all(isinstance(limit, datetime) or _MOMENT.fullmatch(str(limit)) for limit in limits):
        return _to_moment
    if all(isinstance(limit, int | Decimal) for limit in limits):
        return _number
    return _text


def _to_moment(value: Json) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _number(value: Json) -> Decimal:
    return Decimal(str(value))


def _text(value: Json) -> str:
    if value is None:
        raise TypeError
    return str(value).casefold()
