"""Why an order makes no document, in the words of an accountant."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bookkeeping.companies import Company
from bookkeeping.domain import DocumentKind
from bookkeeping.planning.plan import SkippedOrder
from bookkeeping.transforms.columns import ShopFrames

Order = Mapping[str, Any]


def buyer_of(order: Order, company: Company) -> str:
    """Name the buyer of an order as the reports do."""
    return str(order["company"] or order["name"] or company.retail_buyer.name)


def skipped_orders(
    shop: ShopFrames,
    company: Company,
    before: datetime,
    planned: Collection[str],
    summed: Mapping[str, date],
) -> tuple[SkippedOrder, ...]:
    """Return the orders that make no document of their own.

    :param planned: the ids of those that do.
    :param summed: for orders in the summary of a day, the day.
    """
    shipped = _shipped_days(shop, company)
    return tuple(
        SkippedOrder(
            order_id=order["order_id"],
            number=order["number"],
            placed_on=order["placed_at"].astimezone(company.zone).date(),
            buyer=buyer_of(order, company),
            total=order["price"],
            why=_in_summary(summed.get(order["order_id"]))
            or why_skipped(order, company, shipped[order["order_id"]], before),
        )
        for order in shop.orders.to_dict("records")
        if order["order_id"] not in planned
    )


def _in_summary(day: date | None) -> str:
    return f"входит в сводный документ за {day:%d.%m.%Y}" if day else ""


def _shipped_days(shop: ShopFrames, company: Company) -> Mapping[str, list[date]]:
    days: dict[str, list[date]] = defaultdict(list)
    gone = shop.shipments[shop.shipments["shipped"] & shop.shipments["shipped_at"].notna()]
    for order_id, moment in zip(gone["order_id"], gone["shipped_at"], strict=True):
        days[order_id].append(moment.astimezone(company.zone).date())
    return days


def why_skipped(order: Order, company: Company, shipped: Sequence[date], before: datetime) -> str:
    """Return the first thing that keeps an order from making a document."""
    placed_on = order["placed_at"].astimezone(company.zone).date()
    billed = [placed_on] if DocumentKind.BILL in company.documents else []
    last = before.astimezone(company.zone).date()
    days = [day for day in (*billed, *shipped) if day < last]
    return _excluded(order, company, shipped) or _not_due(order, company, days)


def _excluded(order: Order, company: Company, shipped: Sequence[date]) -> str:
    shop = company.shop
    if order["cancelled"]:
        return "заказ отменён, хотя отгружен" if shipped else "заказ отменён до проведения"
    if order["status"] in shop.skip_statuses:
        return f"статус заказа {order['status']} исключён настройкой skip_statuses"
    if order["platform"] in shop.skip_platforms:
        return f"площадка {order['platform']} исключена настройкой skip_platforms"
    return ""


def _not_due(order: Order, company: Company, days: Sequence[date]) -> str:
    """Tell apart what is not due yet, what never will be, and what lies before the beginning.

    :param days: those on which documents would be dated.
    """
    if not order["price"]:
        return "заказ на ноль рублей"
    if not days:
        return "к концу этого дня заказ не отгружен"
    if max(days) < company.start_date:
        return f"всё было до начала учёта {company.start_date:%d.%m.%Y}"
    if not order["inn"].strip() and "skip" in {company.individuals_on(day) for day in days}:
        return "покупатель без ИНН, а настройка individuals таких пропускает"
    return "того, на что компания выписывает документы, в заказе к концу этого дня нет"
