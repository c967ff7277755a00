"""What a plan calls things, in the accountant's Russian."""

from collections.abc import Mapping
from dataclasses import dataclass

from bookkeeping.holds import words_for
from bookkeeping.planning.plan import Fate, PlannedDocument, PlannedMoney
from bookkeeping.report.words import KINDS, MONEY_KINDS, books_name, rate_name

__all__ = [
    "FATES",
    "KINDS",
    "MONEY_FATES",
    "MONEY_KINDS",
    "books_name",
    "explanation",
    "rate_name",
    "what_to_do",
]


@dataclass(frozen=True)
class FateWords:
    """One fate for the accountant.

    :ivar title: short enough for a label.
    :ivar meaning: what would happen.
    :ivar colour: the outcome of the reconciliation whose colour it shares.
    """

    title: str
    meaning: str
    colour: str


FATES: Mapping[Fate, FateWords] = {
    Fate.CREATE: FateWords(
        "Будет создан",
        "Документа в учёте ещё нет; запуск создаст его.",
        "matched",
    ),
    Fate.UPDATE: FateWords(
        "Будет изменён",
        "Заказ изменился после проведения; запуск исправит документ, если учёт это позволит.",
        "changed_after_posting",
    ),
    Fate.CANCEL: FateWords(
        "Будет отменён",
        "Документ больше не нужен; запуск отменит его, если учёт это позволит.",
        "cancelled_after_posting",
    ),
    Fate.CORRECT: FateWords(
        "Будет скорректирован",
        "Часть товара вернули; документ останется, запуск проведёт к нему корректировку на возврат.",
        "changed_after_posting",
    ),
    Fate.LOOK_UP: FateWords(
        "Сначала поиск",
        "Прошлый запрос остался без ответа; прежде чем что-то отправлять, запуск поищет документ в учёте.",
        "unknown",
    ),
    Fate.FOUND: FateWords(
        "Уже стоит в учёте",
        "Документ с нашей меткой в учёте есть, а журнал о нём не знает; запуск запомнит его, второго "
        "не создаст.",
        "not_checked",
    ),
    Fate.HELD: FateWords(
        "Будет удержан",
        "В нынешнем виде документ попал бы в учёт с ошибкой; запуск его не отправит.",
        "held",
    ),
    Fate.LEFT: FateWords(
        "Отличается, останется",
        "Заказ требует другого, а документ в учёте останется прежним: исправить его может только человек.",
        "document_differs",
    ),
    Fate.UNCHANGED: FateWords(
        "Уже проведён",
        "Документ стоит в учёте и соответствует заказу; запуск его не тронет.",
        "not_due",
    ),
}

MONEY_FATES: Mapping[Fate, str] = {
    Fate.CREATE: "будет записана",
    Fate.FOUND: "уже стоит в учёте",
    Fate.LOOK_UP: "сначала поиск в учёте",
    Fate.HELD: "будет удержана",
}


def explanation(item: PlannedDocument | PlannedMoney) -> str:
    """Say what is special about a thing: the cause with its detail, or the detail alone; often nothing."""
    if item.reason is None:
        return item.detail
    words = words_for(item.reason)
    return f"{words.title}: {item.detail or words.meaning}"


def what_to_do(item: PlannedDocument | PlannedMoney) -> str:
    """Say the next step, if a person has to take one."""
    return words_for(item.reason).action if item.reason else ""
