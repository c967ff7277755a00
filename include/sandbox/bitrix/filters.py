"""The filter of a list call: what the server understands of it, and which rows pass."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.php import as_text, values
from sandbox.bitrix.values import Kind, read_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sandbox.bitrix.columns import Column, Columns

# A negation, a sign, a name.
KEY = re.compile(r"\A(!?)(=%|%=|>=|<=|[=@%><]|)(.*)", re.DOTALL)

EQUAL = "="
SYNONYMS = {"": EQUAL, "@": EQUAL, "%=": "=%"}


@dataclass(frozen=True)
class Condition:
    """One entry of a filter.

    :ivar sign: how to compare, without a negation.
    :ivar operand: what to compare with; for equality a set of values.
    """

    name: str
    sign: str
    operand: Any
    column: Column
    is_negative: bool

    @cached_property
    def holds(self) -> Callable[[object], bool]:
        """Whether a row passes; a field without a value passes only negations."""
        comparable, test = self.column.comparable, TESTS[self.sign]
        operand, is_negative = self.operand, self.is_negative

        def holds(row: object) -> bool:
            value = comparable(row)
            return (value is not None and test(value, operand)) != is_negative

        return holds


@dataclass(frozen=True, slots=True)
class FilterGrammar:
    """How the filter of one table is read.

    :ivar casts_arrays: whether an array for a whole number is cast to a number, and so becomes 1.
    :ivar zone: the zone of moments that come without an offset.
    """

    columns: Columns
    casts_arrays: bool
    zone: ZoneInfo

    def read(self, raw: object) -> list[Condition]:
        """The conditions that the server understands; the others are dropped without a word."""
        entries = raw.items() if isinstance(raw, dict) else ()
        conditions = (self._condition(str(key), value) for key, value in entries if value is not None)
        return [condition for condition in conditions if condition]

    def _condition(self, key: str, raw: object) -> Condition | None:
        [(negation, sign, name)] = KEY.findall(key)
        column, sign = self.columns.get(name), SYNONYMS.get(sign, sign)
        if column is None:
            return None
        try:
            operand = self._operand(column.kind, sign, raw)
        except ValueError:
            return None
        return Condition(name, sign, operand, column, is_negative=bool(negation))

    def _operand(self, kind: Kind, sign: str, raw: object) -> Any:  # noqa: ANN401
        if sign in PATTERNS:
            return as_text(raw).casefold()
        if sign != EQUAL:
            return self._comparable(kind, raw)
        is_cast = self.casts_arrays and kind is Kind.INT
        several = values(raw) if isinstance(raw, list | dict) and not is_cast else [raw]
        return frozenset(self._comparable(kind, value) for value in several)

    def _comparable(self, kind: Kind, raw: object) -> Any:  # noqa: ANN401
        is_text = kind in {Kind.TEXT, Kind.FLAG}
        return as_text(raw).casefold() if is_text else read_value(kind, raw, self.zone)


def _is_among(value: object, operand: frozenset[object]) -> bool:
    return value in operand


def _contains(value: object, operand: str) -> bool:
    return operand in str(value)


def _is_like(value: object, pattern: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(".*".join(parts), str(value), re.DOTALL) is not None


PATTERNS: dict[str, Callable[[Any, Any], bool]] = {"%": _contains, "=%": _is_like}
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    **PATTERNS,
    EQUAL: _is_among,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
