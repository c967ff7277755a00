"""What a field of a request may hold: small rules that name what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from stdnum.exceptions import ValidationError
from stdnum.ru import inn as inn_numbers

from sandbox.books.errors import Detail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The code of what is wrong with a value, or nothing.
Rule: TypeAlias = "Callable[[Any], str | None]"

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# Beyond this no sum is a sum, and exact arithmetic would need more digits than it keeps.
MOST = Decimal(10) ** 13


@dataclass(frozen=True)
class Field:
    """What a field holds, and whether it must be there."""

    rule: Rule
    required: bool = False


def check(fields: Mapping[str, Field], body: Mapping[str, Any], at: str = "") -> Iterator[Detail]:
    """Name everything that is wrong with *body*; *at* is where it lies in the request."""
    for name, field in fields.items():
        value = body.get(name)
        if value is None and (field.required or name not in body):
            code = "required" if field.required else None
        else:
            code = field.rule(value)
        if code:
            yield Detail(at + name, code)


def unknown(fields: Mapping[str, Field], body: Mapping[str, Any], at: str = "") -> Iterator[Detail]:
    """Name the fields that nobody asked for."""
    return (Detail(at + name, "unknown_value") for name in body if name not in fields)


def text(longest: int, shortest: int = 0) -> Rule:
    """A string of so many characters."""

    def rule(value: object) -> str | None:
        if not isinstance(value, str):
            return "unknown_value"
        if len(value) < shortest:
            return "required"
        return "too_long" if len(value) > longest else None

    return rule


def choice(*values: str) -> Rule:
    """One of *values*."""
    return lambda value: None if value in values else "unknown_value"


def number(places: int, *, above: int | None = None) -> Rule:
    """A number from 0, or above *above*, with at most so many decimals; never a string."""

    def rule(value: object) -> str | None:
        if not is_number(value):
            return "invalid_amount"
        amount = Decimal(value)
        is_enough = amount >= 0 if above is None else amount > above
        fits = is_enough and amount < MOST and amount == round(amount, places)
        return None if fits else "invalid_amount"

    return rule


def nullable(rule: Rule) -> Rule:
    """Anything that *rule* takes, or null."""
    return lambda value: None if value is None else rule(value)


def is_number(value: object) -> TypeGuard[int | Decimal]:
    """Whether JSON said a number: true and false are none, though Python thinks otherwise."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def day(value: object) -> str | None:
    """A calendar day, ``2026-10-03``."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return "invalid_date"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "invalid_date"
    return None


def flag(value: object) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "unknown_value"


def whole(value: object) -> str | None:
    """A whole number."""
    return None if isinstance(value, int) and not isinstance(value, bool) else "unknown_value"


def inn(value: object) -> str | None:
    """Ten or twelve digits whose check digits agree."""
    try:
        compact = inn_numbers.validate(value)
    except (ValidationError, TypeError, AttributeError):
        return "invalid_inn"
    return None if compact == value else "invalid_inn"


def kpp(value: object) -> str | None:
    """Nine characters of the shape that the tax service gives."""
    return None if isinstance(value, str) and KPP.fullmatch(value) else "invalid_kpp"


def rows(value: object) -> str | None:
    """A list of objects with at least one in it."""
    if value == []:
        return "required"
    good = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    return None if good else "unknown_value"
