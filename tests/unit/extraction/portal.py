"""A portal in this process: whole requests reach its application, and a test may stand in their way."""

import asyncio
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import requests
from requests.adapters import BaseAdapter

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned, open_session
from sandbox.app import Settings, create_app
from simulator.network import ORIGIN, Wire

KEYS = Settings().credentials


@dataclass
class InProcess(BaseAdapter):
    """Hands requests to the application.

    :ivar before: called before each request.
    :ivar change: takes what a batch was answered, a command a place, and returns what arrives.
    """

    wire: Wire
    before: object = lambda: None
    change: object = lambda body: body
    batches: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request, **_):
        self.before()
        with self.turn:
            reply = self.wire.ask(request, request.body.read())
        body = reply.body
        if request.url.endswith("/batch"):
            self.batches += 1
            with suppress(json.JSONDecodeError):  # an answer that is none stays as it is
                body = json.dumps(self.change(json.loads(body))).encode()
        response = requests.Response()
        response.status_code, response._content = reply.status, body
        response.headers.update(reply.headers)
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


class Clock:
    """Time that passes where somebody waits, and with every request."""

    def __init__(self):
        self.now = 1_790_000_000.0
        self.slept = []

    def __call__(self):
        self.now += 0.001
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Office:
    """A shop behind its portal, and a client of it.

    :ivar settings: the sandbox's, beside the shop.
    """

    shop: object
    clock: object = field(default_factory=Clock)
    settings: dict = field(default_factory=dict)
    sleeps: list = field(default_factory=list)

    def __post_init__(self):
        settings = Settings(**{"limits": False, "days": 1, "orders_per_day": 1, **self.settings})
        app = create_app(settings, shop=self.shop, clock=self.clock, sleep=_at_once)
        self.sandbox = app.state.sandbox
        self.loop = asyncio.new_event_loop()
        self.network = InProcess(Wire(app, self.loop))

    def client(self, **settings):
        session = open_session()
        session.trust_env = False
        session.mount(ORIGIN, self.network)
        http = Transport(
            f"{ORIGIN}/rest/{KEYS.bitrix_user}/{KEYS.bitrix_webhook}",
            auth=Unsigned((KEYS.bitrix_webhook,)),
            session=session,
            clock=self.clock,
            sleep=getattr(self.clock, "sleep", self.sleeps.append),
        )
        return BitrixClient(http, **settings)

    def close(self):
        self.loop.close()


async def _at_once(_seconds):
    pass
