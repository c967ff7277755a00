"""What becomes of individuals' orders: a document each, one a day for all of them, or none (DESIGN R7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from bookkeeping.companies import Company
from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    Place,
    SummaryPart,
)
from bookkeeping.transforms.building import document_lines
from bookkeeping.transforms.columns import DOCUMENT
from bookkeeping.transforms.kopecks import KOPECKS_IN_ROUBLE, TEN_THOUSANDTHS
from bookkeeping.transforms.lines import split


@dataclass(frozen=True)
class Coverage:
    """What the ledger knows of individuals' documents, so that a change of policy doubles nothing.

    :ivar own: what stands, or may stand, in the books by itself.
    :ivar summarised: what is in a summary that stands or may stand, with its day.
    :ivar closed: the kinds and days of such summaries: what comes too late for one gets its own document.
    """

    own: frozenset[Place] = frozenset()
    summarised: Mapping[Place, date] = field(default_factory=dict)
    closed: frozenset[tuple[str, date]] = frozenset()


NOTHING_COVERED = Coverage()


def by_policy(
    rows: pd.DataFrame, orders: pd.DataFrame, company: Company, coverage: Coverage
) -> tuple[pd.DataFrame, dict[Place, date]]:
    """Leave out what a company makes no documents of; tell what of the rest goes into which day's summary.

    A bill asks one buyer for money: there is none where individuals' orders are summed up.
    """
    if not coverage.summarised and {period.mode for period in company.individuals} == {"per_order"}:
        return rows, {}
    people = set(orders["order_id"][orders["inn"].str.strip() == ""])
    fates = {
        (kind, order_id, shipment_id): _fate(
            (kind, order_id, shipment_id), moment.date(), company, coverage, is_person=order_id in people
        )
        for kind, order_id, shipment_id, moment in rows.drop_duplicates(DOCUMENT)[
            [*DOCUMENT, "issued_on"]
        ].to_numpy()
    }
    places = zip(*(rows[name] for name in DOCUMENT), strict=True)
    wanted = np.array([fates[place] is not SKIPPED for place in places], dtype=bool)
    return rows[wanted], {place: fate for place, fate in fates.items() if isinstance(fate, date)}


SKIPPED, OWN = object(), object()


def _fate(place: Place, day: date, company: Company, coverage: Coverage, *, is_person: bool) -> object:
    """Return SKIPPED, OWN, or the day of the summary into which something goes.

    What stands in the summary of another day, or was sold to a company after all, has to leave it first.
    """
    kind, *_ = place
    if place in coverage.summarised:
        return day if is_person and day == coverage.summarised[place] else SKIPPED
    mode = company.individuals_on(day)
    if not is_person or place in coverage.own or mode == "per_order":
        return OWN
    if mode == "skip" or kind == DocumentKind.BILL:
        return SKIPPED
    return OWN if (kind, day) in coverage.closed else day


def part_of(document: Document, day: date) -> SummaryPart:
    """Turn the document of one shipment into its part of a summary."""
    key = document.key
    return SummaryPart(key.kind, key.order_id, key.shipment_id, day, document.lines, document.order_number)


def summary(company: Company, kind: DocumentKind, day: date, parts: Iterable[SummaryPart]) -> Document:
    """Sum up what individuals bought on a day: equal names, units, rates and prices are one line (DESIGN R7).

    Its number says what it is; equal parts give an equal document, in whatever order they come.
    """
    number = f"Р-{day.isoformat()}"
    buyer = Counterparty("retail", CounterpartyKind.INDIVIDUAL, company.retail_buyer.name)
    lines = summed(line for part in parts for line in part.lines)
    return Document(DocumentKey.of_day(company.id, kind, day), number, day, buyer, lines, number)


ONE_LINE = ["name", "unit", "rate", "price", "is_service", "percent"]
"""What has all of these in common is one line of a summary."""


def summed(lines: Iterable[DocumentLine]) -> tuple[DocumentLine, ...]:
    """Add up the lines that differ in their quantity alone."""
    rows = [_row(line) for line in lines]
    if not rows:
        return ()
    frame = pd.DataFrame(rows).groupby(ONE_LINE, as_index=False)[["pieces", "total"]].sum()
    return tuple(document_lines(split(frame)))


def _row(line: DocumentLine) -> dict[str, object]:
    return {
        "name": line.name,
        "unit": line.unit,
        "rate": line.vat_rate.value,
        "price": int(line.price * KOPECKS_IN_ROUBLE),
        "is_service": line.is_service,
        "percent": int(line.vat_rate.percent),
        "pieces": int(line.quantity * TEN_THOUSANDTHS),
        "total": int(line.total * KOPECKS_IN_ROUBLE),
    }
