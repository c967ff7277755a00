"""What a closing calls things, in the accountant's Russian."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from bookkeeping.closing.month import Cause, ChangeRow, Field
from bookkeeping.closing.snapshot import CANCELLED, ORDER
from bookkeeping.domain import HoldReason, VatRate
from bookkeeping.holds import words_for
from bookkeeping.outcomes import Outcome
from bookkeeping.posting import CHANGES, CORRECTION
from bookkeeping.report.tables import Value
from bookkeeping.report.words import KINDS, MONEY_KINDS, OUTCOMES, STATUSES, books_name, rate_name

__all__ = ["CAUSES", "FIELDS", "books_name", "change_value", "kind_name", "month_name", "rate_or_rest"]

UPDATE, CANCELLATION = CHANGES

NAMES: Mapping[str, str] = {
    **{kind.value: name for kind, name in KINDS.items()},
    **{kind.value: name for kind, name in MONEY_KINDS.items()},
    UPDATE: "Исправление",
    CANCELLATION: "Отмена",
    CORRECTION: "Корректировка",
    ORDER: "Заказ",
    **{f"foreign {kind}": f"Чужой документ: {name}" for kind, name in KINDS.items()},
}

MONTH_NAMES = [
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
]

CAUSES: Mapping[Cause, str] = {
    Cause.UNEXPLAINED: "Нет ни заказа, ни документа",
    Cause.NOT_OURS: "Номера даёт учёт: документы созданы не программой",
    Cause.NOT_DONE: "Документ ещё не проведён",
    Cause.ELSEWHERE: "Вошёл в документ с другим номером",
    Cause.NO_DOCUMENT: "Заказ без такого документа",
    Cause.OTHER_KIND: "Заказу нужен документ другого вида",
}

FIELDS: Mapping[Field, str] = {
    Field.CAME: "Появился",
    Field.WENT: "Исчез",
    Field.OUTCOME: "Результат",
    Field.STATUS: "Состояние",
    Field.REASON: "Причина удержания",
    Field.NUMBER: "Номер",
    Field.DATE: "Дата",
    Field.TOTAL: "Сумма",
    Field.VAT: "НДС",
    Field.DOCUMENTS: "Сумма по документам",
    Field.PAID_IN_SHOP: "Оплачено в магазине",
    Field.PAID_IN_BOOKS: "Оплачено в учёте",
    Field.DIFFERENCE: "Разница",
}

STATES: Mapping[str, str] = {
    **{status.value: name for status, name in STATUSES.items()},
    CANCELLED: "отменён в учёте",
}


def month_name(day: date) -> str:
    """Name a month as it stands in a heading.

    >>> month_name(date(2026, 10, 1))
    'Октябрь 2026'
    """
    return f"{MONTH_NAMES[day.month - 1]} {day.year}"


def kind_name(kind: str) -> str:
    """Name what the ledger keeps; what this page does not know yet keeps its own name."""
    return NAMES.get(kind, kind)


def rate_or_rest(rate: VatRate | None) -> str:
    """Name a VAT rate, or the documents whose lines are not known."""
    return rate_name(rate) if rate else "не разложено по ставкам"


def change_value(change: ChangeRow, value: str | None) -> Value:
    """Read one side of a change: a day, a word or else roubles; nothing for what was not there."""
    return READERS.get(change.field, Decimal)(value) if value else None


def _outcome(value: str) -> str:
    return OUTCOMES[Outcome(value)].title if value in set(Outcome) else value


def _reason(value: str) -> str:
    return words_for(HoldReason(value)).title if value in set(HoldReason) else value


READERS: Mapping[Field, Callable[[str], Value]] = {
    Field.OUTCOME: _outcome,
    Field.STATUS: lambda value: STATES.get(value, value),
    Field.REASON: _reason,
    Field.DATE: date.fromisoformat,
    Field.NUMBER: str,
}
