"""Roubles, days, months and counted nouns the way Russian accountants write them."""

from datetime import date, timedelta
from decimal import Decimal

from bookkeeping.domain import to_kopecks

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EM DASH}"
GROUPED = 10_000
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
CONTROLS = ("\t", "\r", "\n")
MONTHS = [
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
]
NAMES_OF_MONTHS = [
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
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


def is_month(first: date, last: date) -> bool:
    """Tell whether these days are a calendar month, from its first day to its last.

    >>> is_month(date(2026, 10, 1), date(2026, 10, 31)), is_month(date(2026, 10, 1), date(2026, 10, 30))
    (True, False)
    """
    after = last + timedelta(days=1)
    return first.day == after.day == 1 and first.month == last.month and first.year == last.year


def period_name(first: date, last: date) -> str:
    """Write a day, a month or any other period as it stands in a heading.

    >>> period_name(date(2026, 10, 1), date(2026, 10, 31))
    'октябрь 2026'
    >>> period_name(date(2026, 10, 1), date(2026, 10, 15))
    '01.10.2026 — 15.10.2026'
    """
    if first == last:
        return long_day(first)
    if is_month(first, last):
        return f"{NAMES_OF_MONTHS[first.month - 1]} {first.year}"
    return f"{short_day(first)} — {short_day(last)}"


def counted(count: int, one: str, few: str, many: str) -> str:
    """Write a number with the form of the noun that goes with it.

    >>> [counted(n, "заказ", "заказа", "заказов").split()[1] for n in (1, 3, 11, 25)]
    ['заказ', 'заказа', 'заказов', 'заказов']
    """
    if count % 10 == 1 and count % 100 != 11:  # noqa: PLR2004 - Russian grammar
        noun = one
    elif 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14:  # noqa: PLR2004 - Russian grammar
        noun = few
    else:
        noun = many
    return f"{whole(count)}{NO_BREAK_SPACE}{noun}"


def whole(count: int) -> str:
    """Write a count, in groups of three from ten thousand on.

    >>> whole(2000), whole(50000).replace(NO_BREAK_SPACE, " ")
    ('2000', '50 000')
    """
    return f"{count:,}".replace(",", NO_BREAK_SPACE) if count >= GROUPED else str(count)


def may_be_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take this text for something to be worked out.

    >>> may_be_a_formula(" =1+1"), may_be_a_formula("0042"), may_be_a_formula("")
    (True, False, False)
    """
    return text.startswith(CONTROLS) or text.lstrip().startswith(FORMULA_SIGNS)
