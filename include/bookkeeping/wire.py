"""Reading what Bitrix sends: ids, sums, flags and moments come in more than one shape."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bookkeeping.errors import SyncError

DECIMALS = 8

BEYOND = Decimal(10**15)
"""More than anybody's amount, and little enough for every column."""


class UnreadableError(SyncError):
    """The shop sent a value that no known build of Bitrix sends; nothing is stored."""


def to_id(value: Any) -> str:  # noqa: ANN401
    """Return an id as text; nothing, an empty text and 0 all mean none."""
    return "" if value in (None, "", 0, "0") else str(value)


def to_text(value: Any) -> str:  # noqa: ANN401
    """Return text; of several values the first, of a file or nothing an empty text."""
    if isinstance(value, list):
        return to_text(value[0]) if value else ""
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


def to_decimal(value: Any) -> Decimal:  # noqa: ANN401
    """Return a number; nothing is 0, and what lies beyond the eighth decimal is the noise of a PHP float.

    A number beyond BEYOND is taken for that: nobody means it, and it is held further on.
    """
    if value in (None, ""):
        return Decimal(0)
    with suppress(InvalidOperation):
        number = Decimal(str(value))
        if number.is_finite():
            return round(max(-BEYOND, min(BEYOND, number)), DECIMALS)
    raise UnreadableError(f"the shop sent {value!r} where a number belongs")


def to_count(value: Any) -> int:  # noqa: ANN401
    """Return a whole number; nothing is 0."""
    number = to_decimal(value)
    if number != int(number):
        raise UnreadableError(f"the shop sent {value!r} where a whole number belongs")
    return int(number)


def to_fraction(value: Any) -> Decimal | None:  # noqa: ANN401
    """Return a VAT rate as a fraction; nothing means no VAT."""
    return None if value in (None, "") else to_decimal(value)


def to_flag(value: Any) -> bool:  # noqa: ANN401
    """Return whether a flag is Y."""
    return bool(value == "Y")


def to_moment(value: Any) -> datetime | None:  # noqa: ANN401
    """Return an aware UTC moment; nothing stays nothing.

    >>> to_moment("2026-10-01T00:30:00+03:00")
    datetime.datetime(2026, 9, 30, 21, 30, tzinfo=datetime.timezone.utc)
    """
    if value in (None, ""):
        return None
    with suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo:
            return moment.astimezone(UTC)
    raise UnreadableError(f"the shop sent {value!r} where a date with an offset belongs")
