"""Which documents an order asks for, on which date and with which lines (DESIGN R2, R3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd

from bookkeeping.companies import Company
from bookkeeping.domain import Document, DocumentKind, Place, SummaryPart
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.building import DueDocument, build
from bookkeeping.transforms.columns import DOCUMENT, ShopFrames
from bookkeeping.transforms.individuals import (
    NOTHING_COVERED,
    Coverage,
    by_policy,
    part_of,
)
from bookkeeping.transforms.kopecks import KOPECKS_IN_ROUBLE, LARGEST, TEN_THOUSANDTHS, among, to_whole
from bookkeeping.transforms.lines import NO_VAT, shipped_lines, sold_lines
from bookkeeping.transforms.problems import order_problems

LINE = ["line_id", "name", "unit", "pieces", "total", "fraction", "is_service"]
COLUMNS = [*DOCUMENT, "issued_on", *LINE]


Fits = Callable[[Document], object]
"""Raises RejectedError for a document that the books cannot take."""


@dataclass(frozen=True)
class DueDay:
    """All that some orders ask for: documents of their own, and parts of the summaries of days.

    :ivar held: what stands in a summary and must not be sent as it is now.
    :ivar alone: the documents that the parts would be by themselves.
    """

    documents: list[DueDocument]
    parts: list[SummaryPart]
    held: list[DueDocument]
    alone: dict[Place, DueDocument]

    def refusing(self, fits: Fits, coverage: Coverage) -> "DueDay":
        """Hold the parts that the books would refuse, so that the others' summary is not refused for them."""
        judged = [_judged(self.alone[part.place], fits) for part in self.parts]
        refused = [item for item in judged if item.reason]
        if not refused:
            return self
        places = {item.document.key.place for item in refused}
        standing = [item for item in refused if item.document.key.place in coverage.summarised]
        alone = [item for item in refused if item.document.key.place not in coverage.summarised]
        return replace(
            self,
            documents=[*self.documents, *alone],
            parts=[part for part in self.parts if part.place not in places],
            held=[*self.held, *standing],
        )


def _judged(item: DueDocument, fits: Fits) -> DueDocument:
    try:
        fits(item.document)
    except RejectedError as error:
        return replace(item, reason=error.reason, detail=str(error))
    return item


def due_documents(
    shop: ShopFrames, company: Company, before: datetime, known: frozenset[str] = frozenset()
) -> list[DueDocument]:
    """Return the documents that these orders ask for by themselves; see :func:`due_day`."""
    return due_day(shop, company, before, known).documents


def due_day(
    shop: ShopFrames,
    company: Company,
    before: datetime,
    known: frozenset[str] = frozenset(),
    coverage: Coverage = NOTHING_COVERED,
) -> DueDay:
    """Return all that these orders ask for, dated from ``start_date`` on and before a moment.

    :param before: the end of the run's day; what happens later is a later run's.
    :param known: keys of counterparties that stand in the books already.
    :param coverage: which of individuals' documents stand in the books, and how.
    """
    orders = documented_orders(shop.orders, company)
    sold = sold_lines(shop.lines[among(shop.lines["order_id"], orders["order_id"])])
    rows = document_lines(orders, sold, shop, company)
    last = before.astimezone(company.zone).date()
    rows = rows[rows["kind"].isin(company.documents) & _within(rows["issued_on"], company.start_date, last)]
    rows, days = by_policy(rows.sort_values(DOCUMENT, kind="stable"), orders, company, coverage)
    problems = order_problems(orders, sold, shop)
    due = build(rows, orders, shop.shipments, company, problems, known, frozenset(days))
    return _sorted_out(due, days, coverage)


def _sorted_out(due: Iterable[DueDocument], days: Mapping[Place, date], coverage: Coverage) -> DueDay:
    """Put apart what goes into summaries; what is held never does."""
    day = DueDay([], [], [], {})
    for item in due:
        place = item.document.key.place
        if item.reason is None and place in days:
            day.parts.append(part_of(item.document, days[place]))
            day.alone[place] = item
        else:
            (day.held if place in coverage.summarised else day.documents).append(item)
    return day


def _within(days: pd.Series, first: date, last: date) -> pd.Series:
    return (days >= pd.Timestamp(first)) & (days < pd.Timestamp(last))


