"""A file of settings: read strictly, its mistakes told in words that a person can act on."""

import inspect
from collections.abc import Hashable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bookkeeping.errors import MisconfiguredError

Loc = tuple[int | str, ...]

_NAME_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}
_NOT_YAML = "cannot be understood as YAML"


def read_yaml(path: Path) -> object:
    """Return what the file holds, dates as text; one that cannot be read says where and why."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise MisconfiguredError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MisconfiguredError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MisconfiguredError(f"{path}, line {line}: {_NOT_YAML}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise MisconfiguredError(f"{path}: {_NOT_YAML}: {error}") from error


def mistakes(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Loc, str]]:
    """Yield where each mistake is, what is wrong there, and what the model allows instead."""
    for detail in error.errors(include_url=False):
        if not _is_consequence(detail):
            yield detail["loc"], _problem(detail, _model_at(model, detail["loc"]))


def dotted(loc: Loc) -> str:
    """Write a place as people do, counting from one.

    >>> dotted(("vat", 1, "mode"))
    'vat[2].mode'
    """
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


def nearest(word: str, known: list[str]) -> str:
    """Suggest the known word that was probably meant, or nothing.

    >>> nearest("sit", ["conn_id", "site"])
    'did you mean site?'
    """
    return "".join(f"did you mean {close}?" for close in get_close_matches(word, known, n=1))


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a field twice in a group is a mistake, a date stays what was written."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """Build a group after looking that each of its fields is text and stands there once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag not in _NAME_TAGS:
                raise _at(key, "the name of a field must be text")
            if key.value in seen:
                raise _at(key, f'"{key.value}" is given twice')
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _at(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _is_consequence(detail: ErrorDetails) -> bool:
    """Tell what only follows from another mistake: a list that is short of the items that were refused."""
    kind = detail["type"]
    return kind == "default_factory_not_called" or (kind == "too_short" and bool(detail["input"]))


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> str:
    name, value = _field_name(detail["loc"]), detail["input"]
    match detail["type"]:
        case "value_error":
            return str(detail["ctx"]["error"])
        case "extra_forbidden":
            hint = nearest(name, list(_fields(model))) or f"use one of {_names(model)}"
            return f"is not a known field; {hint}"
        case "missing":
            return f"is missing; use {_allowed(detail, model)}"
        case "string_type" if isinstance(value, int | float):
            return f"is read as {_shown(value)}, not as text; put it in quotes"
    problem = f"{_shown(value)} is not allowed" if value not in ("", None, [], {}) else "is empty"
    return f"{problem}; use {_allowed(detail, model)}"


def _allowed(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Ask the field's description first, then pydantic, then the group that should stand there."""
    field = _fields(model).get(_field_name(detail["loc"]))
    group = _inner_model(field.annotation) if field else model
    if field and field.description and not (group and _is_item(detail["loc"])):
        return field.description
    if expected := detail.get("ctx", {}).get("expected"):
        return str(expected).replace("'", "")
    return f"a group with {_names(group or model)}"


def _is_item(loc: Loc) -> bool:
    return isinstance(loc[-1], int)


def _names(model: type[BaseModel]) -> str:
    return ", ".join(_fields(model))


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "a list"
        case dict():
            return "a group of fields"
    return str(value)


def _field_name(loc: Loc) -> str:
    return next((step for step in reversed(loc) if isinstance(step, str)), "")


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """Follow the names on the way to a place; the last one is a field of the model that is meant."""
    names = [step for step in loc if isinstance(step, str)]
    for name in names[:-1]:
        model = _inner_model(_fields(model)[name].annotation) or model
    return model


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner_model, get_args(annotation))), None)
