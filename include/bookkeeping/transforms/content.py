"""What stands in a document, as text: the same for a whole day at once as for one document alone."""

import hashlib
import json
from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bookkeeping.transforms.kopecks import Whole, arrow, quantity_texts, rouble_texts

WRITER = json.JSONEncoder()

NOTHING = '""'
"""An empty text, as it is written."""


def content_hashes(heads: pd.DataFrame, lines: pd.DataFrame, starts: Whole) -> Iterator[str]:
    """Yield what :attr:`bookkeeping.domain.Document.content_hash` is of each document.

    :param heads: a row a document, with the columns of :data:`HEAD`.
    :param lines: their lines, in the same order.
    :param starts: where each document's lines begin, and where all end.
    """
    offsets = pa.array(starts, pa.int32())
    bodies = pc.binary_join(pa.ListArray.from_arrays(offsets, line_texts(lines)), ", ").to_pylist()
    columns = (json_texts(heads[name]).to_pylist() for name in HEAD)
    for text in map(_document_text, *columns, bodies):
        yield hashlib.sha256(text.encode()).hexdigest()


HEAD = (
    "counterparty_key",
    "issued_text",
    "company",
    "kind",
    "order_id",
    "shipment_id",
    "number",
    "order_number",
    "pay_text",
)
"""The columns that a document's text needs, in the order in which it names them; an empty day is none."""


def _document_text(  # noqa: PLR0913, PLR0917
    buyer: str,
    issued_on: str,
    company: str,
    kind: str,
    order_id: str,
    shipment_id: str,
    number: str,
    order_number: str,
    pay_by: str,
    lines: str,
) -> str:
    pay_by = "null" if pay_by == NOTHING else pay_by
    key = f'"company": {company}, "kind": {kind}, "order_id": {order_id}, "shipment_id": {shipment_id}'
    return (
        f'{{"counterparty": {buyer}, "issued_on": {issued_on}, "key": {{{key}}}, "lines": [{lines}], '
        f'"number": {number}, "order_number": {order_number}, "pay_by": {pay_by}}}'
    )


def line_texts(lines: pd.DataFrame) -> pa.Array:
    """Write each line as JSON, its fields in the order of their names."""
    return _objects(
        {
            "is_service": _chosen(lines["is_service"], ("false", "true")),
            "name": json_texts(lines["name"]),
            "price": _quoted(rouble_texts(lines["price"].to_numpy())),
            "quantity": _quoted(quantity_texts(lines["pieces"].to_numpy())),
            "total": _quoted(rouble_texts(lines["total"].to_numpy())),
            "unit": json_texts(lines["unit"]),
            "vat": _quoted(rouble_texts(lines["vat"].to_numpy())),
            "vat_rate": json_texts(lines["rate"]),
        }
    )


def json_texts(texts: pd.Series) -> pa.Array:
    """Write texts as JSON, each distinct one once."""
    distinct = arrow(texts).cast(pa.string()).dictionary_encode()
    written = pa.array(map(WRITER.encode, distinct.dictionary.to_pylist()), pa.string())
    return written.take(distinct.indices)


def _objects(fields: Mapping[str, pa.Array]) -> pa.Array:
    """Write JSON objects, whose values are written already."""
    parts = [part for name, values in fields.items() for part in (f', "{name}": ', values)]
    return pc.binary_join_element_wise("{" + parts[0].removeprefix(", "), *parts[1:], "}", "")


def _quoted(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', texts, '"', "")


def _chosen(flags: pd.Series, words: tuple[str, str]) -> pa.Array:
    return pa.array(words).take(pa.array(flags.to_numpy(dtype="int8")))
