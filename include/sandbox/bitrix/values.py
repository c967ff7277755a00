"""The kinds of values in the portal's tables, how they are written to JSON and read from a request."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.php import as_int, as_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo


class Kind(Enum):
    """What a column holds."""

    INT = auto()
    NUMBER = auto()
    MOMENT = auto()
    FLAG = auto()
    TEXT = auto()


KINDS = {int: Kind.INT, Decimal: Kind.NUMBER, datetime: Kind.MOMENT, bool: Kind.FLAG, str: Kind.TEXT}


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number, whole where it can be."""
    return int(value) if value == int(value) else float(value)


def digits(value: int) -> str:
    """An id, which some tables send as text."""
    return str(value)


def decimal_text(value: Decimal) -> str:
    """A decimal as the text that it is in the database."""
    return f"{value:.4f}"


def moment(value: datetime) -> str:
    """A moment with the offset of the server."""
    return value.isoformat(timespec="seconds")


def flag(value: object) -> str:
    """A yes or a no."""
    return "Y" if value else "N"


WRITERS: dict[Kind, Callable[[Any], object]] = {
    Kind.NUMBER: number,
    Kind.MOMENT: moment,
    Kind.FLAG: flag,
}


def read_value(kind: Kind, raw: object, zone: ZoneInfo) -> Any:  # noqa: ANN401
    """Make a value of that kind from what a client sent, as forgiving as PHP is.

    :raises ValueError: for a moment that cannot be read; nothing else is ever refused.
    """
    match kind:
        case Kind.INT:
            return as_int(raw)
        case Kind.NUMBER:
            return read_number(raw)
        case Kind.MOMENT:
            return read_moment(as_text(raw), zone)
        case Kind.FLAG:
            return as_text(raw) == "Y"
        case Kind.TEXT:
            return as_text(raw)


def read_number(raw: object) -> Decimal:
    """Read a decimal; what is none is nought."""
    try:
        value = Decimal(as_text(raw))
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() else Decimal(0)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read ISO 8601 or the Russian form of a date, without an offset in the zone of the server.

    :raises ValueError: if it is neither.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = datetime.strptime(text, "%d.%m.%Y")  # noqa: DTZ007
    try:
        return value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)
    except OverflowError as error:
        raise ValueError(text) from error
