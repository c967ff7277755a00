"""What PHP makes of a request: nested keys, arrays that are also lists, and numbers read from any text."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Params: TypeAlias = dict[str, Any]

SUBKEY = re.compile(r"\[([^\]]*)\]")
LEADING_NUMBER = re.compile(r"\s*([+-]?\d{1,18})")


def parse_str(text: str) -> Params:
    """Read a query string or a form, where ``filter[@id][0]=7`` is an array in an array.

    >>> parse_str("filter%5B%3Eid%5D=7&select[]=id&select[]=price")
    {'filter': {'>id': '7'}, 'select': ['id', 'price']}
    """
    return nested(parse_qsl(text, keep_blank_values=True))


def nested(pairs: Iterable[tuple[str, str]]) -> Params:
    """Lay flat pairs out as the arrays that their keys describe."""
    params: Params = {}
    for key, value in pairs:
        _store(params, _path(key), value)
    return {name: _lists_inside(value) for name, value in params.items()}


def parse_json(body: bytes) -> Params:
    """Read a JSON body; one that cannot be read has no parameters, and is no error."""
    try:
        params = json.loads(body)
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}


def as_array(items: Mapping[str, object]) -> Mapping[str, object] | list[object]:
    """What an array becomes in JSON: a list if its keys count from nought, or if it is empty.

    >>> as_array({}), as_array({"0": "a", "1": "b"}), as_array({"o0": "a"})
    ([], ['a', 'b'], {'o0': 'a'})
    """
    return list(items.values()) if list(items) == [str(place) for place in range(len(items))] else items


def as_int(value: object) -> int:
    """What ``(int)`` makes of a value: any array that is not empty is 1.

    >>> as_int("12 chairs"), as_int([1042, 1043]), as_int("chairs")
    (12, 1, 0)
    """
    match value:
        case float():
            return int(value) if isfinite(value) else 0
        case int():
            return int(value)
        case str():
            number = LEADING_NUMBER.match(value)
            return int(number[1]) if number else 0
    return int(bool(value))


def as_text(value: object) -> str:
    """What a value becomes inside a text."""
    match value:
        case bool():
            return "1" if value else ""
        case None:
            return ""
        case list() | dict():
            return "Array"
    return str(value)


def values(array: object) -> list[Any]:
    """The values of an array, whichever way it came; anything else has none."""
    match array:
        case dict():
            return list(array.values())
        case list():
            return array
    return []


def _path(key: str) -> list[str]:
    name, bracket, rest = key.partition("[")
    subkeys = SUBKEY.findall(bracket + rest)
    return [name, *subkeys] if subkeys else [key.replace("[", "_")]


def _store(array: Params, path: list[str], value: str) -> None:
    key, *deeper = path
    key = key or str(len(array))
    if not deeper:
        array[key] = value
        return
    if not isinstance(array.get(key), dict):
        array[key] = {}
    _store(array[key], deeper, value)


def _lists_inside(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return as_array({key: _lists_inside(inner) for key, inner in value.items()})
