"""Which documents an order asks for, on which date and with which lines (DESIGN R2 to R8)."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

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
    VatRate,
)
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.buyers import counterparty_of, with_name
from bookkeeping.transforms.columns import BUYER, ShopFrames
from bookkeeping.transforms.lines import shipped_lines, sold_lines, split
from bookkeeping.transforms.vat import STALE, in_force, rate_on, standard_rate_on

ROUBLES = frozenset({"RUB", "RUR"})

log = logging.getLogger(__name__)

ZERO = Decimal(0)

SHOWN = 5
"""Orders that a warning names."""

Hold = tuple[HoldReason, str]
"""Why a document must not be sent, and the detail for the accountant."""

GROUP = ["kind", "order_id", "shipment_id"]


Built = TypeVar("Built")


@dataclass(frozen=True)
class DueDocument:
    """A document that must exist, and why it must not be sent as it is, if so."""

    document: Document
    reason: HoldReason | None = None
    detail: str = ""


def due_documents(
    shop: ShopFrames, company: Company, before: datetime, known: frozenset[str] = frozenset()
) -> list[DueDocument]:
    """Return all documents that these orders ask for, dated from ``start_date`` on and before a moment.

    :param before: the end of the run's day; what happens later is a later run's.
    :param known: keys of counterparties that stand in the books already.
    """
    orders = documented_orders(shop.orders, company)
    sold = sold_lines(shop.lines[shop.lines["order_id"].isin(orders["order_id"])])
    problems = order_problems(orders, sold, shop)
    lines = document_lines(orders, sold, shop, company)
    lines = lines[lines["kind"].isin(company.documents)]
    first, last = company.start_date, before.astimezone(company.zone).date()
    lines = lines[(lines["issued_on"] >= first) & (lines["issued_on"] < last)]
    by_id = {row["order_id"]: row for row in orders.to_dict("records")}
    builder = Builder(company, by_id, shipment_ranks(shop.shipments), problems, known)
    due = [builder.build(key, rows) for key, rows in grouped(lines, company)]
    builder.warn()
    return [item for item in due if item.document.total or item.document.key.order_id in problems]


def grouped(lines: pd.DataFrame, company: Company) -> Iterator[tuple[DocumentKey, list[dict[str, Any]]]]:
    """Yield each document's key with its lines, in the order of kind, order and shipment."""
    ordered = lines.sort_values(GROUP, kind="stable").to_dict("records")
    for (kind, order_id, shipment_id), rows in groupby(ordered, key=itemgetter(*GROUP)):
        yield DocumentKey(company.id, DocumentKind(kind), order_id, shipment_id), list(rows)


