"""A day's orders on their way into a folder: in parts of bounded size, which outlive a worker."""

import io
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.files import write_whole
from bookkeeping.storage import read_table, write_table
from bookkeeping.transforms.columns import SCHEMAS, to_table

log = logging.getLogger(__name__)

Tables = Mapping[str, pa.Table]

IN_MEMORY = 5000
"""Orders that are kept in memory before a part of the day is written."""


class Staging:
    """The tables of a day, of which no reader ever sees half.

    :param folder: where the day will lie when it is whole.
    :param unfinished: where its parts lie until then; those of an earlier try are used again.
    """

    def __init__(self, folder: Path, unfinished: Path) -> None:
        self._folder, self._unfinished = folder, unfinished
        self._fresh: list[Tables] = []
        self._parts = 0
        self._found: dict[str, tuple[int, int]] = {}
        self._kept: dict[int, set[str]] = {}
        for part in self._parts_found():
            self._remember(part)

    def has(self, order_id: str, version: int) -> bool:
        """Whether an earlier try has staged this version of an order; if so, it is not to be read again.

        The shop counts every save of an order or of anything that hangs on it, so what has the same version
        is the same.
        """
        part, staged = self._found.get(order_id, (0, 0))
        if version and staged == version:
            self._kept.setdefault(part, set()).add(order_id)
            return True
        return False

    def add(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """Take some whole orders."""
        self._fresh.append({name: to_table(rows[name], declared) for name, declared in SCHEMAS.items()})
        if sum(tables["orders"].num_rows for tables in self._fresh) >= IN_MEMORY:
            self._write_part()

    @contextmanager
    def kept_on_failure(self) -> Iterator[None]:
        """Write down what is there when the shop gives no more for now; forget what cannot be trusted."""
        try:
            yield
        except TransientError:
            self._write_part()
            raise
        except MisconfiguredError:
            self._remove_parts()
            raise

    def finish(self) -> dict[str, int]:
        """Write the folder, a row group a part; return how many rows each table has."""
        buffers = {name: io.BytesIO() for name in SCHEMAS}
        counts = dict.fromkeys(SCHEMAS, 0)
        writers = {
            name: pq.ParquetWriter(buffers[name], schema, compression="zstd")
            for name, schema in SCHEMAS.items()
        }
        for tables in self._all_parts():
            for name, writer in writers.items():
                table = tables[name].cast(SCHEMAS[name])
                writer.write_table(table, row_group_size=max(table.num_rows, 1))
                counts[name] += table.num_rows
        for name, writer in writers.items():
            writer.close()
            write_whole(self._folder / f"{name}.parquet", buffers[name].getvalue())
        self._remove_parts()
        return counts

    def _write_part(self) -> None:
        if not self._fresh:
            return
        self._parts += 1
        whole = self._together()
        for name in reversed(SCHEMAS):  # the orders come last: with them a part is whole
            write_table(self._unfinished / str(self._parts) / f"{name}.parquet", whole[name])
        self._kept[self._parts] = set(whole["orders"]["order_id"].to_pylist())
        self._fresh = []

    def _parts_found(self) -> Iterator[int]:
        """Yield the numbers of the whole parts that an earlier try left."""
        for path in sorted(self._unfinished.iterdir(), key=_number) if self._unfinished.exists() else []:
            self._parts = max(self._parts, _number(path))
            if (path / "orders.parquet").exists():
                yield _number(path)

    def _remember(self, part: int) -> None:
        orders = read_table(self._unfinished / str(part) / "orders.parquet")
        for order_id, version in zip(
            orders["order_id"].to_pylist(), orders["version"].to_pylist(), strict=True
        ):
            self._found[order_id] = (part, version)
        log.info("%s orders of an earlier try are at hand", orders.num_rows)

    def _all_parts(self) -> Iterator[Tables]:
        """Yield whole orders in parts: those written down, and those still in memory as one."""
        for part, ids in sorted(self._kept.items()):
            path = self._unfinished / str(part)
            yield only_orders({name: read_table(path / f"{name}.parquet") for name in SCHEMAS}, ids)
        if self._fresh or not self._kept:
            yield self._together()

    def _together(self) -> Tables:
        empty = {name: to_table([], declared) for name, declared in SCHEMAS.items()}
        return {name: pa.concat_tables([t[name] for t in (empty, *self._fresh)]) for name in SCHEMAS}

    def _remove_parts(self) -> None:
        if not self._unfinished.exists():
            return
        for part in self._unfinished.iterdir():
            for file in part.iterdir():
                file.unlink()
            _remove_empty(part)
        _remove_empty(self._unfinished)


def only_orders(tables: Tables, order_ids: Collection[str]) -> Tables:
    """Return the rows of some orders."""
    wanted = pa.array(sorted(order_ids), pa.string())
    kept = {
        name: table.filter(pc.is_in(table["order_id"], wanted))
        for name, table in tables.items()
        if "order_id" in table.column_names
    }
    items, shipments = tables["shipment_items"], kept["shipments"]["shipment_id"].combine_chunks()
    return kept | {"shipment_items": items.filter(pc.is_in(items["shipment_id"], shipments))}


def _number(path: Path) -> int:
    return int(path.name)


def _remove_empty(folder: Path) -> None:
    with suppress(FileNotFoundError):  # an object store has no folders
        folder.rmdir()
