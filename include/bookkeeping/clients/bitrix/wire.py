"""How parameters go to Bitrix: in JSON as they are, in a batch as a PHP query string."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote

from bookkeeping.clients.answers import Json

Params: TypeAlias = Mapping[str, Json]


def to_wire(value: Json) -> Json:
    """Turn moments into ISO 8601 with an offset and seconds, inside any structure.

    :raises ValueError: a moment without an offset, which the server would read in a zone of its own.
    """
    if isinstance(value, Mapping):
        return {name: to_wire(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(inner) for inner in value]
    return _moment(value) if isinstance(value, date) else value


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return value.isoformat(timespec="seconds")


def to_query(params: Params) -> str:
    """Encode parameters as PHP reads them, once, which is what a batch in a JSON body wants.

    >>> to_query({"filter": {">id": 5}, "select": ["id", "sum"], "start": -1})
    'filter%5B%3Eid%5D=5&select%5B0%5D=id&select%5B1%5D=sum&start=-1'
    """
    pairs = _pairs("", to_wire(params))
    return "&".join(f"{quote(key, safe='')}={quote(text, safe='')}" for key, text in pairs)


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
