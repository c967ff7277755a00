"""The fields of a stored row: their names in the interface and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias, get_args, get_type_hints

from sandbox.bitrix.values import KINDS, WRITERS, Kind, flag

Columns: TypeAlias = Mapping[str, "Column"]


@dataclass(frozen=True)
class Column:
    """One field of a table.

    :ivar read: takes the value from a row.
    :ivar attribute: what the stored row calls it; empty if it is the same in every row.
    :ivar write: turns the value into JSON; `None` if it is JSON already.
    :ivar blank: what goes out where there is no value.
    """

    kind: Kind
    read: Callable[[Any], Any]
    attribute: str = ""
    write: Callable[[Any], object] | None = None
    blank: object = None

    def to_json(self, row: object) -> object:
        """The value of a row as it goes out."""
        value = self.read(row)
        if value is None:
            return self.blank
        return self.write(value) if self.write else value

    @cached_property
    def comparable(self) -> Callable[[Any], Any]:
        """Takes from a row what filters and sorting see: flags are texts, and texts have no case."""
        read = self.read
        if self.kind is Kind.FLAG:
            return lambda row: flag(read(row)).casefold()
        return (lambda row: _without_case(read(row))) if self.kind is Kind.TEXT else read


def columns_of(
    model: type,
    *,
    named: Callable[[str], str] | None = None,
    written: Mapping[str, Callable[[Any], object]] | None = None,
    blank: Collection[str] = (),
    constants: Mapping[str, object] | None = None,
) -> Columns:
    """The columns of a stored row.

    :param named: how to name an attribute in the interface, in camel case by default.
    :param written: how to write attributes whose JSON is not what their type suggests.
    :param blank: attributes that go out as an empty text where there is no value.
    :param constants: fields that the portal sends and the shop has no use for.
    """
    types, name, writers = get_type_hints(model), named or camel, written or {}
    columns = {}
    for attribute in (field.name for field in fields(model)):
        kind = _kind(types[attribute])
        writer = writers.get(attribute, WRITERS.get(kind))
        columns[name(attribute)] = Column(
            kind, attrgetter(attribute), attribute, writer, "" if attribute in blank else None
        )
    return columns | {name: _constant(value) for name, value in (constants or {}).items()}


def camel(attribute: str) -> str:
    """The name of a field in the interface.

    >>> camel("date_update"), camel("id_1c")
    ('dateUpdate', 'id1c')
    """
    first, *others = attribute.split("_")
    return first + "".join(other.capitalize() for other in others)


def to_json(row: object, columns: Columns) -> dict[str, object]:
    """These fields of a row as they go out."""
    return {name: column.to_json(row) for name, column in columns.items()}


def _without_case(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _kind(hint: object) -> Kind:
    wanted, *_ = get_args(hint) or (hint,)
    return KINDS[wanted]


def _constant(value: object) -> Column:
    return Column(KINDS.get(type(value), Kind.TEXT), lambda _: value)
