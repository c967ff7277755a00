"""The fault switch: rules that break chosen requests in the ways in which networks and servers do."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

import simplejson
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt, PrivateAttr
from pydantic import ValidationError as InvalidError
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Fault: TypeAlias = Literal[
    "429",
    "500",
    "503",
    "500_after",
    "timeout_before",
    "timeout_after",
    "drop_before",
    "reset_after",
    "slow",
    "truncate_body",
    "no_id",
    "html",
    "empty",
    "expire_token",
    "close_period",
]
FAULTS: tuple[str, ...] = get_args(Fault)

# Paths on which a sandbox is steered, and which therefore never break.
STEERING = ("/_sandbox", "/_admin")

TRANSPORT = "sandbox.transport"

A_LONG_TIME = 3600.0
RESET_AT_ONCE = struct.pack("ii", 1, 0)
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class FaultError(ValueError):
    """A rule that cannot be."""


class Rule(BaseModel):
    """Which requests break, how, and how often.

    :ivar method: of the request; ``*`` for any.
    :ivar path: a pattern of `fnmatch` for the path without its query.
    :ivar after: so many matching requests pass unharmed first.
    :ivar times: so many break after that; null for all.
    :ivar seconds: how long `slow` sleeps and a timeout is silent, and what `429` and `503` ask to wait.
    :ivar date: the last day that `close_period` closes.
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    fault: Fault
    method: str = "*"
    path: str = "*"
    times: PositiveInt | None = 1
    after: NonNegativeInt = 0
    seconds: NonNegativeFloat | None = None
    date: dt.date | None = None

    _seen: int = PrivateAttr(default=0)
    _fired: int = PrivateAttr(default=0)

    def meets(self, method: str, path: str) -> bool:
        """Count a request that matches, and say whether it is one to break."""
        if self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        self._seen += 1
        return self._seen > self.after and (self.times is None or self._fired < self.times)

    def fire(self) -> None:
        """Count a request that was broken."""
        self._fired += 1

    def as_dict(self) -> dict[str, Any]:
        """The rule as JSON, with how many requests matched and how many were broken."""
        return self.model_dump(mode="json") | {"seen": self._seen, "fired": self._fired}


class FaultSwitch:
    """The rules in the order in which they came; of those that match, the first that is due fires."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, body: object) -> Rule:
        """Take a rule from its JSON.

        :raises FaultError: with a line that says what is wrong with it.
        """
        try:
            rule = Rule.model_validate(body)
        except InvalidError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"]) or "rule"
            raise FaultError(f"{place}: {problem['msg']}") from error
        if rule.fault == "close_period" and rule.date is None:
            raise FaultError("date: close_period needs the last closed day")
        self._rules.append(rule)
        return rule

    def pick(self, method: str, path: str) -> Rule | None:
        """The rule that breaks this request, if one does; every rule that matches counts it."""
        if path == "/" or path.startswith(STEERING):
            return None
        due = [rule for rule in self._rules if rule.meets(method, path)]
        for rule in due[:1]:
            rule.fire()
        return due[0] if due else None

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """The rules as JSON."""
        return [rule.as_dict() for rule in self._rules]


class World(Protocol):
    """What a fault can do to the services behind it."""

    def refusal(self, scope: Scope, status: int, wait: float | None) -> Response:
        """A refusal in the words of the service that *scope* asks."""

    def expire_token(self, scope: Scope) -> Response | None:
        """End the life of the request's token; an answer, if the service cannot be made to notice."""

    def close_period(self, day: dt.date) -> None:
        """Let the closed period end with *day*."""


