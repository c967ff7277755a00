"""Roubles, days and counted nouns the way Russian accountants write them."""

from datetime import date
from decimal import Decimal

from bookkeeping.domain import to_kopecks

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EM DASH}"
MONTHS = [
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
]
WEEKDAYS = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"]


def roubles(amount: Decimal | None) -> str:
    """Write an amount to the kopeck, with spaces that never break; a dash for an amount nobody knows.

    >>> roubles(Decimal("-1234.5")).replace(NO_BREAK_SPACE, " ")
    '−1 234,50 ₽'
    """
    if amount is None:
        return NOTHING
    exact = to_kopecks(amount)
    digits = f"{abs(exact):,.2f}".replace(",", NO_BREAK_SPACE).replace(".", ",")
    return f"{MINUS if exact < 0 else ''}{digits}{NO_BREAK_SPACE}₽"


def short_day(day: date | None) -> str:
    """Write a day as it stands on documents.

    >>> short_day(date(2026, 10, 3))
    '03.10.2026'
    """
    return f"{day:%d.%m.%Y}" if day else NOTHING


def long_day(day: date) -> str:
    """Write a day as it stands in a heading.

    >>> long_day(date(2026, 10, 3))
    'суббота, 3 октября 2026'
    """
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def counted(count: int, one: str, few: str, many: str) -> str:
    """Write a number with the form of the noun that goes with it.

    >>> [counted(n, "заказ", "заказа", "заказов").split()[1] for n in (1, 3, 11, 25)]
    ['заказ', 'заказа', 'заказов', 'заказов']
    """
    if count % 10 == 1 and count % 100 != 11:  # noqa: PLR2004 - Russian grammar
        return f"{count}{NO_BREAK_SPACE}{one}"
    if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14:  # noqa: PLR2004 - Russian grammar
        return f"{count}{NO_BREAK_SPACE}{few}"
    return f"{count}{NO_BREAK_SPACE}{many}"
