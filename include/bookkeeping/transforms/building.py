"""From rows of lines to documents: their buyers, numbers and dates, and what keeps each from being sent."""

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

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
    HoldReason,
    Place,
    VatRate,
)
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.buyers import counterparty_of, with_name
from bookkeeping.transforms.columns import BUYER, DOCUMENT
from bookkeeping.transforms.content import content_hashes
from bookkeeping.transforms.kopecks import TEN_THOUSANDTHS, Whole, texts
from bookkeeping.transforms.lines import plain, split
from bookkeeping.transforms.problems import Hold
from bookkeeping.transforms.rates import GOOD, rated, warn_of_overrides

NEGATIVE: Hold = (HoldReason.NEGATIVE_AMOUNT, "сумма строки меньше нуля")


@dataclass(frozen=True)
class DueDocument:
    """A document that must exist, and why it must not be sent as it is, if so.

    :ivar content_hash: the document's own, reckoned for the whole day at once.
    """

    document: Document
    reason: HoldReason | None = None
    detail: str = ""
    content_hash: str = ""


def build(
    rows: pd.DataFrame,
    orders: pd.DataFrame,
    shipments: pd.DataFrame,
    company: Company,
    problems: Mapping[str, Hold],
    known: frozenset[str],
    nameless: Collection[Place] = (),
) -> list[DueDocument]:
    """Return the documents of these lines, in the order of the rows; those of 0.00 are none.

    :param rows: the lines of :func:`~bookkeeping.transforms.documents.document_lines`, a document's together.
    :param problems: what holds all documents of an order; such an order has them even of 0.00.
    :param known: keys of counterparties that stand in the books already.
    :param nameless: kinds, orders and shipments that are sold to nobody in particular.
    """
    rows, bad_rates = rated(rows, company)
    rows = rows.assign(document=_places(rows))
    warn_of_overrides(rows, company, dict(zip(orders["order_id"], orders["number"], strict=True)))
    bad_lines = _bad_lines(rows, bad_rates)
    lines = split(_untaxed(rows, bad_lines))
    buyers = Buyers(company, orders, known)
    heads = _heads(rows, orders, shipments, company)
    heads, lines = _worth_making(heads, lines, problems)
    buyer_of_head = [buyers.of(order_id) for order_id in texts(heads["order_id"])]
    heads = heads.assign(counterparty_key=pd.Series([who.key for who, _ in buyer_of_head], dtype="str"))
    holds = Holds(company, problems, bad_lines, nameless)
    with uncollected():
        return list(_documents(heads, lines, buyer_of_head, holds))


@contextmanager
def uncollected() -> Iterator[None]:
    """Make a great many objects, none in a cycle, without the collector looking at all of them ever again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _places(rows: pd.DataFrame) -> Whole:
    """Number the documents: a new one begins wherever the key is another."""
    key = rows[DOCUMENT]
    places: Whole = (key != key.shift()).any(axis=1).cumsum().to_numpy(dtype="int64") - 1
    return places


def _bad_lines(rows: pd.DataFrame, bad_rates: Sequence[Hold]) -> dict[int, Hold]:
    """Return what is wrong with each document's lines: a sum below zero, else the first forbidden rate."""
    forbidden = rows[rows["hold"] != GOOD].drop_duplicates("document")
    rates = zip(forbidden["document"], forbidden["hold"], strict=True)
    below_zero = rows["document"][rows["total"] < 0].unique()
    return {place: bad_rates[hold] for place, hold in rates} | dict.fromkeys(below_zero, NEGATIVE)


def _untaxed(rows: pd.DataFrame, bad: Collection[int]) -> pd.DataFrame:
    """Keep the sum, and no VAT, of documents that are held for their lines; they are never sent."""
    is_bad = rows["document"].isin(bad)
    return rows.assign(
        rate=rows["rate"].mask(is_bad, VatRate.NONE.value), percent=rows["percent"].mask(is_bad, 0)
    )


def _heads(
    rows: pd.DataFrame, orders: pd.DataFrame, shipments: pd.DataFrame, company: Company
) -> pd.DataFrame:
    """Return a row a document: its key, numbers and dates; only a bill's ``pay_text`` says when to pay by."""
    first = rows.drop_duplicates("document")[["document", *DOCUMENT, "issued_on"]]
    numbers = orders.set_index("order_id")["number"].reindex(first["order_id"]).to_numpy()
    ranks = shipment_ranks(shipments).reindex(first["shipment_id"], fill_value=1).to_numpy()
    suffixes = np.where(ranks > 1, np.char.add("/", ranks.astype(str)), "")
    pay_by = first["issued_on"] + timedelta(company.bill_due_days)
    return first.assign(
        company=company.id,
        order_number=pd.Series(numbers, first.index, "str"),
        number=pd.Series(numbers, first.index, "str") + pd.Series(suffixes, first.index, "str"),
        pay_by=pay_by,
        issued_text=first["issued_on"].dt.strftime("%Y-%m-%d"),
        pay_text=pay_by.dt.strftime("%Y-%m-%d").where(first["kind"] == DocumentKind.BILL.value, ""),
    )


def shipment_ranks(shipments: pd.DataFrame) -> pd.Series:
    """Return each shipment's place among all of its order's, by id, from 1."""
    by_id = shipments.sort_values("shipment_id", key=lambda ids: ids.astype("int64"))
    return pd.Series((by_id.groupby("order_id").cumcount() + 1).to_numpy(), by_id["shipment_id"])


