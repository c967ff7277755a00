"""This project's own way: a column at a time, a part of the day after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from bookkeeping.clients.kontur.payloads import document_payload
from bookkeeping.clients.transport import to_json
from bookkeeping.storage import read_parts
from bookkeeping.transforms.columns import to_frame
from bookkeeping.transforms.documents import due_documents
from bookkeeping.transforms.kopecks import vat_inside
from bookkeeping.transforms.lines import FRACTIONS, NO_VAT, sold_lines
from transform.day import BEFORE, OWNER
from transform.outcome import Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bookkeeping.transforms.building import DueDocument
    from transform.outcome import Finished, Sums

NEEDED = ["line_id", "parent_id", "price", "quantity", "vat_fraction", "vat_inside"]


def documents(folder: Path) -> Outcome:
    """Finish the documents of a staged day."""
    return outcome_of(finished_parts(folder))


def finished_parts(folder: Path) -> Iterator[list[Finished]]:
    """Yield the finished documents of a staged day, part by part."""
    for shop in read_parts(folder):
        yield [finished(item) for item in due_documents(shop, OWNER, BEFORE)]


def finished(item: DueDocument) -> Finished:
    """Write a document down for good."""
    payload = document_payload(item.document, "buyer", frozenset())
    text = to_json(payload)
    return str(item.document.key), item.reason or "", item.content_hash, text


def sums(folder: Path) -> Sums:
    """Return what was sold and the VAT in it, in kopecks, by percent."""
    found: Sums = {}
    file = pq.ParquetFile(folder / "lines.parquet")
    for part in range(file.num_row_groups):
        sold = sold_lines(to_frame(file.read_row_group(part, columns=NEEDED)))
        percent = np.maximum(sold["fraction"].to_numpy(), 0) * 100 // FRACTIONS
        vat = vat_inside(sold["total"].to_numpy(), percent)
        by_rate = sold.assign(vat=vat).groupby("fraction")[["total", "vat"]].sum()
        for fraction, total, tax in by_rate.itertuples():
            rate = "none" if fraction == NO_VAT else str(fraction * 100 // FRACTIONS)
            so_far = found.get(rate, (0, 0))
            found[rate] = so_far[0] + int(total), so_far[1] + int(tax)
    return found
