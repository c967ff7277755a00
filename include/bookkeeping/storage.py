"""The staged files of a day: the shop's orders and the documents due, as Parquet."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
        "batch": pa.int32(),
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
    """Read back a staged day."""
    return ShopFrames.of({name: read_table(folder / f"{name}.parquet") for name in SCHEMAS})


def write_documents(folder: Path, batches: Sequence[Sequence[Document]]) -> None:
    """Stage documents for posting; each knows its batch."""
    rows = [{**asdict(document), "batch": n} for n, batch in enumerate(batches) for document in batch]
    write_table(folder / "documents.parquet", pa.Table.from_pylist(rows, schema=DOCUMENTS))


def read_documents(folder: Path, batch: int) -> list[Document]:
    """Read back one batch of documents."""
    table = read_table(folder / "documents.parquet")
    return [_document(row) for row in table.filter(pa.compute.equal(table["batch"], batch)).to_pylist()]


def _document(row: dict[str, Any]) -> Document:
    row.pop("batch")
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
