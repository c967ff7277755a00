"""fast_bitrix24 as its documentation shows it: `get_all` for one list after the other."""

from __future__ import annotations

import asyncio
from typing import Any

from fast_bitrix24 import BitrixAsync

from extract.job import LISTS, Job, children_filters, names_of

Rows = list[dict[str, Any]]


def names_in(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """What tells the rows apart, which is all that was kept of them."""
    return rows


def read(job: Job) -> dict[str, list[str]]:
    """Read the day."""
    return asyncio.run(_read(BitrixAsync(job.webhook, verbose=False), job))


async def _read(bitrix: BitrixAsync, job: Job) -> dict[str, list[str]]:
    orders = await _list(bitrix, "orders", job.of_the_day)
    ids = sorted(int(row["id"]) for row in orders)
    found = {"orders": orders} | {
        name: await _children(bitrix, name, ids) for name in LISTS if name != "orders"
    }
    return {name: names_of(name, rows, set(ids)) for name, rows in found.items()}


async def _children(bitrix: BitrixAsync, name: str, ids: list[int]) -> Rows:
    return [row for wanted in children_filters(name, ids) for row in await _list(bitrix, name, wanted)]


async def _list(bitrix: BitrixAsync, name: str, wanted: dict[str, Any]) -> Rows:
    method, fields = LISTS[name]
    rows: Rows = await bitrix.get_all(method, {"select": fields.split(), "filter": wanted})
    return rows
