"""What passes through the sandbox: counted, and let into each of the books by its gate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.books.errors import BookError
from sandbox.books.shelf import BASES
from sandbox.books.web import READS, Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.books.gate import Gate
    from sandbox.books.web import Service

PLACES = {**BASES, "bitrix": "/rest", "bitrix_oauth": "/oauth", "tokens": "/connect"}


def place_of(path: str) -> str | None:
    """Which service a path belongs to; none for the sandbox's own pages."""
    names = (name for name, base in PLACES.items() if path.startswith(f"{base}/"))
    return next(names, None)


@dataclass
class Counters:
    """How many requests came, to whom, and how they ended; those of the sandbox's own pages are not counted.

    :ivar writes: requests that may have changed something, whatever became of them.
    :ivar by_status: by HTTP status, ``dropped`` for those that got no answer.
    """

    requests: int = 0
    by_book: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "requests": self.requests,
            "by_book": dict(self.by_book),
            "writes": dict(self.writes),
            "by_status": dict(self.by_status),
        }


class CountingMiddleware:
    """Counts every request to a service and what it was answered."""

    def __init__(self, app: ASGIApp, *, counters: Counters) -> None:
        self._app = app
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it."""
        place = place_of(scope["path"]) if scope["type"] == "http" else None
        if place is None:
            await self._app(scope, receive, send)
            return
        self._count(place, scope["method"])
        status = "dropped"

        async def watch(message: Message) -> None:
            nonlocal status
            status = str(message.get("status", status))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._counters.by_status[status] += 1

    def _count(self, place: str, method: str) -> None:
        self._counters.requests += 1
        self._counters.by_book[place] += 1
        self._counters.writes[place] += method not in READS


class GateMiddleware:
    """Keeps each of the books to the limits and to the speed of its profiles."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        services: Mapping[str, Service],
        gates: Mapping[str, Gate],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._app = app
        self._services = services
        self._gates = gates
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with a 429."""
        name = place_of(scope["path"]) if scope["type"] == "http" else None
        service = self._services.get(name or "")
        if name is None or service is None:
            await self._app(scope, receive, send)
            return
        try:
            await self._pass(service, self._gates.get(name), scope, receive, send)
        except BookError as error:
            answer = service.refuse(error, Call.of(Request(scope)))
            await answer.response()(scope, receive, send)

    async def _pass(
        self, service: Service, gate: Gate | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if gate is None:
            await self._work(service, scope, receive, send)
            return
        with gate.passage() as headers:
            await self._work(service, scope, receive, _with_headers(send, headers))

    async def _work(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        if latency := float(service.book.profile("latency_s")):
            await self._sleep(latency)
        await self._app(scope, receive, send)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    more = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_more
