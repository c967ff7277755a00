"""One history's world: a small shop, a company with its books, and the roads between them."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from bookkeeping.clients.auth import ApiKey, ClientCredentials
from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.elba import ElbaOauthClient, ElbaPublicClient
from bookkeeping.clients.kontur import KonturClient
from bookkeeping.clients.transport import Transport, Unsigned
from sandbox.app import Settings, create_app
from simulator.clerk import Clerk, Deeds
from simulator.network import ORIGIN, Wire, open_network
from simulator.stage import Stage
from simulator.variants import FIRST_DAY, SHOP_DAYS, Variant
from simulator.weather import Weather

if TYPE_CHECKING:
    import asyncio

    from bookkeeping.clients.transport import Auth
    from bookkeeping.domain import AccountingBackend
    from sandbox.app import Sandbox
    from sandbox.books.book import Book

START = datetime(2026, 10, 10, 1, tzinfo=UTC)

NOTE = "позвонить до шести"
"""What somebody wrote into every order's comments before we came."""


class World:
    """The sandbox in its own time, and a fresh client for every task, as in real life.

    :ivar weather: what the roads to the sandbox are like.
    :ivar clerk: who changes orders in the shop.
    """

    def __init__(self, variant: Variant, shop: int, stage: Stage, loop: asyncio.AbstractEventLoop) -> None:
        self.variant, self.stage, self.shop_seed, self._loop = variant, stage, shop, loop
        settings = Settings(
            seed=shop,
            first_day=FIRST_DAY,
            days=SHOP_DAYS,
            orders_per_day=3,
            limits=False,
            profiles=variant.profiles,
        )
        app = create_app(settings, clock=stage.time, sleep=_no_time)
        self.sandbox: Sandbox = app.state.sandbox
        self.clerk = Clerk(self.sandbox.shop)
        self.weather = Weather(stage.chance, self.sandbox.faults, shop_is_written=variant.write_back)
        for order in self.sandbox.shop.orders.values() if variant.write_back else ():
            order.comments = NOTE
        self._wire = Wire(app, loop)
        self._keys = settings.credentials

    @property
    def book(self) -> Book:
        """What the company's books really hold."""
        return self.sandbox.shelf.books[self.variant.system]

    @property
    def comments(self) -> dict[str, str]:
        """What stands in the comments of orders, by order."""
        return {str(id_): order.comments for id_, order in self.sandbox.shop.orders.items() if order.comments}

    def apart(self, deeds: Deeds) -> World:
        """Return the same shop in fine weather and in a time of its own, after some deeds."""
        world = World(self.variant, self.shop_seed, Stage(Random(0), START), self._loop)
        for order_id, deed in sorted(deeds):
            world.clerk.do(order_id, deed)
        return world

    def shop(self) -> BitrixClient:
        """Open the shop."""
        keys = self._keys
        base = f"/rest/{keys.bitrix_user}/{keys.bitrix_webhook}"
        return BitrixClient(self._road(base, Unsigned((keys.bitrix_webhook,))))

    def books(self) -> AccountingBackend:
        """Open the books; one request at a time, so that the seed decides the order."""
        client = self._client()
        client.at_once = 1
        return client

    def _client(self) -> KonturClient | ElbaOauthClient | ElbaPublicClient:
        keys, switches = self._keys, self.variant.switches
        match self.variant.system:
            case "kontur":
                key = ApiKey("X-Api-Key", keys.kontur_api_key)
                road = self._road("/budget/v1", key)
                return KonturClient(road, keys.kontur_account, switches, self.variant.page_size)
            case "elba_oauth":
                return ElbaOauthClient(self._road("/api/v1", self._token()), switches)
        account = keys.elba_organization_id, keys.elba_bank_account_id
        road = self._road("/v1", ApiKey("X-Kontur-ApiKey", keys.elba_api_key))
        return ElbaPublicClient(road, *account, switches, self.variant.sale_form)

    def _token(self) -> Auth:
        keys, stage = self._keys, self.stage
        return ClientCredentials(
            f"{ORIGIN}/connect/token",
            keys.elba_client_id,
            keys.elba_client_secret,
            "elba.api",
            clock=stage.time,
            sleep=stage.sleep,
            session=open_network(self._wire, self.weather, stage),
        )

    def _road(self, base: str, auth: Auth) -> Transport:
        return Transport(
            ORIGIN + base,
            auth=auth,
            session=open_network(self._wire, self.weather, self.stage),
            clock=self.stage.time,
            sleep=self.stage.sleep,
        )


async def _no_time(_seconds: float) -> None:
    """Slow answers take no time here: time passes where somebody waits."""
