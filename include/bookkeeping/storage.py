"""The staged files of a day: the shop's orders and the documents due, as Parquet."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
)
from bookkeeping.errors import MisconfiguredError
from bookkeeping.files import write_whole
from bookkeeping.transforms.columns import EXACT, FLAG, KOPECKS, SCHEMAS, TEXT, ShopFrames
from bookkeeping.transforms.lines import plain

LINE = pa.struct(
    {
        "name": TEXT,
        "quantity": EXACT,
        "unit": TEXT,
        "price": KOPECKS,
        "total": KOPECKS,
        "vat_rate": TEXT,
        "vat": KOPECKS,
        "is_service": FLAG,
    }
)

DOCUMENTS = pa.schema(
    {
        "key": pa.struct(dict.fromkeys(("company", "kind", "order_id", "shipment_id"), TEXT)),
        "number": TEXT,
        "issued_on": pa.date32(),
        "counterparty": pa.struct(
            dict.fromkeys(("key", "kind", "name", "inn", "kpp", "email", "phone", "address"), TEXT)
        ),
        "lines": pa.list_(LINE),
        "order_number": TEXT,
        "pay_by": pa.date32(),
    }
)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file whole."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_whole(path, buffer.getvalue())


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file."""
    with path.open("rb") as file:
        return pq.read_table(file)


def newest_extraction(day: Path) -> Path | None:
    """Return the last whole extraction among the folders of a day, None if there is none."""
    folders = sorted(day.iterdir(), key=lambda folder: folder.name) if day.exists() else []
    whole = [folder for folder in folders if all((folder / f"{name}.parquet").exists() for name in SCHEMAS)]
    return whole[-1] if whole else None


def read_shop(folder: Path) -> ShopFrames:
    """Read back a staged day.

    :raises MisconfiguredError: another version has staged it, with other columns.
    """
    return _frames(folder, {name: read_table(folder / f"{name}.parquet") for name in SCHEMAS})


def read_parts(folder: Path) -> Iterator[ShopFrames]:
    """Yield a staged day in parts of whole orders, as it was written: no more of it need be in memory.

    A day without orders is one empty part.
    """
    with ExitStack() as opened:
        files = {
            name: pq.ParquetFile(opened.enter_context((folder / f"{name}.parquet").open("rb")))
            for name in SCHEMAS
        }
        parts = {file.num_row_groups for file in files.values()}
        if len(parts) != 1:
            raise MisconfiguredError(
                f"The files in {folder} do not belong together: they have {sorted(parts)} parts. "
                "Nothing was sent. Clear the task extract with all that follows it."
            )
        for part in range(parts.pop()):
            yield _frames(folder, {name: file.read_row_group(part) for name, file in files.items()})


def _frames(folder: Path, tables: Mapping[str, pa.Table]) -> ShopFrames:
    """Files of another version are no day of ours: what they do not say is not made up."""
    other = [name for name, declared in SCHEMAS.items() if tables[name].column_names != declared.names]
    if other:
        raise MisconfiguredError(
            f"The files in {folder} were staged by another version of this project: {', '.join(other)} have "
            "other columns. Nothing was done with them. Run sync_orders for this day again, from the task "
            "extract on; what is in the books already is not sent a second time."
        )
    return ShopFrames.of(tables)


def count_orders(folder: Path) -> int:
    """Return how many orders are staged."""
    with (folder / "orders.parquet").open("rb") as file:
        return int(pq.ParquetFile(file).metadata.num_rows)


def write_documents(folder: Path, batches: Iterable[Sequence[Document]]) -> int:
    """Stage documents for posting, a row group a batch, as they come; return how many batches there are."""
    buffer, count = io.BytesIO(), 0
    with pq.ParquetWriter(buffer, DOCUMENTS, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_pylist([_row(document) for document in batch], DOCUMENTS))
            count += 1
    write_whole(folder / "documents.parquet", buffer.getvalue())
    return count


def read_documents(folder: Path, batch: int) -> list[Document]:
    """Read back one batch of documents; there are none beyond the last."""
    with (folder / "documents.parquet").open("rb") as file:
        staged = pq.ParquetFile(file)
        rows = staged.read_row_group(batch).to_pylist() if batch < staged.num_row_groups else []
    return [_document(row) for row in rows]


def _row(document: Document) -> dict[str, Any]:
    return {
        **vars(document),
        "key": vars(document.key),
        "counterparty": vars(document.counterparty),
        "lines": [vars(line) for line in document.lines],
    }


def _document(row: dict[str, Any]) -> Document:
    return Document(
        **{
            **row,
            "key": DocumentKey(**{**row["key"], "kind": DocumentKind(row["key"]["kind"])}),
            "counterparty": Counterparty(
                **{**row["counterparty"], "kind": CounterpartyKind(row["counterparty"]["kind"])}
            ),
            "lines": tuple(_lines(row["lines"])),
        }
    )


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[DocumentLine]:
    for row in rows:
        yield DocumentLine(
            **{**row, "vat_rate": VatRate(row["vat_rate"]), "quantity": plain(row["quantity"])}
        )
