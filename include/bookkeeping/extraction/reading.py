"""A day of the shop as tables: at once for a small day, or streamed into a folder for one of any size."""

from datetime import datetime

import pyarrow as pa

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.companies import Shop
from bookkeeping.extraction.day import DayReader, Known
from bookkeeping.extraction.lists import Day
from bookkeeping.extraction.portal import Portal
from bookkeeping.extraction.rows import Row, Rows
from bookkeeping.staging import Staging
from bookkeeping.transforms.columns import SCHEMAS, to_table


def read_day(
    client: BitrixClient,
    shop: Shop,
    start: datetime,
    end: datetime,
    known: Known | None = None,
    portal: Portal | None = None,
) -> dict[str, pa.Table]:
    """Return the tables of all orders with an event in [start, end), by id, as `SCHEMAS` declares them.

    :raises MisconfiguredError: the portal ignored a filter, or a right is missing.
    :raises TransientError: the portal cannot be reached.
    """
    all_rows: Rows = {name: [] for name in SCHEMAS}

    def add(rows: Rows) -> None:
        for name, more in rows.items():
            all_rows[name] += more

    DayReader(client, shop, Day(start, end), add, known, portal).read()
    return {name: to_table(sorted(all_rows[name], key=_by_id), SCHEMAS[name]) for name in SCHEMAS}


def stage_day(
    client: BitrixClient, shop: Shop, day: Day, staging: Staging, known: Known, portal: Portal
) -> dict[str, int]:
    """Stream a day's orders into a folder; return how many rows each table has.

    What was read stays when the portal makes us wait, or the worker dies: the next try goes on from there.

    :raises SyncError: as :func:`read_day` does; then the folder does not exist.
    """
    known = known.and_staged(staging.has)
    with staging.kept_on_failure():
        DayReader(client, shop, day, staging.add, known, portal).read()
    return staging.finish()


def _by_id(row: Row) -> tuple[int, ...]:
    """A row's ids come first among its columns, unless it is what is in a shipment."""
    names = ("shipment_id", "line_id") if len(row) == len(SCHEMAS["shipment_items"]) else tuple(row)[:1]
    return tuple(int(str(row[name])) for name in names)
