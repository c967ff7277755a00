"""What the report calls things, in the accountant's Russian: outcomes, documents, money and their states."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bookkeeping.domain import DocumentKind, DocumentLine, MoneyKind, Status, VatRate
from bookkeeping.holds import words_for
from bookkeeping.outcomes import (
    BankMatch,
    DifferenceRow,
    OrderRow,
    Outcome,
    Seen,
    Sums,
    Told,
    WarningKind,
)
from bookkeeping.report.formats import NO_BREAK_SPACE, NOTHING, is_month, roubles, short_day
from bookkeeping.transforms.revisions import Change


class Tone(StrEnum):
    """How much an outcome asks of the accountant, from most to least."""

    WRONG = "wrong"
    WAITING = "waiting"
    CALM = "calm"


@dataclass(frozen=True)
class OutcomeWords:
    """One outcome for the accountant.

    :ivar title: short enough for a label.
    :ivar meaning: what is so.
    :ivar action: what to do about it.
    """

    tone: Tone
    title: str
    meaning: str
    action: str


OUTCOMES: Mapping[Outcome, OutcomeWords] = {
    Outcome.MATCHED: OutcomeWords(
        Tone.CALM,
        "Сошлось",
        "Заказ, документы и деньги совпадают до копейки.",
        "Ничего делать не нужно.",
    ),
    Outcome.NOT_DUE: OutcomeWords(
        Tone.CALM,
        "Документ не нужен",
        "Выписывать пока нечего: заказ не отгружен, отменён до проведения, нулевой или исключён настройками.",
        "Документ появится, когда наступит его срок; об отменённом или исключённом сказано у заказа.",
    ),
    Outcome.HELD: OutcomeWords(
        Tone.WAITING,
        "Ждёт исправления",
        "Документ удержан: в нынешнем виде он попал бы в учёт с ошибкой.",
        "Устраните причину, названную у документа: следующий запуск отправит его сам.",
    ),
    Outcome.UNKNOWN: OutcomeWords(
        Tone.WAITING,
        "Неизвестно, создан ли",
        "Запрос ушёл, ответа не было; второй раз документ не отправлялся.",
        "Поищите документ в учёте по номеру и дате и ответьте командой python -m bookkeeping resolve.",
    ),
    Outcome.DOCUMENT_MISSING: OutcomeWords(
        Tone.WRONG,
        "Нет в учёте",
        "Документ должен быть, но в учёте его нет: его удалили или он не дошёл.",
        "Выясните, кто и зачем удалил документ, и восстановите его в учёте.",
    ),
    Outcome.DOCUMENT_DIFFERS: OutcomeWords(
        Tone.WRONG,
        "Документ отличается",
        "В учёте стоит не то, что отправлено: документ правили вручную.",
        "Сравните сумму и строки с заказом и исправьте ту сторону, которая неверна.",
    ),
    Outcome.PAYMENT_MISSING: OutcomeWords(
        Tone.WRONG,
        "Оплата не проведена",
        "Оплата из магазина должна стоять на документе, но в учёте её нет.",
        "Проверьте, не удалён ли платёж. Если его и не было, дождитесь следующего запуска.",
    ),
    Outcome.PAID_IN_SHOP_ONLY: OutcomeWords(
        Tone.WRONG,
        "Оплачен только в магазине",
        "Магазин считает заказ оплаченным, а учёт — нет.",
        "Найдите поступление в выписке или кассе и привяжите его к документу.",
    ),
    Outcome.PAID_IN_BOOKS_ONLY: OutcomeWords(
        Tone.WRONG,
        "Оплачен только в учёте",
        "В учёте деньги получены, а магазин об этом не знает.",
        "Отметьте оплату в заказе. Если поступление привязано не к тому документу, перепривяжите его.",
    ),
    Outcome.AMOUNT_DIFFERS: OutcomeWords(
        Tone.WRONG,
        "Оплата отличается",
        "Оплачено в магазине и в учёте разное количество рублей.",
        "Сверьте платежи по одному: разница показана в строке заказа.",
    ),
    Outcome.OVERPAID: OutcomeWords(
        Tone.WRONG,
        "Переплата",
        "Получено больше, чем стоит заказ; лишнее числится авансом.",
        "Верните разницу покупателю или зачтите её в другой заказ.",
    ),
    Outcome.REFUND_OPEN: OutcomeWords(
        Tone.WRONG,
        "Возврат не оформлен",
        "Деньги покупателю возвращены, а в учёте возврата нет.",
        "Оформите возврат в учёте на указанную сумму.",
    ),
    Outcome.CHANGED_AFTER_POSTING: OutcomeWords(
        Tone.WRONG,
        "Изменён после проведения",
        "Заказ поправили в магазине, а документ в учёте остался прежним.",
        "Исправьте документ по заказу или верните заказ к прежнему виду.",
    ),
    Outcome.CANCELLED_AFTER_POSTING: OutcomeWords(
        Tone.WRONG,
        "Отменён после проведения",
        "Заказ отменён, а документ в учёте действует: выручка завышена.",
        "Отмените документ; если товар уже ушёл, оформите возврат.",
    ),
    Outcome.FOREIGN: OutcomeWords(
        Tone.WRONG,
        "Чужой документ",
        "Документ с нашим номером или меткой есть в учёте, но ни один заказ его не объясняет.",
        "Спросите, кто его создал: лишний удалите, нужному дайте другой номер.",
    ),
    Outcome.NOT_CHECKED: OutcomeWords(
        Tone.CALM,
        "Не проверено",
        "Документы отправлены, но учётная система не показывает того, с чем их сверить.",
        "Если сумма существенна, сверьте её в учёте вручную.",
    ),
}


class Source(StrEnum):
    """Where a sum comes from; no sum is shown without it."""

    SHOP = "магазин"
    JOURNAL = "журнал"
    BOOKS = "учёт"
    BANK = "банк"


@dataclass(frozen=True)
class BankWords:
    """What money on the bank account was found to be for, for the accountant.

    :ivar colour: the outcome whose colour it shares.
    """

    tone: Tone
    title: str
    meaning: str
    action: str
    colour: str


BANK: Mapping[BankMatch, BankWords] = {
    BankMatch.DOCUMENT: BankWords(
        Tone.CALM,
        "Найден документ",
        "Поступление подходит к одному документу, и только к нему.",
        "Ничего делать не нужно.",
        "matched",
    ),
    BankMatch.ACQUIRER: BankWords(
        Tone.CALM,
        "Эквайринг",
        "Оплаты картами за день пришли одной суммой, за вычетом комиссии банка.",
        "Ничего делать не нужно: комиссию учтите расходом.",
        "paid_in_books_only",
    ),
    BankMatch.AMBIGUOUS: BankWords(
        Tone.WAITING,
        "Под вопросом",
        "Поступление подходит к нескольким документам, похоже на повтор, возврат или карты; "
        "ничего не выбрано наугад.",
        "Посмотрите назначение платежа и привяжите поступление к нужному документу или верните его.",
        "held",
    ),
    BankMatch.NONE: BankWords(
        Tone.WRONG,
        "Не опознано",
        "Деньги пришли, а документа на такую сумму нет.",
        "Выясните, за что заплатили: привяжите поступление к документу или верните деньги.",
        "document_missing",
    ),
}

KINDS: Mapping[DocumentKind, str] = {
    DocumentKind.BILL: "Счёт",
    DocumentKind.SALE: "Реализация",
    DocumentKind.ACT: "Акт",
}

MONEY_KINDS: Mapping[MoneyKind, str] = {MoneyKind.PAYMENT: "Оплата", MoneyKind.REFUND: "Возврат"}

STATUSES: Mapping[Status, str] = {
    Status.PENDING: "ждёт отправки",
    Status.IN_FLIGHT: "отправляется",
    Status.POSTED: "отправлен",
    Status.UNKNOWN: "без ответа",
    Status.HELD: "удержан",
}

SEEN: Mapping[Seen, str] = {
    Seen.YES: "есть в учёте",
    Seen.NO: "в учёте не найден",
    Seen.NOT_CHECKED: "не проверялся",
}

WARNINGS: Mapping[WarningKind, str] = {
    WarningKind.MISSED_ORDERS: "Пропущенные заказы",
    WarningKind.VANISHED_ORDERS: "Заказов нет в магазине",
    WarningKind.FEW_ORDERS: "Подозрительно мало заказов",
}

CHANGES: Mapping[Change, str] = {
    Change.ADDED: "Строка добавлена",
    Change.REMOVED: "Строка убрана",
    Change.CHANGED: "Строка изменена",
    Change.NUMBER: "Номер",
    Change.DATE: "Дата",
    Change.BUYER: "Покупатель",
    Change.PAY_BY: "Срок оплаты",
    Change.WHOLE: "Документ целиком: прежние строки неизвестны",
}

SYSTEMS = {"kontur": "Контур.Бухгалтерия", "elba": "Контур.Эльба"}


def books_name(system: str) -> str:
    """Name the books as their vendor does; a dialect (``elba oauth``) is of no interest to an accountant."""
    return SYSTEMS.get(system.partition(" ")[0], system)


def reconciliation_name(first: date, last: date) -> str:
    """Name the reconciliation of a day, of a month or of any other period."""
    if first == last:
        return "Сверка дня"
    return "Сверка месяца" if is_month(first, last) else "Сверка периода"


def outcome_source(outcome: Outcome) -> Source:
    """Tell where the sums of an outcome come from: a foreign document is not the shop's."""
    return Source.BOOKS if outcome is Outcome.FOREIGN else Source.SHOP


