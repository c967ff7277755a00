"""A whole sandbox in one ASGI application, and a server for it."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.bitrix import BitrixCounters, BitrixOAuth, PortalSettings, bitrix_routes
from sandbox.books import page
from sandbox.books.admin import Admin
from sandbox.books.errors import BookError
from sandbox.books.gate import Gate
from sandbox.books.settings import Credentials, Seller, Settings
from sandbox.books.shelf import BASES, Shelf
from sandbox.books.traffic import Counters, CountingMiddleware, GateMiddleware, place_of
from sandbox.books.web import Call, retry_after
from sandbox.faults import DroppableProtocol, FaultMiddleware, FaultSwitch
from sandbox.profiles import Profiles
from sandbox.shop import build_shop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import date

    from starlette.types import Scope

    from sandbox.shop import Shop

__all__ = ["Credentials", "Sandbox", "Seller", "Settings", "create_app", "create_server", "serving"]

# What a fault says for itself where no book does: by status, the code of Bitrix and of the token endpoint.
BITRIX_CODES = {401: "expired_token", 429: "OPERATION_TIME_LIMIT", 500: "INTERNAL_SERVER_ERROR"}
CODES = {429: "rate_limited", 500: "internal", 503: "unavailable"}


class Sandbox:
    """The parts of one sandbox, in reach of a test: ``app.state.sandbox``."""

    def __init__(self, settings: Settings, clock: Callable[[], float], shop: Shop | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.profiles = Profiles(settings.profiles)
        self.shelf = Shelf(settings, self.profiles, clock)
        self.gates = {name: Gate(book) for name, book in self.shelf.books.items()} if settings.limits else {}
        self.faults = FaultSwitch()
        for rule in settings.faults:
            self.faults.add(rule)
        self.traffic = Counters()
        self.portal = PortalSettings() if settings.limits else PortalSettings(operating_limit=math.inf)
        self.portal_counters = BitrixCounters()
        self.shop = shop or build_shop(
            seed=settings.seed,
            first_day=settings.first_day,
            days=settings.days,
            orders_per_day=settings.orders_per_day,
            timezone=settings.seller.time_zone,
        )

    def counters(self) -> dict[str, Any]:
        """What was asked of the whole sandbox so far."""
        refused = {name: gate.refused for name, gate in self.gates.items()}
        return self.traffic.as_dict() | {"over_limit": refused, "bitrix": self.portal_counters.as_dict()}

    def refusal(self, scope: Scope, status: int, wait: float | None) -> Response:
        """A refusal in the words of the service that *scope* asks."""
        place = place_of(scope["path"]) or ""
        if place not in self.shelf.services:
            code = BITRIX_CODES.get(status, "QUERY_LIMIT_EXCEEDED") if place == "bitrix" else CODES[status]
            return JSONResponse({"error": code, "error_description": code}, status)
        service = self.shelf.services[place]
        wait = 1.0 if wait is None and CODES[status] == "rate_limited" else wait
        headers = {} if wait is None else retry_after(service.book, wait)
        error = BookError(status, CODES[status], headers=headers)
        return service.refuse(error, Call.of(Request(scope))).response()

    def expire_token(self, scope: Scope) -> Response | None:
        """End the life of the request's token; Bitrix, whose tokens are its own, is answered for."""
        if place_of(scope["path"]) == "bitrix":
            return self.refusal(scope, 401, None)
        self.shelf.tokens.expire(Request(scope).headers.get("authorization", ""))
        return None

    def close_period(self, day: date) -> None:
        """Let Kontur.Accounting's closed period end with *day*."""
        self.profiles.update({"kontur.closed_through": day.isoformat()})


def create_app(
    settings: Settings,
    *,
    shop: Shop | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Starlette:
    """Serve a shop and all the books on one origin, at the vendors' own paths.

    :param shop: the shop to serve, if it is not the one that the settings describe.
    :param clock: epoch seconds; the whole sandbox lives by it.
    :param sleep: how slow answers wait.
    :raises ValueError: for a profile, a fault or a state file that is no good.
    """
    sandbox = Sandbox(settings, clock, shop)
    shelf = sandbox.shelf
    middleware = [
        Middleware(CountingMiddleware, counters=sandbox.traffic),
        Middleware(GateMiddleware, services=shelf.services, gates=sandbox.gates, sleep=sleep),
        Middleware(FaultMiddleware, switch=sandbox.faults, world=sandbox, sleep=sleep),
    ]
    app = Starlette(routes=_routes(sandbox, sleep), middleware=middleware)
    app.state.sandbox = sandbox
    return app


def create_server(app: Starlette) -> uvicorn.Server:
    """A quiet server whose connections faults can drop, and which does not wait for those kept silent."""
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )
    return uvicorn.Server(config)


@contextmanager
def serving(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve *app* from a thread of its own, and give its origin; a port of 0 is any free one."""
    with socket.create_server((host, port)) as listener:
        server = create_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield origin_of(listener)
        finally:
            server.should_exit = True
            thread.join()


def origin_of(listener: socket.socket) -> str:
    """The address under which a browser finds the server behind this socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _routes(sandbox: Sandbox, sleep: Callable[[float], Awaitable[None]]) -> list[BaseRoute]:
    shelf, keys = sandbox.shelf, sandbox.settings.credentials

    async def show_page(request: Request) -> HTMLResponse:
        origin = str(request.base_url).rstrip("/")
        state = {**shelf.state(), "counters": sandbox.counters()}
        return HTMLResponse(page.render(origin, keys, state, sandbox.profiles.as_dict()))

    async def give_token(request: Request) -> Response:
        return shelf.tokens.answer(Call.of(request, await request.body())).response()

    admin = Admin(shelf, sandbox.profiles, sandbox.faults, sandbox.counters)
    return [
        Route("/", show_page),
        Route("/connect/token", give_token, methods=["POST"]),
        *admin.routes(),
        *_bitrix(sandbox, sleep),
        *(Mount(BASES[name], service.app()) for name, service in shelf.services.items()),
    ]


def _bitrix(sandbox: Sandbox, sleep: Callable[[float], Awaitable[None]]) -> list[BaseRoute]:
    settings, keys = sandbox.settings, sandbox.settings.credentials
    return bitrix_routes(
        sandbox.shop,
        clock=sandbox.clock,
        webhook=(keys.bitrix_user, keys.bitrix_webhook),
        oauth=BitrixOAuth(keys.bitrix_client_id, keys.bitrix_client_secret, keys.bitrix_refresh_token),
        limit=(settings.bitrix_rate, settings.bitrix_burst) if settings.limits else None,
        counters=sandbox.portal_counters,
        settings=sandbox.portal,
        sleep=sleep,
    )
