"""This project's own reading of a day, through the client and the shared limit that its tasks use."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Shop
from bookkeeping.extraction import read_day
from bookkeeping.ledger import SharedLimit, open_engine
from extract.job import TIMEOUT, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    import pyarrow as pa

AT_ONCE = 4
KEYS = {"orders": "order_id", "lines": "line_id", "payments": "payment_id", "shipments": "shipment_id"}
CODES = Shop().properties.model_dump()
"""By column of an order: the code of the property that it comes from. Other properties are not kept."""


def read(job: Job) -> dict[str, list[str]]:
    """Read the day."""
    with limit_of(job) as limit:
        client = BitrixClient(
            Transport(job.webhook.rstrip("/"), auth=Unsigned(), timeout=TIMEOUT, limit=limit), at_once=AT_ONCE
        )
        start, end = map(datetime.fromisoformat, (job.start, job.end))
        return names_in(read_day(client, Shop(), start, end))


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


def names_in(tables: Mapping[str, pa.Table]) -> dict[str, list[str]]:
    """What tells the rows apart; a property is a filled column of its order."""
    names = {name: tables[name][key].to_pylist() for name, key in KEYS.items()}
    answers = [
        f"{row['order_id']}/{code}"
        for row in tables["orders"].select(["order_id", *CODES]).to_pylist()
        for column, code in CODES.items()
        if row[column]
    ]
    return {**names, "properties": answers}
