"""What an accountant has to look at, as a table for any program: CSV the way a Russian Excel reads it."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

from bookkeeping.domain import to_kopecks
from bookkeeping.outcomes import ForeignRow, OrderRow, Outcome, Reconciliation
from bookkeeping.report.formats import may_be_a_formula, short_day
from bookkeeping.report.tables import Row, Value
from bookkeeping.report.totals import needing_attention
from bookkeeping.report.words import OUTCOMES, what_to_do

COLUMNS = (
    "Номер",
    "Дата",
    "Покупатель",
    "Результат",
    "Код результата",
    "Разница, ₽",
    "Сумма заказа (магазин), ₽",
    "По документам (журнал), ₽",
    "Оплачено (магазин), ₽",
    "Оплачено (учёт), ₽",
    "Пояснение",
    "Что сделать",
    "ID заказа",
    "ID в учёте",
)


def render_csv(reconciliation: Reconciliation) -> bytes:
    """Return a row for each order that needs attention, the most urgent first, then the foreign documents.

    Sums have a comma and no spaces. A text that a spreadsheet would work out begins with an apostrophe.
    """
    text = StringIO(newline="")
    lines = csv.writer(text, delimiter=";")
    lines.writerow(COLUMNS)
    lines.writerows([_written(value) for value in row] for row in _rows(reconciliation))
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _rows(day: Reconciliation) -> Iterator[Row]:
    yield from map(_order, needing_attention(day))
    yield from map(_foreign, day.foreign)


def _order(order: OrderRow) -> Row:
    return (
        order.number,
        order.placed_on,
        order.buyer,
        OUTCOMES[order.outcome].title,
        order.outcome.value,
        order.difference,
        order.total,
        order.documents_total,
        order.paid_in_shop,
        order.paid_in_books,
        order.explanation,
        what_to_do(order),
        order.order_id,
        None,
    )


def _foreign(row: ForeignRow) -> Row:
    """A document that no order explains has no sums of an order: all that it holds is its difference."""
    words = OUTCOMES[Outcome.FOREIGN]
    return (
        *(row.number, row.issued_on, None, words.title, Outcome.FOREIGN.value, row.total),
        *(None, None, None, None),
        *(row.explanation, words.action, None, row.external_id),
    )


def _written(value: Value) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return str(to_kopecks(value)).replace(".", ",")
        case date():
            return short_day(value)
    text = str(value).replace("\0", "")
    return f"'{text}" if may_be_a_formula(text) else text