def expected_source(match: BankMatch) -> Source:
    """Tell where the sum comes from that money on the bank account is held against."""
    return Source.SHOP if match is BankMatch.ACQUIRER else Source.JOURNAL


def warning_title(kind: str) -> str:
    """Name a warning; one that is newer than this report is still shown."""
    return WARNINGS[WarningKind(kind)] if kind in set(WarningKind) else "Внимание"


def what_to_do(order: OrderRow) -> str:
    """Say the next step: what the holds of the documents ask for or else what the outcome does."""
    reasons = dict.fromkeys(document.reason for document in order.documents if document.reason)
    if order.outcome is Outcome.HELD and reasons:
        return " ".join(words_for(reason).action for reason in reasons)
    return OUTCOMES[order.outcome].action


def before_and_after(row: DifferenceRow) -> tuple[str, str]:
    """Write what stands in the books, and what the order asks for now."""
    if row.change is not Change.BUYER:
        return _told(row.before), _told(row.after)
    before, after = _buyer(str(row.before)), _buyer(str(row.after))
    return before, f"другое {after}" if before == after else after


def _told(told: Told) -> str:
    match told:
        case DocumentLine():
            return _line(told)
        case Sums():
            return f"{roubles(told.total)}, НДС{NO_BREAK_SPACE}{roubles(told.vat)}"
        case date():
            return short_day(told)
    return told or NOTHING


