"""Portals on a loopback port for the tests that call them over real HTTP."""

import asyncio
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from itertools import count

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.bitrix import BitrixCounters, BitrixOAuth, PortalSettings, bitrix_routes
from sandbox.shop import Shop, build_shop

WEBHOOK = ("1", "k7s2v0h3n9q4")
APP = BitrixOAuth("local.app", "s3cret", "first-refresh")
NOON = datetime(2026, 10, 12, 9, tzinfo=UTC).timestamp()


@dataclass
class Portal:
    """One portal at an address of its own, with a clock that only tests move."""

    url: str
    shop: Shop
    http: requests.Session
    settings: PortalSettings = field(default_factory=PortalSettings)
    counters: BitrixCounters = field(default_factory=BitrixCounters)
    now: float = NOON

    def clock(self):
        return self.now

    def address(self, method):
        return f"{self.url}/rest/{'/'.join(WEBHOOK)}/{method}"

    def post(self, method, **params):
        return self.http.post(self.address(method), json=params, timeout=5)

    def call(self, method, **params):
        answer = self.post(method, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, method, **params):
        return self.call(method, **params)["result"]

    def orders(self, **params):
        return [row["id"] for row in self.result("sale.order.list", **{"start": -1, **params})["orders"]]

    def rows(self, method, wrapper, **params):
        return self.result(method, **{"start": -1, **params})[wrapper]

    def batch(self, commands, **params):
        return self.result("batch", cmd=commands, **params)

    @property
    def ids(self):
        return list(self.shop.orders)

    def refusal(self, method, **params):
        answer = self.post(method, **params)
        return answer.status_code, answer.json()["error"]

    def tokens(self, **params):
        whole = {"grant_type": "refresh_token", **asdict(APP)}
        return self.http.get(f"{self.url}/oauth/token/", params=whole | params, timeout=5)


@pytest.fixture(scope="session")
def server():
    """An application on a free port, to which portals can be added while it runs."""
    app = Starlette()
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off", loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield app, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="session")
def open_portal(server, http):
    app, root = server
    names = count()

    def open_portal(limit=None, shop=None, sleep=asyncio.sleep):
        shop = shop or build_shop(seed=7, first_day=date(2026, 10, 1), days=4, orders_per_day=45)
        portal = Portal(f"{root}/{next(names)}", shop, http)
        routes = bitrix_routes(
            shop,
            clock=portal.clock,
            webhook=WEBHOOK,
            oauth=APP,
            limit=limit,
            counters=portal.counters,
            settings=portal.settings,
            sleep=sleep,
        )
        app.router.routes.append(Mount(portal.url.removeprefix(root), routes=routes))
        return portal

    return open_portal


@pytest.fixture(scope="session")
def portal(open_portal):
    """A portal that no test may change."""
    return open_portal()