def documented_orders(orders: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Leave out what is never a document: cancelled, skipped by a setting, or an individual's if so set."""
    wanted = ~orders["cancelled"]
    wanted &= ~orders["status"].isin(company.shop.skip_statuses)
    wanted &= ~orders["platform"].isin(company.shop.skip_platforms)
    if company.individuals == "skip":
        wanted &= orders["inn"].str.strip() != ""
    return orders[wanted]


def order_problems(orders: pd.DataFrame, sold: pd.DataFrame, shop: ShopFrames) -> dict[str, Hold]:
    """Return what is wrong with whole orders: currency, else a negative sum, else sums unlike the price."""
    return {
        **overpacked(sold, shop.shipment_items),
        **mismatched(orders, sold, shop.shipments),
        **negative(orders, sold, shop.shipments),
        **in_other_currency(orders),
    }


def in_other_currency(orders: pd.DataFrame) -> dict[str, Hold]:
    """Books are kept in roubles."""
    foreign = orders[~orders["currency"].isin(ROUBLES)]
    return {
        order_id: (HoldReason.UNSUPPORTED_CURRENCY, f"валюта заказа {currency}, в учёте только рубли")
        for order_id, currency in zip(foreign["order_id"], foreign["currency"], strict=True)
    }


def negative(orders: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame) -> dict[str, Hold]:
    """A document sells something for something: neither may be below zero."""
    found = (
        orders[orders["price"] < 0],
        sold[(sold["price"] < 0) | (sold["quantity"] <= 0)],
        shipments[shipments["delivery_price"] < 0],
    )
    detail = "в заказе отрицательная сумма или количество не больше нуля"
    return {id_: (HoldReason.NEGATIVE_AMOUNT, detail) for rows in found for id_ in rows["order_id"]}


def mismatched(orders: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame) -> dict[str, Hold]:
    """Lines and delivery must be the order's price to the kopeck."""
    lines, delivery = _sums(sold, "total"), _sums(shipments, "delivery_price")
    totals = {id_: lines.get(id_, ZERO) + delivery.get(id_, ZERO) for id_ in orders["order_id"]}
    return {
        id_: (
            HoldReason.TOTAL_MISMATCH,
            f"сумма заказа {price:.2f}, строки с доставкой дают {totals[id_]:.2f}",
        )
        for id_, price in zip(orders["order_id"], orders["price"], strict=True)
        if price != totals[id_]
    }


def overpacked(sold: pd.DataFrame, items: pd.DataFrame) -> dict[str, Hold]:
    """What left in shipments cannot be more than was ordered: the documents would exceed the price."""
    packed = _sums(items, "quantity", by="line_id")
    lines = zip(sold["order_id"], sold["line_id"], sold["quantity"], strict=True)
    return {
        order_id: (HoldReason.TOTAL_MISMATCH, "в отгрузках больше товара, чем в заказе")
        for order_id, line_id, ordered in lines
        if packed.get(line_id, ZERO) > ordered
    }


def _sums(frame: pd.DataFrame, column: str, by: str = "order_id") -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for key, value in zip(frame[by], frame[column], strict=True):
        sums[key] = sums.get(key, ZERO) + value
    return sums


def document_lines(
    orders: pd.DataFrame, sold: pd.DataFrame, shop: ShopFrames, company: Company
) -> pd.DataFrame:
    """Return one row a line of each document: bills from orders, sales and acts from shipped shipments."""
    placed = orders.assign(issued_on=local_days(orders["placed_at"], company))[["order_id", "issued_on"]]
    shipped = shop.shipments[shop.shipments["shipped"] & shop.shipments["order_id"].isin(orders["order_id"])]
    shipped = shipped.assign(issued_on=local_days(shipped["shipped_at"], company))
    return pd.concat(
        [
            bill_lines(placed, sold, shop.shipments, company),
            shipment_lines(shipped, sold, shop.shipment_items, company),
        ],
        ignore_index=True,
    )


def local_days(moments: pd.Series, company: Company) -> pd.Series:
    """Return the calendar days of moments in the company's zone."""
    return pd.Series(moments.dt.tz_convert(company.zone).dt.date, moments.index, object)


LINE = ["line_id", "name", "unit", "quantity", "total", "vat_fraction", "is_service"]


def bill_lines(
    placed: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame, company: Company
) -> pd.DataFrame:
    """Bill all that was ordered, and paid delivery as one more line."""
    goods = placed.merge(sold, on="order_id", validate="one_to_many")
    totals = _sums(shipments, "delivery_price")
    prices = [totals.get(order_id, ZERO) for order_id in placed["order_id"]]
    delivered = placed.assign(delivery_price=pd.Series(prices, placed.index, object))
    rows = pd.concat([goods, delivery_lines(delivered, company)], ignore_index=True)
    return rows.assign(kind=DocumentKind.BILL.value, shipment_id="")[[*GROUP, "issued_on", *LINE]]


def shipment_lines(
    shipped: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame, company: Company
) -> pd.DataFrame:
    """Make a sale of each shipment's goods and an act of its services; delivery goes with the goods."""
    parts = shipped_lines(sold, items).merge(
        shipped[["shipment_id", "issued_on"]], on="shipment_id", validate="many_to_one"
    )
    kinds = parts["is_service"].map({True: DocumentKind.ACT.value, False: DocumentKind.SALE.value})
    delivery = delivery_lines(shipped, company)
    rows = pd.concat(
        [parts.assign(kind=kinds), delivery.assign(kind=_delivery_kinds(delivery, parts, company))],
        ignore_index=True,
    )
    return rows[[*GROUP, "issued_on", *LINE]]


def _delivery_kinds(delivery: pd.DataFrame, parts: pd.DataFrame, company: Company) -> pd.Series:
    """With the goods if there are any, else with the services; alone, whichever kind the company makes."""
    with_goods = set(parts[~parts["is_service"]]["shipment_id"])
    with_services = set(parts["shipment_id"]) - with_goods
    alone_on_act = DocumentKind.SALE not in company.documents
    on_act = delivery["shipment_id"].isin(with_services)
    on_act |= alone_on_act & ~delivery["shipment_id"].isin(with_goods)
    return on_act.map({True: DocumentKind.ACT.value, False: DocumentKind.SALE.value})


def delivery_lines(charged: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Turn each paid delivery into a line, the way the accountant does."""
    paid = charged[charged["delivery_price"] > 0]
    return paid.assign(
        line_id="",
        name=company.delivery.name,
        unit=company.delivery.unit,
        quantity=Decimal(1),
        total=paid["delivery_price"],
        vat_fraction=None,
        is_service=False,
    )


def shipment_ranks(shipments: pd.DataFrame) -> dict[str, int]:
    """Return each shipment's place among all of its order's, by id, from 1."""
    by_id = shipments.sort_values("shipment_id", key=lambda ids: ids.astype("int64"))
    return dict(zip(by_id["shipment_id"], by_id.groupby("order_id").cumcount() + 1, strict=True))


@dataclass(frozen=True)
class Builder:
    """Makes documents of grouped lines, and finds what keeps each from being sent."""

    company: Company
    orders: Mapping[str, Mapping[str, Any]]
    ranks: Mapping[str, int]
    problems: Mapping[str, Hold]
    known: frozenset[str]
    overridden: set[str] = field(default_factory=set)

    def build(self, key: DocumentKey, rows: list[dict[str, Any]]) -> DueDocument:
        """Return the document, as far as it can be built, with the first thing that holds it."""
        order, issued_on = self.orders[key.order_id], rows[0]["issued_on"]
        buyer, bad_buyer = _tried(lambda: self._buyer(order), _nobody(order))
        lines, bad_lines = _tried(lambda: self._lines(rows, issued_on), _untaxed(rows))
        holds = (self.problems.get(key.order_id), bad_buyer, bad_lines, self._closed(issued_on))
        reason, detail = next(filter(None, holds), (None, ""))
        return DueDocument(self._document(key, order, issued_on, buyer, lines), reason, detail)

    def _document(
        self,
        key: DocumentKey,
        order: Mapping[str, Any],
        issued_on: date,
        buyer: Counterparty,
        lines: tuple[DocumentLine, ...],
    ) -> Document:
        rank = self.ranks.get(key.shipment_id, 1)
        number = order["number"] if rank == 1 else f"{order['number']}/{rank}"
        due = timedelta(self.company.bill_due_days)
        pay_by = issued_on + due if key.kind is DocumentKind.BILL else None
        return Document(key, number, issued_on, buyer, lines, order["number"], pay_by)

    def _buyer(self, order: Mapping[str, Any]) -> Counterparty:
        columns = {name: order[name] for name in BUYER}
        return with_name(counterparty_of(columns, self.company.retail_buyer.name), self.known)

    def _lines(self, rows: list[dict[str, Any]], day: date) -> tuple[DocumentLine, ...]:
        if any(row["total"] < 0 for row in rows):
            raise RejectedError("сумма строки меньше нуля", reason=HoldReason.NEGATIVE_AMOUNT)
        return tuple(line for row in rows for line in _split(row, self._rate(row, day)))

    def _rate(self, row: Mapping[str, Any], day: date) -> VatRate:
        mode, recompute = self.company.vat_mode_on(day), self.company.on_stale_vat == "recompute"
        if row["line_id"]:
            rate = rate_on(day, mode, row["vat_fraction"], recompute=recompute)
            self._note_override(row, rate)
            return rate
        if own := self.company.delivery.vat:
            return in_force(own, day, recompute=recompute) if own in STALE else own
        return standard_rate_on(day) if mode == "standard" else VatRate(mode)

    def _note_override(self, row: Mapping[str, Any], rate: VatRate) -> None:
        """Remember an order whose line the shop sells at another rate than its seller has."""
        fraction = row["vat_fraction"]
        is_overridden = self.company.vat_mode_on(row["issued_on"]) != "standard" and fraction is not None
        if is_overridden and fraction * 100 != rate.percent:
            self.overridden.add(self.orders[row["order_id"]]["number"])

    def warn(self) -> None:
        """Say which orders the shop sells with a VAT that its seller does not have."""
        if self.overridden:
            numbers = sorted(self.overridden)
            shown = ", ".join(numbers[:SHOWN]) + (" …" if len(numbers) > SHOWN else "")
            log.warning(
                "The seller's VAT mode overrides the shop's rate in %s orders: № %s. Documents bear the "
                "seller's rate; set the shop's products right.",
                len(numbers),
                shown,
            )

    def _closed(self, day: date) -> Hold | None:
        closed = self.company.closed_through
        if closed is None or day > closed:
            return None
        return HoldReason.PERIOD_CLOSED, f"документ от {day:%d.%m.%Y}, период закрыт по {closed:%d.%m.%Y}"


def _tried(build: Callable[[], Built], otherwise: Built) -> tuple[Built, Hold | None]:
    try:
        return build(), None
    except RejectedError as error:
        return otherwise, (error.reason, str(error))


def _nobody(order: Mapping[str, Any]) -> Counterparty:
    """Stand in for the buyer of a held document; never sent."""
    return Counterparty("", CounterpartyKind.INDIVIDUAL, order["company"] or order["name"])


def _untaxed(rows: list[dict[str, Any]]) -> tuple[DocumentLine, ...]:
    """Keep the sum of a document that is held for its VAT; never sent."""
    return tuple(line for row in rows for line in _split(row, VatRate.NONE))


def _split(row: Mapping[str, Any], rate: VatRate) -> Iterator[DocumentLine]:
    return split(
        row["name"], row["unit"], row["quantity"], row["total"], rate, is_service=bool(row["is_service"])
    )
