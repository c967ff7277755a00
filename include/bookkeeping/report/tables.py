"""The tables of the workbook: a row an order, a document, a payment, in columns that stay where they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bookkeeping.domain import DocumentLine
from bookkeeping.holds import words_for
from bookkeeping.outcomes import (
    DifferenceRow,
    DocumentRow,
    ForeignRow,
    MoneyRow,
    OrderRow,
    Outcome,
    Reconciliation,
    Sums,
    Told,
)
from bookkeeping.report.totals import outcome_totals, total_of
from bookkeeping.report.words import (
    CHANGES,
    KINDS,
    MONEY_KINDS,
    OUTCOMES,
    SEEN,
    STATUSES,
    before_and_after,
    warning_title,
    what_to_do,
)

Value = str | int | Decimal | date | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """One sheet.

    :ivar columns: headings with their widths in characters.
    """

    title: str
    columns: dict[str, int]
    rows: Sequence[Row]


def tables(day: Reconciliation) -> tuple[Table, ...]:
    """Return the sheets in their order; a sum among the totals is the sum of its rows on another sheet.

    What is odd about the day comes first, on a sheet that an ordinary day does not have.
    """
    documents = [(order, document) for order in day.orders for document in order.documents]
    money = [(order, row) for order in day.orders for row in order.money]
    differences = [(order, row) for order in day.orders for row in order.differences]
    return (
        *_warnings(day),
        Table("Заказы", ORDER_COLUMNS, [_order(order) for order in day.orders]),
        Table("Документы", DOCUMENT_COLUMNS, [_document(*pair) for pair in documents]),
        Table("Деньги", MONEY_COLUMNS, [_money(*pair) for pair in money]),
        Table("Чужие документы", FOREIGN_COLUMNS, [_foreign(row) for row in day.foreign]),
        Table("Итоги", TOTAL_COLUMNS, _totals(day)),
        Table("Отличия", DIFFERENCE_COLUMNS, [_difference(*pair) for pair in differences]),
    )


WARNING_COLUMNS = {"Предупреждение": 30, "Что случилось и что делать": 120}


def _warnings(day: Reconciliation) -> list[Table]:
    rows = [(warning_title(kind), text) for kind, text in day.warnings]
    return [Table("Предупреждения", WARNING_COLUMNS, rows)] if rows else []


ORDER_COLUMNS = {
    "Заказ": 14,
    "Дата": 12,
    "Покупатель": 34,
    "Сумма заказа, ₽": 15,
    "По документам, ₽": 15,
    "Оплачено в магазине, ₽": 15,
    "Оплачено в учёте, ₽": 15,
    "Результат": 24,
    "Разница, ₽": 14,
    "Пояснение": 60,
    "Что сделать": 60,
    "ID заказа": 12,
}


def _order(order: OrderRow) -> Row:
    return (
        order.number,
        order.placed_on,
        order.buyer,
        order.total,
        order.documents_total,
        order.paid_in_shop,
        order.paid_in_books,
        OUTCOMES[order.outcome].title,
        order.difference,
        order.explanation,
        what_to_do(order),
        order.order_id,
    )


DOCUMENT_COLUMNS = {
    "Заказ": 14,
    "Документ": 14,
    "Номер": 14,
    "Дата": 12,
    "Сумма, ₽": 15,
    "В том числе НДС, ₽": 15,
    "Состояние": 16,
    "Сверка с учётом": 20,
    "Сумма в учёте, ₽": 15,
    "Причина": 30,
    "Подробности": 60,
    "ID в учёте": 38,
    "Ключ": 32,
}


def _document(order: OrderRow, document: DocumentRow) -> Row:
    return (
        order.number,
        KINDS[document.kind],
        document.number,
        document.issued_on,
        document.total,
        document.vat,
        STATUSES[document.status],
        SEEN[document.seen],
        document.books_total,
        words_for(document.reason).title if document.reason else None,
        document.detail,
        document.external_id,
        document.key,
    )


MONEY_COLUMNS = {
    "Заказ": 14,
    "Операция": 12,
    "Дата": 12,
    "Сумма в магазине, ₽": 16,
    "Проведено в учёте, ₽": 16,
    "Состояние": 16,
    "Примечание": 60,
    "ID оплаты": 14,
}


def _money(order: OrderRow, money: MoneyRow) -> Row:
    return (
        order.number,
        MONEY_KINDS[money.kind],
        money.paid_on,
        money.amount,
        money.recorded,
        STATUSES[money.status] if money.status else None,
        money.note,
        money.payment_id,
    )


FOREIGN_COLUMNS = {
    "Документ": 14,
    "Номер": 14,
    "Дата": 12,
    "Сумма, ₽": 15,
    "Пояснение": 60,
    "Что сделать": 60,
    "ID в учёте": 38,
}


def _foreign(row: ForeignRow) -> Row:
    return (
        KINDS[row.kind],
        row.number,
        row.issued_on,
        row.total,
        row.explanation,
        OUTCOMES[Outcome.FOREIGN].action,
        row.external_id,
    )


TOTAL_COLUMNS = {"Итог": 30, "Количество": 12, "Сумма, ₽": 16, "Разница, ₽": 16, "Что это значит": 80}


def _totals(day: Reconciliation) -> list[Row]:
    """Sum up by outcome, then the sources one by one."""
    totals = outcome_totals(day)
    outcomes: list[Row] = [
        (words.title, total.count, total.amount, total.difference, words.meaning)
        for total in totals
        for words in [OUTCOMES[total.outcome]]
    ]
    whole = (
        "Всего",
        sum(total.count for total in totals),
        total_of(total.amount for total in totals),
        total_of(total.difference for total in totals),
        None,
    )
    return [*outcomes, whole, *_sources(day)]


def _sources(day: Reconciliation) -> list[Row]:
    documents = [document for order in day.orders for document in order.documents]
    money = [row for order in day.orders for row in order.money]
    return [
        _source("Лист «Заказы»", (order.total for order in day.orders)),
        *(
            _source(f"Документы: {title}", (row.total for row in documents if row.kind is kind))
            for kind, title in KINDS.items()
        ),
        *(
            _source(f"Деньги: {title}", (row.amount for row in money if row.kind is kind))
            for kind, title in MONEY_KINDS.items()
        ),
        _source("Лист «Чужие документы»", (row.total for row in day.foreign)),
        _source("Лист «Отличия»", (row.total for order in day.orders for row in order.differences)),
    ]


def _source(title: str, amounts: Iterable[Decimal]) -> Row:
    listed = list(amounts)
    return title, len(listed), total_of(listed), None, None


DIFFERENCE_COLUMNS = {
    "Заказ": 14,
    "Документ": 14,
    "Номер": 14,
    "Что отличается": 24,
    "Строка": 40,
    "В учёте": 44,
    "По заказу": 44,
    "Сумма в учёте, ₽": 15,
    "Сумма по заказу, ₽": 15,
    "НДС в учёте, ₽": 15,
    "НДС по заказу, ₽": 15,
    "Разница, ₽": 15,
    "Разница НДС, ₽": 15,
}


def _difference(order: OrderRow, row: DifferenceRow) -> Row:
    return (
        order.number,
        KINDS[row.kind],
        row.number,
        CHANGES[row.change],
        row.name,
        *before_and_after(row),
        *(_sum(row.before), _sum(row.after)),
        *(_vat(row.before), _vat(row.after)),
        row.total,
        row.vat,
    )


def _sum(told: Told) -> Decimal | None:
    return told.total if isinstance(told, DocumentLine | Sums) else None


def _vat(told: Told) -> Decimal | None:
    return told.vat if isinstance(told, DocumentLine | Sums) else None
