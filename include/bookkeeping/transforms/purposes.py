"""Which of our documents a payment's purpose names, among all the other numbers that people write there."""

import re
import unicodedata
from collections.abc import Collection, Iterator

ALIKE = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
DASHES = re.compile("[\N{HYPHEN}-\N{HORIZONTAL BAR}\N{MINUS SIGN}]")

WORD = r"[0-9A-ZА-Я]+(?:[-/_][0-9A-ZА-Я]+)*"
PLACES = re.compile(rf"{WORD}(?:\s+/\s+{WORD})*")
"""A word, or words with a lone slash between them: one number, or several."""

PREFIX = re.compile(r"^(?:N[ОR]?|НОМЕР|СЧ(?:ЕТ[АУОМЕ]*)?|СФ|ЗАК(?:АЗ[АУОМЕ]*)?|АКТ[АУ]?|УПД|ТН)[-/_]?(?=\d)")
SUFFIX = re.compile(r"(?<=\d)ОТ$")

ROUBLES = r"(?:РУБ[А-Я]*|Р\b|RUB|RUR|₽)"
SUM = r"(?:\d{1,3}(?:\s\d{3})+|\d+)(?:[.,=-]\d{2}(?!\d))?"
MONTH = r"(?:ЯНВАР|ФЕВРАЛ|МАРТ|АПРЕЛ|МА[ЙЯЕ]|ИЮН|ИЮЛ|АВГУСТ|СЕНТЯБР|ОКТЯБР|НОЯБР|ДЕКАБР)[А-Я]*"
HOUSE = r"(?:КВ(?:АРТИР[А-Я]*)?|Д(?:ОМ[А-Я]*)?|КОРП(?:УС[А-Я]*)?|СТР(?:ОЕН[А-Я]*)?|ОФ(?:ИС[А-Я]*)?|ПОМ)"
STREET = r"УЛ(?:ИЦ[А-Я]*)?\b[\s.]*(?:\d+[-А-Я]*\s+)?(?:(?!СЧ|ЗАК|АКТ|УПД)[-А-Я]+[\s.,]+){0,2}"
UNIT = (
    r"(?:ШТ(?:УК[А-Я]*)?|УП(?:АК[А-Я]*)?|КОМПЛ(?:ЕКТ(?:А|ОВ))?|КОР(?:ОБ(?:К[АИУ]|ОК)?)?|ПАЧ(?:К[АИУ]|ЕК)?"
    r"|ПАРЫ?|РУЛ(?:ОН(?:А|ОВ))?|МЕШ(?:К(?:А|ОВ))?|ЕД|КГ|МЛ|СМ|ММ|(?:КВ|КУБ|ПОГ)\.?\s*М|М[23]|[МЛ](?![./][А-Я])"
    r"|ЧАС(?:А|ОВ)?|ДН(?:Я|ЕЙ)?|МЕС(?:ЯЦ(?:А|ЕВ))?|КВАРТАЛ[А-Я]*|ТЫС[А-Я]*)"
)
REQUISITE = r"(?:ИНН|КПП|БИК|ОГРН(?:ИП)?|ОКПО|ОКТМО|УИН|КБК|ТЕЛ(?:ЕФОН)?|[РКЛ]/?С(?:Ч(?:ЕТ)?)?)"

NOT_A_NUMBER = re.compile(
    rf"""
      \b{REQUISITE}\b[\s.:\#N]*\d+                                          # ИНН 7707083893, р/с 40702810…
    | (?<![-\w])(?:ДОГОВОР[А-Я]*|ДОГ|КОНТРАКТ[А-Я]*)\b[\s.:\#]*(?:N[OО]?\b)?[\s.:\#]*(?=\S*\d){WORD}
    | \b{HOUSE}[\s.]+\d+(?:[-/]\d+)?[А-Я]?\b                                # д. 5/1 кв. 12
    | \b{STREET}\d+(?:[-/]\d+)?[А-Я]?\b                                    # ул. Ленина, 5А
    | (?<![-/\w\#])(?<![\#N]\s)\d+(?:[.,]\d+)?\s*{UNIT}\b                  # 5 шт., 2,5 кг
    | (?:\+7|\b8)[\s(-]*\d{{3}}[\s)-]*\d{{3}}[\s-]*\d{{2}}[\s-]*\d{{2}}\b   # a phone
    | (?<!\d)\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})(?!\d)          # 20.11.2026
    | (?<!\d)\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}(?!\d)                      # 2026-11-20
    | (?<!\d)\d{{1,2}}\s+{MONTH}(?:\s+\d{{4}})?                             # 20 ноября 2026
    | \b{MONTH}\s+\d{{4}}
    | (?<!\d)\d{{4}}\s*Г(?:ОД[А-Я]*)?\b
    | (?<!\d)\d{{1,2}}\.\d{{4}}(?!\d)                                       # 11.2026
    | \b\d{{1,2}}:\d{{2}}(?::\d{{2}})?\b
    | (?<!\d)\d+(?:[.,]\d+)?\s*%
    | \bНДС\b[\s(:-]*(?:\d+(?:[.,]\d+)?\s*%)?[\s):-]*{SUM}
    | \bСУММ[А-Я]*[\s:-]*{SUM}
    | (?<!\d)(?:\d{{1,3}}(?:\s\d{{3}})+|\d+)(?:[.,=]\d{{2}}(?!\d)|(?:-\d{{2}})?\s*{ROUBLES})   # 1 045,00
    """,
    re.VERBOSE,
)

