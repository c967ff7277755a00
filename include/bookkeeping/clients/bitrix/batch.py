"""What goes into a batch of Bitrix and what comes out of it: an answer, or a reason, for every command."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bookkeeping.clients.answers import Json, codes_of
from bookkeeping.clients.bitrix.errors import INSIDE_BATCH, OBJECT_IS_GONE, OUT_OF_TIME, refusal
from bookkeeping.clients.bitrix.wire import Params, to_query
from bookkeeping.errors import SyncError, TransientError

Command: TypeAlias = tuple[str, Params]

COMMANDS = 50


@dataclass
class Outcome:
    """How the commands of one batch ended.

    :ivar answers: results by the caller's names; None for an object that does not exist.
    :ivar refused: the errors of commands that were refused for good, by the caller's names.
    :ivar put_off: the reasons for which the portal put the other commands off.
    :ivar silent: the methods of commands that have neither a result nor an error.
    :ivar exhausted: the methods that used up their time.
    :ivar times: what calls cost, each with its method, in the order of the commands.
    """

    answers: dict[str, Json] = field(default_factory=dict)
    refused: dict[str, SyncError] = field(default_factory=dict)
    put_off: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    exhausted: set[str] = field(default_factory=set)
    times: list[tuple[str, Json]] = field(default_factory=list)


def to_batch(commands: Mapping[str, Command]) -> Params:
    """Return the parameters of a batch; its own names keep PHP from answering with bare lists."""
    texts = (f"{method}?{to_query(params)}" for method, params in commands.values())
    return {"halt": 0, "cmd": {alias(position): text for position, text in enumerate(texts)}}


def to_outcome(commands: Mapping[str, Command], result: Json, hidden: Iterable[str]) -> Outcome:
    """Read the answer to a batch of these commands."""
    outcome = Outcome()
    results, errors, times = (_object(result, part) for part in ("result", "result_error", "result_time"))
    for position, (name, (method, _)) in enumerate(commands.items()):
        own = alias(position)
        outcome.times.append((method, times.get(own)))
        if own in errors:
            _note_error(outcome, name, method, errors[own], hidden)
        elif own in results:
            outcome.answers[name] = results[own]
        else:
            outcome.silent.append(method)
    return outcome


def alias(position: int) -> str:
    """Return what a command is called on the wire, by its place in the batch."""
    return f"c{position}"


def _object(result: Json, part: str) -> dict[str, Json]:
    """Return a part of the answer; PHP sends an empty object as an empty list."""
    found = result.get(part) if isinstance(result, dict) else None
    return found if isinstance(found, dict) else {}


def _note_error(outcome: Outcome, name: str, method: str, body: Json, hidden: Iterable[str]) -> None:
    codes = set(codes_of(body))
    if codes & OBJECT_IS_GONE:
        outcome.answers[name] = None
        return
    error = refusal(method, body, INSIDE_BATCH, hidden)
    if not isinstance(error, TransientError):
        outcome.refused[name] = error
        return
    outcome.put_off.append(str(error))
    if OUT_OF_TIME in codes:
        outcome.exhausted.add(method)
