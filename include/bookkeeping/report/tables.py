"""The tables of the workbook: a row an order, a document, a payment, in columns that stay where they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import starmap

from bookkeeping.domain import DocumentLine
from bookkeeping.holds import words_for
from bookkeeping.outcomes import (
    BankRow,
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
from bookkeeping.report.totals import Figure, bank_totals, figures, outcome_totals, total_of
from bookkeeping.report.words import (
    BANK,
    CHANGES,
    KINDS,
    MONEY_KINDS,
    OUTCOMES,
    SEEN,
    STATUSES,
    Source,
    before_and_after,
    expected_source,
    outcome_source,
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
    rows: Iterable[Row]


def tables(day: Reconciliation) -> Iterator[Table]:
    """Yield the sheets in their order; a sum among the totals is the sum of its rows on another sheet.

    What is odd about the day comes first, on a sheet that an ordinary day does not have; the bank last,
    where the books show it. Rows are made as they are read.
    """
    documents = ((order, document) for order in day.orders for document in order.documents)
    money = ((order, row) for order in day.orders for row in order.money)
    differences = ((order, row) for order in day.orders for row in order.differences)
    yield from _warnings(day)
    yield Table("Заказы", ORDER_COLUMNS, map(_order, day.orders))
    yield Table("Документы", DOCUMENT_COLUMNS, starmap(_document, documents))
    yield Table("Деньги", MONEY_COLUMNS, starmap(_money, money))
    yield Table("Чужие документы", FOREIGN_COLUMNS, map(_foreign, day.foreign))
    yield Table("Итоги", TOTAL_COLUMNS, _totals(day))
    yield Table("Отличия", DIFFERENCE_COLUMNS, starmap(_difference, differences))
    if day.bank is not None:
        yield Table("Банк", BANK_COLUMNS, map(_bank, day.bank))


WARNING_COLUMNS = {"Предупреждение": 30, "Что случилось и что делать": 120}


def _warnings(day: Reconciliation) -> list[Table]:
    rows = [(warning_title(kind), text) for kind, text in day.warnings]
    return [Table("Предупреждения", WARNING_COLUMNS, rows)] if rows else []


ORDER_COLUMNS = {
    "Заказ": 14,
    "Дата": 12,
    "Покупатель": 34,
    "Сумма заказа (магазин), ₽": 15,
    "По документам (журнал), ₽": 15,
    "Оплачено (магазин), ₽": 15,
    "Оплачено (учёт), ₽": 15,
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
    "Сумма (журнал), ₽": 15,
    "В том числе НДС (журнал), ₽": 15,
    "Состояние": 16,
    "Сверка с учётом": 20,
    "Сумма (учёт), ₽": 15,
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
    "Сумма (магазин), ₽": 16,
    "Проведено (журнал), ₽": 16,
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
    "Сумма (учёт), ₽": 15,
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


TOTAL_COLUMNS = {
    "Итог": 34,
    "Количество": 12,
    "Сумма, ₽": 16,
    "Разница, ₽": 16,
    "Что это значит": 80,
    "Источник суммы": 18,
}


def _totals(day: Reconciliation) -> Iterator[Row]:
    """Sum up by outcome, then the sources one by one."""
    totals = outcome_totals(day)
    for total in totals:
        words = OUTCOMES[total.outcome]
        source = outcome_source(total.outcome)
        yield words.title, total.count, total.amount, total.difference, words.meaning, source
    yield (
        "Всего",
        sum(total.count for total in totals),
        total_of(total.amount for total in totals),
        total_of(total.difference for total in totals),
        None,
        f"{Source.SHOP} и {Source.BOOKS}" if day.foreign else Source.SHOP,
    )
    yield from map(_figure, figures(day))
    yield from _sources(day)
    for found in bank_totals(day.bank or ()):
        bank = BANK[found.match]
        yield f"Банк: {bank.title}", found.count, found.amount, None, bank.meaning, Source.BANK


def _figure(figure: Figure) -> Row:
    unseen = None if figure.count == figure.of else f"Видно строк: {figure.count} из {figure.of}."
    return f"{figure.title} ({figure.source})", figure.count, figure.amount, None, unseen, figure.source


def _sources(day: Reconciliation) -> Iterator[Row]:
    documents = [document for order in day.orders for document in order.documents]
    money = [row for order in day.orders for row in order.money]
    yield _source("Лист «Заказы»", (order.total for order in day.orders), Source.SHOP)
    for kind, title in KINDS.items():
        of_kind = (document.total for document in documents if document.kind is kind)
        yield _source(f"Документы: {title}", of_kind, Source.JOURNAL)
    for way, title in MONEY_KINDS.items():
        yield _source(f"Деньги: {title}", (row.amount for row in money if row.kind is way), Source.SHOP)
    yield _source("Лист «Чужие документы»", (row.total for row in day.foreign), Source.BOOKS)
    differences = (row.total for order in day.orders for row in order.differences)
    yield _source("Лист «Отличия»", differences, f"{Source.SHOP} минус {Source.BOOKS}")


def _source(title: str, amounts: Iterable[Decimal], source: str) -> Row:
    listed = list(amounts)
    return title, len(listed), total_of(listed), None, None, source


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


BANK_COLUMNS = {
    "Дата": 12,
    "Поступило (банк), ₽": 15,
    "Комиссия (банк), ₽": 15,
    "Ожидалось, ₽": 15,
    "Чьё ожидание": 14,
    "Результат": 22,
    "Документы": 24,
    "Плательщик": 34,
    "Назначение платежа": 60,
    "Пояснение": 60,
    "Что сделать": 60,
    "ID в банке": 38,
}


def _bank(row: BankRow) -> Row:
    words = BANK[row.match]
    return (
        row.dated_on,
        row.amount,
        row.commission,
        row.expected,
        None if row.expected is None else expected_source(row.match),
        words.title,
        ", ".join(row.numbers),
        row.payer,
        row.purpose,
        row.explanation,
        words.action,
        row.external_id,
    )


def _sum(told: Told) -> Decimal | None:
    return told.total if isinstance(told, DocumentLine | Sums) else None


def _vat(told: Told) -> Decimal | None:
    return told.vat if isinstance(told, DocumentLine | Sums) else None