def documented_orders(orders: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Leave out what is never a document: cancelled, or skipped by a setting."""
    wanted = ~orders["cancelled"]
    wanted &= ~orders["status"].isin(company.shop.skip_statuses)
    wanted &= ~orders["platform"].isin(company.shop.skip_platforms)
    return orders[wanted]


def document_lines(
    orders: pd.DataFrame, sold: pd.DataFrame, shop: ShopFrames, company: Company
) -> pd.DataFrame:
    """Return one row a line of each document: bills from orders, sales and acts from shipped shipments.

    :return: COLUMNS; ``total`` is kopecks, ``pieces`` ten-thousandths.
    """
    shipments = shop.shipments[among(shop.shipments["order_id"], orders["order_id"])].pipe(_charged)
    placed = orders.assign(issued_on=local_days(orders["placed_at"], company))[["order_id", "issued_on"]]
    shipped = shipments[shipments["shipped"]]
    shipped = shipped.assign(issued_on=local_days(shipped["shipped_at"], company))
    bills = bill_lines(placed, sold, shipments, company)
    return pd.concat([bills, shipment_lines(shipped, sold, shop.shipment_items, company)], ignore_index=True)


def _charged(shipments: pd.DataFrame) -> pd.DataFrame:
    """Add ``delivery``: kopecks; what nobody can believe is 0, and its order is held."""
    believable = shipments["delivery_price"].abs() < LARGEST
    price = shipments["delivery_price"].where(believable, Decimal(0))
    return shipments.assign(delivery=to_whole(price, KOPECKS_IN_ROUBLE))


def local_days(moments: pd.Series, company: Company) -> pd.Series:
    """Return the calendar days of moments in the company's zone, each as its midnight without a zone."""
    return moments.dt.tz_convert(company.zone).dt.tz_localize(None).dt.normalize()


def bill_lines(
    placed: pd.DataFrame, sold: pd.DataFrame, shipments: pd.DataFrame, company: Company
) -> pd.DataFrame:
    """Bill all that was ordered, and paid delivery as one more line."""
    days = placed.set_index("order_id")["issued_on"]
    goods = sold[["order_id", *LINE]].assign(issued_on=days.reindex(sold["order_id"]).array)
    costs = shipments.groupby("order_id")["delivery"].sum().reindex(placed["order_id"], fill_value=0)
    delivery = delivery_lines(placed.assign(delivery=costs.array), company)
    rows = pd.concat([goods, delivery], ignore_index=True)
    return rows.assign(kind=DocumentKind.BILL.value, shipment_id="")[COLUMNS]


def shipment_lines(
    shipped: pd.DataFrame, sold: pd.DataFrame, items: pd.DataFrame, company: Company
) -> pd.DataFrame:
    """Make a sale of each shipment's goods and an act of its services; delivery goes with the goods."""
    days = shipped.set_index("shipment_id")["issued_on"]
    parts = shipped_lines(sold, items)
    parts = parts.assign(issued_on=days.reindex(parts["shipment_id"]).array, kind=_kinds(parts["is_service"]))
    parts = parts[parts["issued_on"].notna()]
    delivery = delivery_lines(shipped, company)
    delivery = delivery.assign(kind=_kinds(_goes_on_act(delivery, parts, company)))
    return pd.concat([parts[COLUMNS], delivery[COLUMNS]], ignore_index=True)


def _kinds(is_act: pd.Series) -> pd.Series:
    kinds = np.where(is_act.to_numpy(dtype=bool), DocumentKind.ACT.value, DocumentKind.SALE.value)
    return pd.Series(kinds, is_act.index, "str")


def _goes_on_act(delivery: pd.DataFrame, parts: pd.DataFrame, company: Company) -> pd.Series:
    """With the goods if there are any, else with the services; alone, whichever kind the company makes."""
    has_goods = among(delivery["shipment_id"], parts["shipment_id"][~parts["is_service"]])
    has_services = among(delivery["shipment_id"], parts["shipment_id"])
    alone_on_act = DocumentKind.SALE not in company.documents
    return pd.Series(~has_goods & (has_services | alone_on_act), delivery.index)


def delivery_lines(charged: pd.DataFrame, company: Company) -> pd.DataFrame:
    """Turn each paid ``delivery`` into a line, the way the accountant does."""
    paid = charged[charged["delivery"] > 0]
    return paid.assign(
        line_id="",
        name=company.delivery.name,
        unit=company.delivery.unit,
        pieces=TEN_THOUSANDTHS,
        total=paid["delivery"],
        fraction=NO_VAT,
        is_service=True,
    )
