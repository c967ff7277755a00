"""This project's own reading of a day, through the client and the shared limit that its tasks use."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import sqlalchemy as sa

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Shop
from bookkeeping.extraction import Day, Known, Portal, stage_day
from bookkeeping.ledger import SharedLimit, open_engine
from bookkeeping.staging import Staging
from extract.job import TIMEOUT, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

AT_ONCE = 4
KEYS = {"orders": "order_id", "lines": "line_id", "payments": "payment_id", "shipments": "shipment_id"}
CODES = Shop().properties.model_dump()
"""By column of an order: the code of the property that it comes from. Other properties are not kept."""


def read(job: Job) -> Path:
    """Read the day as the others do, all properties of every order among it."""
    return read_from(job, lambda _: Portal())


def read_from(job: Job, portal_of: Callable[[BitrixClient], Portal]) -> Path:
    """Stream the day into a folder, as the task does."""
    folder = Path(tempfile.mkdtemp(prefix="extract-"))
    with limit_of(job) as limit:
        client = BitrixClient(
            Transport(job.webhook.rstrip("/"), auth=Unsigned(), timeout=TIMEOUT, limit=limit), at_once=AT_ONCE
        )
        day = Day(*map(datetime.fromisoformat, (job.start, job.end)))
        staging = Staging(folder / "day", folder / "unfinished")
        stage_day(client, Shop(), day, staging, Known(), portal_of(client))
    return folder


@contextmanager
def limit_of(job: Job) -> Iterator[Callable[[], AbstractContextManager[object]]]:
    """The portal's limit as all workers keep it together, in a database; nothing if it has none."""
    if not job.burst:
        yield nullcontext
        return
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(sa.URL.create("sqlite", database=str(Path(folder) / "ledger.db")))
        yield SharedLimit(engine, "bitrix", rate=job.rate, burst=job.burst)
        engine.dispose()


def names_in(folder: Path) -> dict[str, list[str]]:
    """What tells the rows apart; a property is a filled column of its order."""
    orders = pq.read_table(folder / "day" / "orders.parquet", columns=["order_id", *CODES]).to_pylist()
    answers = [f"{row['order_id']}/{code}" for row in orders for column, code in CODES.items() if row[column]]
    names = {
        name: pq.read_table(folder / "day" / f"{name}.parquet", columns=[key])[key].to_pylist()
        for name, key in KEYS.items()
    }
    rmtree(folder)
    return {**names, "properties": answers}
