"""A network without wires: requests reach the sandbox in the same process, unless the weather stops them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from bookkeeping.clients.masking import mask
from bookkeeping.clients.transport import open_session

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, MutableMapping

    from starlette.applications import Starlette

    from simulator.stage import Stage
    from simulator.weather import Weather

log = logging.getLogger(__name__)

ORIGIN = "http://sandbox"


@dataclass
class Reply:
    """What came back over the wire; a status of 0 if nothing did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def take(self, message: MutableMapping[str, Any]) -> None:
        """Take a message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")


@dataclass(frozen=True)
class Wire:
    """The sandbox's application, to be asked without a socket."""

    app: Starlette
    loop: asyncio.AbstractEventLoop

    def ask(self, request: requests.PreparedRequest, body: bytes) -> Reply:
        """Hand over a request.

        :raises ConnectionResetError: the other side hung up.
        """
        reply, messages = Reply(), [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        self.loop.run_until_complete(self.app(_scope(request), receive, reply.take))
        return reply


class Network(BaseAdapter):
    """How `requests` reaches the sandbox: at once, or as the weather of this history allows."""

    def __init__(self, wire: Wire, weather: Weather, stage: Stage) -> None:
        super().__init__()
        self._wire, self._weather, self._stage = wire, weather, stage

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 part of BaseAdapter
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: Any = None,  # noqa: ARG002, ANN401
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Send a request and return what comes back.

        :raises requests.RequestException: as a real network would.
        """
        self._stage.point()
        path = urlsplit(request.url or "").path
        fault = self._weather.strike(request.method or "", path)
        log.debug("%s  %s %s  %s", self._stage.now().time(), request.method, mask(path), fault or "")
        if fault == "refused":
            raise requests.ConnectionError(ConnectionRefusedError("the sandbox refused"))
        body = _taken(request)
        if fault == "late":
            self._stage.begin(lambda: self._land(request, body), self._weather.lateness())
            return self._silence(timeout)
        reply = self._ask(request, body)
        self._stage.point()
        return _response(request, reply) if reply.status else self._silence(timeout)

    def close(self) -> None:
        """There is nothing to close."""

    def _ask(self, request: requests.PreparedRequest, body: bytes) -> Reply:
        try:
            return self._wire.ask(request, body)
        except ConnectionResetError as error:
            self._stage.point()
            raise requests.ConnectionError(urllib3.exceptions.ProtocolError("aborted", error)) from error

    def _land(self, request: requests.PreparedRequest, body: bytes) -> None:
        self._weather.clear_for_one()
        self._wire.ask(request, body)

    def _silence(self, timeout: float | tuple[float, float] | tuple[float, None] | None) -> requests.Response:
        seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        self._stage.sleep(seconds or 0)
        self._stage.point()
        raise requests.ReadTimeout("no answer")


def open_network(wire: Wire, weather: Weather, stage: Stage) -> requests.Session:
    """Return a session like any other, whose requests stay in this process."""
    session = open_session()
    session.trust_env = False
    session.mount(ORIGIN, Network(wire, weather, stage))
    return session


def _taken(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body or b""
    content = body.read() if hasattr(body, "read") else body
    return content.encode() if isinstance(content, str) else content


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
    address = urlsplit(request.url or "")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(address.path),
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "server": ("sandbox", 80),
        "client": ("simulator", 1),
        "headers": [(name.lower().encode(), _bytes(value)) for name, value in request.headers.items()],
        "state": {},
    }


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response._content = reply.body  # noqa: SLF001 what an adapter is for
    response.request, response.url = request, request.url or ""
    return response
