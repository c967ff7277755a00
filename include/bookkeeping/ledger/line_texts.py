"""The lines of a document as the ledger keeps them: JSON, every number as it was written."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from bookkeeping.domain import DocumentLine, VatRate

NUMBERS = ("quantity", "price", "total", "vat")

NO_LINES = "[]"


def to_text(lines: Iterable[DocumentLine]) -> str:
    """Write lines down."""
    return json.dumps([asdict(line) for line in lines], default=str, ensure_ascii=False)


def to_lines(text: str) -> tuple[DocumentLine, ...]:
    """Read lines back."""
    return tuple(map(_to_line, json.loads(text)))


def _to_line(line: Mapping[str, Any]) -> DocumentLine:
    exact = {name: Decimal(line[name]) for name in NUMBERS}
    return DocumentLine(**{**line, **exact, "vat_rate": VatRate(line["vat_rate"])})
