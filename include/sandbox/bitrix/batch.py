"""Many calls in one request: commands in turn, each able to refer to the answers before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.errors import RestError
from sandbox.bitrix.php import SUBKEY, Params, as_array, as_int, as_text, parse_str, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.bitrix.calls import Reply

LONGEST = 50
REFERENCE = re.compile(r"\$(result|error|total|next|time)((?:\[[^\[\]]*\])+)")
NOWHERE = object()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the commands so far have answered, by name, as later ones may refer to it."""

    result: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)
    total: dict[str, Any] = field(default_factory=dict)
    next: dict[str, Any] = field(default_factory=dict)
    time: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str, reply: Reply) -> None:
        """Remember the answer of a command."""
        for part, value in reply.as_dict().items():
            getattr(self, part)[name] = value

    def as_dict(self) -> dict[str, object]:
        """The answer of the batch; what nothing was said about is an empty list."""
        others = {
            f"result_{part}": as_array(getattr(self, part)) for part in ("error", "total", "next", "time")
        }
        return {"result": as_array(self.result), **others}


def run_batch(
    params: Params,
    run: Callable[[str, Params], Reply],
    refuse: Callable[[RestError], Mapping[str, object]],
) -> dict[str, object]:
    """Run the commands in their order; with `halt` up to the first that fails.

    :param run: calls a method.
    :param refuse: turns a refusal into its place in the answer.
    """
    transcript, halts = Transcript(), as_int(params.get("halt"))
    for place, (name, command) in enumerate(_commands(params.get("cmd"))):
        if halts and transcript.error:
            break
        try:
            _check_length(place)
            method, arguments = read_command(as_text(command))
            transcript.keep(name, run(method, resolved(arguments, transcript)))
        except RestError as error:
            transcript.error[name] = refuse(error)
    return transcript.as_dict()


def read_command(command: str) -> tuple[str, Params]:
    """Split a command, which is a URL: a method and a query.

    >>> read_command("sale.order.list?filter%5B%3Eid%5D=7")
    ('sale.order.list', {'filter': {'>id': '7'}})
    """
    method, _, query = command.partition("?")
    return method, parse_str(query)


def resolved(value: Any, transcript: Transcript) -> Any:  # noqa: ANN401
    """Put what references point at in their place, in keys and in values.

    A reference that is the whole of a value keeps the type of what it points at.
    """
    match value:
        case str():
            whole = REFERENCE.fullmatch(value)
            return _target(whole, transcript) if whole else _expanded(value, transcript)
        case dict():
            return {_expanded(key, transcript): resolved(inner, transcript) for key, inner in value.items()}
        case list():
            return [resolved(inner, transcript) for inner in value]
    return value


def _commands(commands: object) -> list[tuple[str, object]]:
    if isinstance(commands, dict):
        return list(commands.items())
    return [(str(place), command) for place, command in enumerate(values(commands))]


def _check_length(place: int) -> None:
    if place >= LONGEST:
        raise RestError(400, "ERROR_BATCH_LENGTH_EXCEEDED", f"A batch takes {LONGEST} commands")


def _expanded(text: str, transcript: Transcript) -> str:
    return REFERENCE.sub(lambda reference: as_text(_target(reference, transcript)), text)


def _target(reference: re.Match[str], transcript: Transcript) -> Any:  # noqa: ANN401
    """What a reference points at or, if its path breaks off, the last thing on its way."""
    node = getattr(transcript, reference[1])
    for key in SUBKEY.findall(reference[2]):
        deeper = _inside(node, key)
        if deeper is NOWHERE:
            break
        node = deeper
    return node


def _inside(node: object, key: str) -> object:
    match node:
        case dict():
            return node.get(key, NOWHERE)
        case list() if key.isdecimal() and int(key) < len(node):
            return node[int(key)]
    return NOWHERE