def _line(line: DocumentLine) -> str:
    quantity = f"{_number(line.quantity)}{NO_BREAK_SPACE}{line.unit}"
    vat = rate_name(line.vat_rate)
    inside = f"{vat}{NO_BREAK_SPACE}— {roubles(line.vat)}" if line.vat else vat
    return f"{quantity} × {roubles(line.price)} = {roubles(line.total)}, {inside}"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}".replace(".", ",")


def rate_name(rate: VatRate) -> str:
    """Name a VAT rate.

    >>> rate_name(VatRate.VAT22).replace(NO_BREAK_SPACE, " "), rate_name(VatRate.NONE)
    ('НДС 22 %', 'без НДС')
    """
    if rate is VatRate.NONE:
        return "без НДС"
    return f"НДС{NO_BREAK_SPACE}{rate.percent}{NO_BREAK_SPACE}%"


def _buyer(key: str) -> str:
    """Name a buyer as far as a key can: companies by INN and KPP, people not at all."""
    kind, _, number = key.partition(":")
    inn, _, kpp = number.partition(":")
    if kind != "inn":
        return "физическое лицо"
    return f"ИНН{NO_BREAK_SPACE}{inn}, КПП{NO_BREAK_SPACE}{kpp}" if kpp else f"ИНН{NO_BREAK_SPACE}{inn}"


def by_urgency(outcome: Outcome) -> tuple[int, int]:
    """Sort key: what is wrong first, what waits next, what is calm last."""
    return list(Tone).index(OUTCOMES[outcome].tone), list(Outcome).index(outcome)
