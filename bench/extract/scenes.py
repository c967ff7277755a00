"""The portals that contenders meet: a shop of so many orders, served by a process of its own."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from extract.job import Job
from sandbox.app import Settings, create_app, serving
from sandbox.shop.uniform import uniform_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from sandbox.shop import Shop

DAY = date(2026, 10, 5)
ZONE = ZoneInfo("Europe/Moscow")
OLD = 1000
RATE, BURST = 2.0, 50

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Scene:
    """A portal.

    :ivar orders: how many the day has; there are older ones besides.
    :ivar limits: whether it takes 50 requests and then 2 a second, and 480 s of a method in ten minutes.
    :ivar page_seconds: how long a page takes.
    :ivar counting_seconds: how long each row takes that is counted for a `total`.
    """

    orders: int
    limits: bool
    counting_seconds: float
    page_seconds: float = 0.02


@dataclass(frozen=True)
class Portal:
    """A portal that runs.

    :ivar rows: what a complete reading of the day brings, by list.
    """

    origin: str
    webhook: str
    rows: Rows

    def job(self, scene: Scene) -> Job:
        """What to read here."""
        start, end = (datetime.combine(DAY + timedelta(days), time(), ZONE).isoformat() for days in (0, 1))
        return Job(self.webhook, start, end, RATE, BURST if scene.limits else 0)

    def counters(self) -> dict[str, Any]:
        """What it was asked so far."""
        state = requests.get(f"{self.origin}/_sandbox/state", timeout=60).json()
        counters: dict[str, Any] = state["counters"]["bitrix"]
        return counters


@contextmanager
def portal(scene: Scene) -> Iterator[Portal]:
    """Serve a scene inside the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(scene, theirs), daemon=True)
    process.start()
    theirs.close()  # so that a portal that dies is noticed
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(scene: Scene, announce: Connection) -> None:
    shop = uniform_shop(scene.orders, day=DAY, old=OLD)
    settings = Settings(limits=scene.limits, bitrix_rate=RATE, bitrix_burst=BURST)
    app, keys = create_app(settings, shop=shop), settings.credentials
    costs = app.state.sandbox.portal
    costs.page_seconds, costs.counting_seconds = scene.page_seconds, scene.counting_seconds
    with serving(app) as origin:
        webhook = f"{origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}/"
        announce.send(Portal(origin, webhook, rows_of(shop)))
        announce.poll(None)


def rows_of(shop: Shop) -> Rows:
    """What tells the rows of the day's orders apart, by list."""
    ids = [order.id for order in shop.orders.values() if order.date_update.date() == DAY]
    return {
        "orders": [str(id_) for id_ in ids],
        "lines": [str(row.id) for row in shop.basket_items.of(*ids)],
        "properties": [f"{row.order_id}/{row.code}" for row in shop.property_values.of(*ids)],
        "payments": [str(row.id) for row in shop.payments.of(*ids)],
        "shipments": [str(row.id) for row in shop.shipments.of(*ids)],
    }


def as_key(contender: str, scene: Scene) -> str:
    """The name of a result."""
    return " ".join([contender, *(f"{name}={value}" for name, value in asdict(scene).items())])