BY_ACQUIRER = re.compile(
    r"""
      ЭКВАЙР | ACQUIR | \bРЕЕСТР | \bМЕРЧАНТ | \bMERCHANT
    | \bВОЗМЕЩ[А-Я]*\b.*\b(?:КАРТ|ОПЕРАЦ|ТЕРМИНАЛ|СБП)
    | ^(?!.*\bПЕРЕВОД).*\b(?:ЗАЧИСЛ|ОПЕРАЦ)[А-Я]*\b.*\bСБП\b   # people pay by it too, and say so
    """,
    re.VERBOSE | re.DOTALL,
)
GIVEN_BACK = re.compile(r"\bВОЗВР")


def number_key(number: str) -> str:
    """Return what two ways to write one number have in common.

    >>> number_key("a-1045 / 2") == number_key("А-1045/2")
    True
    """
    return re.sub(r"\s*/\s*", "/", _plain(number)).translate(ALIKE).strip()


def words(purpose: str) -> set[str]:
    """Return the keys of all numbers that a purpose may name."""
    return {form for forms in _places(purpose) for part in forms for form in part}


def is_of_acquirer(purpose: str) -> bool:
    """Whether a purpose says that the money is what buyers paid by card, or through SBP.

    >>> is_of_acquirer("Возмещение по картам за 05.10"), is_of_acquirer("Оплата по СБП за товар")
    (True, False)
    """
    return bool(BY_ACQUIRER.search(_plain(purpose)))


def is_given_back(purpose: str) -> bool:
    """Whether a purpose speaks of money that was the seller's own, as a supplier's who returns it does.

    >>> is_given_back("Возврат излишне уплаченного"), is_given_back("Задаток невозвратный")
    (True, False)
    """
    return bool(GIVEN_BACK.search(_plain(purpose)))


def named(purpose: str, known: Collection[str]) -> list[str]:
    """Return the known keys that a purpose names, in its order and each once.

    A number is named by itself and never as a part: not of a longer one, a date, an INN, an account, a phone,
    a sum of money, an address or a quantity.

    >>> named("Оплата по счету №1045 от 20.11.26, в т.ч. НДС 22% - 1046-00", {"1045", "1046", "20"})
    ['1045']
    >>> named("сч.1045/2,N1046", {"1045", "1045/2", "1046", "2"})
    ['1045/2', '1046']
    """
    found = (_first_known(forms, known) for forms in _places(purpose))
    return list(dict.fromkeys(key for keys in found for key in keys))


def _first_known(forms: list[list[str]], known: Collection[str]) -> Iterator[str]:
    """Words around a lone slash are one number if it is known, else each for itself."""
    joined, *parts = forms
    if joined[0] in known:
        yield joined[0]
        return
    for part in parts or [joined]:
        yield from [form for form in part if form in known][:1]


def _places(purpose: str) -> Iterator[list[list[str]]]:
    """Yield what may be numbers: the whole as it stands, then its parts, each in its forms."""
    text = NOT_A_NUMBER.sub(" ; ", _plain(purpose)).translate(ALIKE)
    for place in PLACES.findall(text):
        parts = re.split(r"\s+/\s+", place)
        whole = [["/".join(parts)]] if len(parts) > 1 else []
        yield [*whole, *(_forms(part) for part in parts)]


def _forms(word: str) -> list[str]:
    """Return a word as it is, and without what people write close to a number: N1045, 1045от."""
    bare = SUFFIX.sub("", PREFIX.sub("", word))
    return [word, bare] if bare != word else [word]


def _plain(text: str) -> str:
    """Write a text in capitals, with one kind of dash and of space, and # for the sign of a number."""
    capitals = unicodedata.normalize("NFKC", text.replace("№", "#")).upper().replace("Ё", "Е")
    return DASHES.sub("-", capitals)