def _worth_making(
    heads: pd.DataFrame, lines: pd.DataFrame, problems: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out documents of 0.00, unless there is something wrong with their order."""
    worth = lines.groupby("document")["total"].sum().reindex(heads["document"], fill_value=0).to_numpy() != 0
    made = heads[worth | heads["order_id"].isin(problems).to_numpy()].reset_index(drop=True)
    return made, lines[lines["document"].isin(made["document"])].reset_index(drop=True)


class Buyers:
    """Who buys, order by order; the same buyer is looked at once."""

    def __init__(self, company: Company, orders: pd.DataFrame, known: frozenset[str]) -> None:
        self._retail_name, self._known = company.retail_buyer.name, known
        columns = (texts(orders[name]) for name in BUYER)
        self._columns = dict(zip(texts(orders["order_id"]), zip(*columns, strict=True), strict=True))
        self._found: dict[tuple[str, ...], tuple[Counterparty, Hold | None]] = {}

    def of(self, order_id: str) -> tuple[Counterparty, Hold | None]:
        """Return an order's buyer, or one who stands in for it and why it cannot be known."""
        columns = self._columns[order_id]
        if columns not in self._found:
            self._found[columns] = self._find(dict(zip(BUYER, columns, strict=True)))
        return self._found[columns]

    def _find(self, columns: Mapping[str, str]) -> tuple[Counterparty, Hold | None]:
        try:
            return with_name(counterparty_of(columns, self._retail_name), self._known), None
        except RejectedError as error:
            nobody = Counterparty("", CounterpartyKind.INDIVIDUAL, columns["company"] or columns["name"])
            return nobody, (error.reason, str(error))


@dataclass(frozen=True)
class Holds:
    """What keeps documents from being sent."""

    company: Company
    problems: Mapping[str, Hold]
    bad_lines: Mapping[int, Hold]
    nameless: Collection[Place]

    def first(self, head: "Head", bad_buyer: Hold | None) -> tuple[HoldReason | None, str]:
        """Return the first thing that holds a document, and its detail."""
        is_nameless = (head.kind, head.order_id, head.shipment_id) in self.nameless
        return (
            self.problems.get(head.order_id)
            or (None if is_nameless else bad_buyer)
            or self.bad_lines.get(head.document)
            or self._closed(head.issued_on)
            or (None, "")
        )

    def _closed(self, day: date) -> Hold | None:
        closed = self.company.closed_through
        if closed is None or day > closed:
            return None
        return HoldReason.PERIOD_CLOSED, f"документ от {day:%d.%m.%Y}, период закрыт по {closed:%d.%m.%Y}"


class Head(NamedTuple):
    """What is said of a document above its lines."""

    document: int
    kind: DocumentKind
    order_id: str
    shipment_id: str
    number: str
    order_number: str
    issued_on: date
    pay_by: date


def _heads_of(heads: pd.DataFrame) -> Iterator[Head]:
    names = ("order_id", "shipment_id", "number", "order_number")
    return map(
        Head,
        heads["document"].tolist(),
        _each_once(heads["kind"], DocumentKind),
        *(texts(heads[name]) for name in names),
        *(heads[name].dt.date.tolist() for name in ("issued_on", "pay_by")),
    )


def _documents(
    heads: pd.DataFrame,
    lines: pd.DataFrame,
    buyers: Sequence[tuple[Counterparty, Hold | None]],
    holds: Holds,
) -> Iterator[DueDocument]:
    ends = lines.groupby("document", sort=False).size().to_numpy().cumsum()
    starts = np.append(0, ends)
    objects, hashes = list(document_lines(lines)), content_hashes(heads, lines, starts)
    places = zip(starts[:-1].tolist(), ends.tolist(), strict=True)
    of_all = zip(_heads_of(heads), buyers, hashes, places, strict=True)
    for head, (buyer, bad_buyer), content_hash, (start, end) in of_all:
        reason, detail = holds.first(head, bad_buyer)
        document = _document(head, holds.company.id, buyer, tuple(objects[start:end]))
        yield DueDocument(document, reason, detail, content_hash)


def _document(head: Head, company: str, buyer: Counterparty, lines: tuple[DocumentLine, ...]) -> Document:
    key = DocumentKey(company, head.kind, head.order_id, head.shipment_id)
    pay_by = head.pay_by if head.kind is DocumentKind.BILL else None
    return Document(key, head.number, head.issued_on, buyer, lines, head.order_number, pay_by)


SAME = ["name", "pieces", "unit", "price", "total", "rate", "is_service"]
"""What makes two lines the same, as those of a bill and of its sale mostly are."""


def document_lines(lines: pd.DataFrame) -> Iterator[DocumentLine]:
    """Turn rows into lines: whole numbers into roubles and quantities; equal lines are one object."""
    number = lines.groupby(SAME, sort=False).ngroup().tolist()
    distinct = list(_distinct_lines(lines.drop_duplicates(SAME)))
    return map(distinct.__getitem__, number)


def _distinct_lines(lines: pd.DataFrame) -> Iterator[DocumentLine]:
    return map(
        DocumentLine,
        texts(lines["name"]),
        _each_once(lines["pieces"], _quantity),
        texts(lines["unit"]),
        *(_each_once(lines[name], _roubles) for name in ("price", "total")),
        _each_once(lines["rate"], VatRate),
        _each_once(lines["vat"], _roubles),
        lines["is_service"].tolist(),
    )


def _each_once(values: pd.Series, read: Callable[[Any], Any]) -> Iterator[Any]:
    """Read every distinct value once."""
    codes, distinct = pd.factorize(values)
    known = [read(value) for value in distinct.tolist()]
    return map(known.__getitem__, codes.tolist())


def _roubles(kopecks: int) -> Decimal:
    return Decimal(kopecks).scaleb(-2)


def _quantity(pieces: int) -> Decimal:
    return plain(Decimal(pieces) / TEN_THOUSANDTHS)
