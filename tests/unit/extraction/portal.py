"""A portal in this process: whole requests reach its application, and a test may stand in their way."""

import asyncio
import json
from dataclasses import dataclass, field

import requests
import simplejson
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

    def send(self, request, **_):
        self.before()
        reply = self.wire.ask(request, request.body.read())
        body = reply.body
        if request.url.endswith("/batch"):
            self.batches += 1
            body = json.dumps(self.change(json.loads(body))).encode()
        response = requests.Response()
        response.status_code, response._content = reply.status, body
        response.headers.update(reply.headers)
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


@dataclass
class Office:
    """A shop behind its portal, and a client of it."""

    shop: object
    clock: object
    sleeps: list = field(default_factory=list)

    def __post_init__(self):
        app = create_app(
            Settings(limits=False, days=1, orders_per_day=1), shop=self.shop, clock=self.clock, sleep=_at_once
        )
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
            sleep=self.sleeps.append,
        )
        return BitrixClient(http, **settings)

    def close(self):
        self.loop.close()


async def _at_once(_seconds):
    pass


def plain(value):
    """Return JSON with decimals as they were sent."""
    return simplejson.loads(simplejson.dumps(value, use_decimal=True))
