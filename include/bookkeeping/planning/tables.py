"""The tables of a plan's workbook: a row a document, a payment or an order, in columns that stay."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bookkeeping.planning.plan import Plan, PlannedDocument, PlannedMoney, SkippedOrder
from bookkeeping.planning.totals import KindTotal, RateTotal, kind_totals, rate_totals
from bookkeeping.planning.words import (
    FATES,
    KINDS,
    MONEY_FATES,
    MONEY_KINDS,
    explanation,
    rate_name,
    what_to_do,
)
from bookkeeping.report.tables import Row, Table
from bookkeeping.report.totals import total_of

T = TypeVar("T")


def tables(plan: Plan) -> tuple[Table, ...]:
    """Return the sheets in their order; a sum on the first two is the sum of rows of the third."""
    return (
        Table("Итоги", KIND_COLUMNS, [*map(_kind, kind_totals(plan)), _skipped_total(plan)]),
        Table("По ставкам НДС", RATE_COLUMNS, _rows(_rate, rate_totals(plan))),
        Table("Документы", DOCUMENT_COLUMNS, _rows(_document, plan.documents)),
        Table("Деньги", MONEY_COLUMNS, _rows(_money, plan.money)),
        Table("Без документов", SKIPPED_COLUMNS, _rows(_skipped, plan.skipped)),
    )


def _rows(to_row: Callable[[T], Row], things: Iterable[T]) -> list[Row]:
    return [to_row(thing) for thing in things]


KIND_COLUMNS = {"Что будет": 24, "Документ": 14, "Количество": 12, "Сумма, ₽": 16, "В том числе НДС, ₽": 16}


def _kind(total: KindTotal) -> Row:
    return FATES[total.fate].title, KINDS[total.kind], total.count, total.total, total.vat


def _skipped_total(plan: Plan) -> Row:
    return "Без документов", "Заказ", len(plan.skipped), total_of(order.total for order in plan.skipped), None


RATE_COLUMNS = {
    "Что будет": 24,
    "Документ": 14,
    "Ставка НДС": 12,
    "Сумма, ₽": 16,
    "В том числе НДС, ₽": 16,
}


def _rate(total: RateTotal) -> Row:
    return FATES[total.fate].title, KINDS[total.kind], rate_name(total.rate), total.total, total.vat


DOCUMENT_COLUMNS = {
    "Документ": 14,
    "Номер": 14,
    "Дата": 12,
    "Покупатель": 34,
    "Что будет": 24,
    "Сумма, ₽": 15,
    "В том числе НДС, ₽": 15,
    "Стоит в учёте, ₽": 15,
    "В учёте НДС, ₽": 15,
    "Пояснение": 60,
    "Что сделать": 60,
    "ID заказа": 12,
    "Ключ": 32,
}


def _document(document: PlannedDocument) -> Row:
    return (
        KINDS[document.kind],
        document.number,
        document.issued_on,
        document.buyer,
        FATES[document.fate].title,
        document.total,
        document.vat,
        document.stands,
        document.stands_vat,
        explanation(document),
        what_to_do(document),
        document.order_id,
        document.key,
    )


MONEY_COLUMNS = {
    "Операция": 12,
    "Заказ": 14,
    "Документ": 14,
    "Дата": 12,
    "Сумма, ₽": 15,
    "Что будет": 24,
    "Пояснение": 60,
    "Что сделать": 60,
    "ID оплаты": 14,
}


def _money(money: PlannedMoney) -> Row:
    return (
        MONEY_KINDS[money.kind],
        money.order_number,
        money.document_number,
        money.paid_on,
        money.amount,
        MONEY_FATES[money.fate],
        explanation(money),
        what_to_do(money),
        money.payment_id,
    )


SKIPPED_COLUMNS = {
    "Заказ": 14,
    "Дата": 12,
    "Покупатель": 34,
    "Сумма заказа, ₽": 15,
    "Почему без документа": 80,
    "ID заказа": 12,
}


def _skipped(order: SkippedOrder) -> Row:
    return order.number, order.placed_on, order.buyer, order.total, order.why, order.order_id
