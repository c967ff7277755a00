"""How parameters go to Bitrix: in JSON as they are, in a batch as a PHP query string."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote

from bookkeeping.clients.answers import Json

Params: TypeAlias = Mapping[str, Json]


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 with its offset, to the second."""
    return moment.isoformat(timespec="seconds")


def to_wire(value: Json, write: Callable[[datetime], str] = iso) -> Json:
    """Turn dates and moments into text, inside any structure.

    :param write: writes moments; some portals do not understand ISO 8601 in a filter.
    :raises ValueError: a moment without an offset, which the server would read in a zone of its own.
    """
    if isinstance(value, Mapping):
        return {name: to_wire(inner, write) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(inner, write) for inner in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset")
        return write(value)
    return value.isoformat() if isinstance(value, date) else value


def to_query(params: Params) -> str:
    """Encode parameters as PHP reads them, once, which is what a batch in a JSON body wants.

    >>> to_query({"filter": {">id": 5}, "select": ["id", "sum"], "start": -1})
    'filter%5B%3Eid%5D=5&select%5B0%5D=id&select%5B1%5D=sum&start=-1'
    """
    pairs = to_pairs(to_wire(params))
    return "&".join(f"{quote(key, safe='')}={quote(text, safe='')}" for key, text in pairs)


def to_pairs(params: Params) -> Iterator[tuple[str, str]]:
    """Name each value as PHP does in a form: ``filter[>id]``, ``select[0]``."""
    return _pairs("", params)


def _pairs(key: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _pairs(f"{key}[{name}]" if key else str(name), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _pairs(key, dict(enumerate(value)))
    else:
        yield key, _text(key, value)


def _text(key: str, value: Json) -> str:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{key}: {value!r} has no safe form in a query; leave the key out or send a text")
