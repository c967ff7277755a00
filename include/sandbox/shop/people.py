"""Names, addresses and tax numbers that a Russian accountant would believe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum.ru import inn

if TYPE_CHECKING:
    from random import Random

MEN = ("Александр", "Алексей", "Андрей", "Борис", "Дмитрий", "Евгений", "Игорь", "Максим", "Павел", "Сергей")
WOMEN = ("Анна", "Вера", "Галина", "Екатерина", "Елена", "Ирина", "Мария", "Наталья", "Ольга", "Юлия")
FATHERS = ("Александров", "Алексеев", "Андреев", "Борисов", "Владимиров", "Иванов", "Николаев", "Петров")
FAMILIES = (
    "Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "Михайлов",
    "Новиков", "Фёдоров", "Морозов", "Волков", "Алексеев", "Лебедев", "Семёнов", "Егоров",
    "Павлов", "Козлов", "Степанов", "Николаев", "Орлов", "Андреев", "Макаров", "Никитин",
    "Захаров", "Зайцев", "Соловьёв", "Борисов", "Щукин", "Рябинин",
)  # fmt: skip

FORMS = ("ООО",) * 8 + ("АО", "АНО")
ROOTS = (
    "Вектор", "Ромашка", "Меридиан", "Альтаир", "Стройдом", "Техно", "Норд", "Заря", "Прогресс",
    "Кедр", "Орион", "Гранит", "Волга", "Профи", "Лидер", "Спектр", "Маяк", "Родник", "Эталон", "Импульс",
)  # fmt: skip
TRADES = ("", "-Сервис", "-Торг", "-Строй", "-М", "-Логистик", " плюс", "-Групп", "-Медиа", " Инжиниринг")

# Where a tax office is: the number of the region, a postcode there, and the town.
TOWNS = (
    ("01", "385000", "Респ. Адыгея, г. Майкоп"),
    ("02", "450077", "Респ. Башкортостан, г. Уфа"),
    ("16", "420111", "Респ. Татарстан, г. Казань"),
    ("23", "350000", "Краснодарский край, г. Краснодар"),
    ("50", "141400", "Московская обл., г. Химки"),
    ("54", "630099", "Новосибирская обл., г. Новосибирск"),
    ("66", "620014", "Свердловская обл., г. Екатеринбург"),
    ("77", "127055", "г. Москва"),
    ("78", "191186", "г. Санкт-Петербург"),
)
STREETS = ("Лесная", "Советская", "Садовая", "Мира", "Гагарина", "Победы", "Заводская", "Первомайская")

LATIN = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
        "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "",
        "э": "e", "ю": "yu", "я": "ya",
    }
)  # fmt: skip


def full_name(chance: Random) -> str:
    """A family name, a first name and a patronymic that agree."""
    family, father = chance.choice(FAMILIES), chance.choice(FATHERS)
    woman = f"{family}а {chance.choice(WOMEN)} {father}на"
    man = f"{family} {chance.choice(MEN)} {father}ич"
    return chance.choice((woman, man))


def company_name(chance: Random) -> str:
    """A company's short name with its legal form."""
    return f"{chance.choice(FORMS)} «{chance.choice(ROOTS)}{chance.choice(TRADES)}»"


def email(name: str, number: int) -> str:
    """An address of that person under a domain that delivers to nobody."""
    family, *_ = name.lower().split()
    return f"{family.translate(LATIN)}.{number}@pochta.example"


def phone(chance: Random) -> str:
    """A mobile number."""
    digits = f"{chance.randrange(10**9):09}"
    return f"+7 9{digits[:2]} {digits[2:5]}-{digits[5:7]}-{digits[7:]}"


def company_inn(chance: Random, region: str) -> str:
    """A company's INN: ten digits, the last of which checks the others."""
    number = f"{region}{chance.randrange(1, 40):02}{chance.randrange(10**5):05}"
    return number + str(inn.calc_company_check_digit(number))


def personal_inn(chance: Random, region: str) -> str:
    """A person's INN: twelve digits, the last two of which check the others."""
    number = f"{region}{chance.randrange(1, 40):02}{chance.randrange(10**6):06}"
    return number + str(inn.calc_personal_check_digits(number))


def kpp(office: str) -> str:
    """The KPP of a company at its own tax office, which is the first four digits of its INN."""
    return f"{office}01001"


def branch_kpp(chance: Random) -> str:
    """The KPP of a branch somewhere in the country."""
    region, _, _ = chance.choice(TOWNS)
    return f"{region}{chance.randint(1, 39):02}43001"


def address(chance: Random, postcode: str, town: str) -> str:
    """An address in a town."""
    street, house, office = chance.choice(STREETS), chance.randint(1, 120), chance.randint(1, 400)
    return f"{postcode}, {town}, ул. {street}, д. {house}, оф. {office}"