@dataclass(frozen=True)
class Exchange:
    """One request on its way in and its answer on its way out."""

    scope: Scope
    receive: Receive
    send: Send

    async def say(self, response: Response) -> None:
        """Answer."""
        await response(self.scope, self.receive, self.send)

    async def until_gone(self) -> None:
        """Wait until the caller hangs up."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def keep_silent(self, seconds: float) -> None:
        """Say nothing until the caller goes or the time is over, then hang up."""
        try:
            async with asyncio.timeout(seconds):
                await self.until_gone()
        except TimeoutError:
            await self.hang_up()

    async def hang_up(self, *, reset: bool = False) -> None:
        """Drop the connection without an answer.

        :raises ConnectionResetError: where there is no connection, as in a test without a network.
        """
        transport: asyncio.Transport | None = self.scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise ConnectionResetError("the sandbox hung up")
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        transport.abort()
        await self.until_gone()


@dataclass
class Captured:
    """An answer that was caught on its way out."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Stand where the way out was."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")

    def with_body(self, body: bytes, media_type: str | None = None) -> Response:
        """The same answer with another body, its length in order."""
        headers = {name: value for name, value in self.headers.items() if name != "content-length"}
        return Response(body, self.status, headers | ({"content-type": media_type} if media_type else {}))


class FaultMiddleware:
    """Breaks the requests that the switch picks; the others pass untouched."""

    def __init__(self, app: ASGIApp, *, switch: FaultSwitch, world: World, sleep: Sleep) -> None:
        self._app = app
        self._switch = switch
        self._world = world
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Break the request or pass it on."""
        rule = self._switch.pick(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if rule is None:
            await self._app(scope, receive, send)
        else:
            await self._break(rule, Exchange(scope, receive, send))

    async def _break(self, rule: Rule, exchange: Exchange) -> None:
        if rule.fault.isdecimal() or rule.fault.endswith("_before"):
            await self._instead(rule, exchange)
        elif rule.fault in ("slow", "expire_token", "close_period"):
            await self._first(rule, exchange)
        else:
            answer = Captured()
            await self._app(exchange.scope, exchange.receive, answer.take)
            await self._afterwards(rule, exchange, answer)

    async def _instead(self, rule: Rule, exchange: Exchange) -> None:
        match rule.fault:
            case "timeout_before":
                await exchange.keep_silent(_silence(rule))
            case "drop_before":
                await exchange.hang_up()
            case status:
                await exchange.say(self._world.refusal(exchange.scope, int(status), rule.seconds))

    async def _first(self, rule: Rule, exchange: Exchange) -> None:
        answer = None
        if rule.fault == "slow":
            await self._sleep(1.0 if rule.seconds is None else rule.seconds)
        elif rule.fault == "expire_token":
            answer = self._world.expire_token(exchange.scope)
        elif rule.date is not None:
            self._world.close_period(rule.date)
        await (exchange.say(answer) if answer else self._app(exchange.scope, exchange.receive, exchange.send))

    async def _afterwards(self, rule: Rule, exchange: Exchange, answer: Captured) -> None:
        match rule.fault:
            case "timeout_after":
                await exchange.keep_silent(_silence(rule))
            case "reset_after":
                await exchange.hang_up(reset=True)
            case "500_after":
                await exchange.say(self._world.refusal(exchange.scope, 500, rule.seconds))
            case _:
                await exchange.say(_spoiled(rule, answer))


class DroppableProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, with the connection in reach of a fault that wants to drop it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Show the connection to every request that comes over it."""
        super().connection_made(transport)
        self.app_state = self.app_state | {TRANSPORT: transport}


def _silence(rule: Rule) -> float:
    return A_LONG_TIME if rule.seconds is None else rule.seconds


def _spoiled(rule: Rule, answer: Captured) -> Response:
    match rule.fault:
        case "truncate_body":
            return answer.with_body(answer.body[: len(answer.body) // 2])
        case "html":
            return answer.with_body(PAGE, "text/html")
        case "empty":
            return answer.with_body(b"")
    return answer.with_body(_without_id(answer.body))


def _without_id(body: bytes) -> bytes:
    try:
        answer = simplejson.loads(body, use_decimal=True)
    except ValueError:
        return body
    if isinstance(answer, dict):
        answer.pop("id", None)
    return simplejson.dumps(answer, use_decimal=True, ensure_ascii=False).encode()
