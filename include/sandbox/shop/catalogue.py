"""What the shop sells: goods, services and sets, at the prices of its catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from sandbox.shop.arithmetic import standard_rates

if TYPE_CHECKING:
    from datetime import date


class Vat(Enum):
    """How a product is taxed, whatever the standard rate is this year."""

    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    EXEMPT = "exempt"


class Measure(Enum):
    """A unit of measure with its label and its code in OKEI."""

    PIECE = "шт", "796"
    KILOGRAM = "кг", "166"
    METRE = "м", "006"
    SQUARE_METRE = "м2", "055"
    PACK = "упак", "778"
    KIT = "компл", "839"
    HOUR = "ч", "356"
    UNIT = "усл. ед", "876"


@dataclass(frozen=True, slots=True)
class Product:
    """Goods, or a service, with the price of one unit."""

    id: int
    name: str
    price: Decimal
    vat: Vat = Vat.STANDARD
    measure: Measure = Measure.PIECE
    is_service: bool = False

    def rate(self, on: date) -> Decimal | None:
        """The rate of VAT on a day as a fraction; no VAT is `None`, and is not the rate of nought."""
        match self.vat:
            case Vat.STANDARD:
                return standard_rates(on)[0]
            case Vat.REDUCED:
                return Decimal("0.1")
            case Vat.ZERO:
                return Decimal(0)
            case Vat.EXEMPT:
                return None


@dataclass(frozen=True, slots=True)
class ProductSet:
    """Products that are sold together at one price."""

    product: Product
    parts: tuple[Product, ...]


def _goods(
    number: int, name: str, price: str, vat: Vat = Vat.STANDARD, measure: Measure = Measure.PIECE
) -> Product:
    return Product(number, name, Decimal(price), vat, measure)


def _service(
    number: int, name: str, price: str, vat: Vat = Vat.STANDARD, measure: Measure = Measure.UNIT
) -> Product:
    return Product(number, name, Decimal(price), vat, measure, is_service=True)


DESK = _goods(348, "Стол письменный «Кадет», дуб сонома", "11990.00")
CHAIR = _goods(349, "Стул офисный «Изо», ткань чёрная", "5990.25")
LAMP = _goods(350, "Лампа настольная светодиодная", "1749.90")
NOTEBOOK = _goods(377, "Тетрадь школьная, 48 листов", "57.20", Vat.REDUCED)
TEXTBOOK = _goods(378, "Учебник «Математика. 5 класс»", "1036.60", Vat.REDUCED)

GOODS = (
    DESK,
    CHAIR,
    LAMP,
    _goods(351, "Кресло руководителя «Атлант»", "18450.00"),
    _goods(352, "Стеллаж металлический, 5 полок", "4320.50"),
    _goods(353, "Тумба подкатная, 3 ящика", "6275.00"),
    _goods(354, "Чайник электрический, 1,7 л", "2389.00"),
    _goods(355, "Бумага офисная А4, 500 листов", "389.90", measure=Measure.PACK),
    _goods(356, "Ручка шариковая синяя", "18.90"),
    _goods(357, "Картридж для лазерного принтера", "3149.17"),
    _goods(358, "Мышь беспроводная", "1290.00"),
    _goods(359, "Клавиатура проводная", "1549.33"),
    _goods(360, 'Монитор 27", 2560×1440', "24990.00"),
    _goods(361, "Кабель HDMI, 2 м", "649.50"),
    _goods(362, "Удлинитель на 5 розеток, 3 м", "899.00"),
    _goods(363, "Дрель-шуруповёрт аккумуляторная", "7890.40"),
    _goods(364, "Набор отвёрток, 12 предметов", "1120.00", measure=Measure.KIT),
    _goods(365, "Перчатки рабочие, пара", "64.35"),
    _goods(366, "Краска интерьерная белая, 10 л", "3575.60"),
    _goods(367, "Плитка керамогранитная 60×60", "1384.75", measure=Measure.SQUARE_METRE),
    _goods(368, "Кабель ВВГнг-LS 3×2,5, на отрез", "118.43", measure=Measure.METRE),
    _goods(369, "Ткань портьерная, на отрез", "972.20", measure=Measure.METRE),
    _goods(370, "Кофе в зёрнах, на вес", "1894.50", measure=Measure.KILOGRAM),
    _goods(371, "Чай чёрный листовой, на вес", "1265.00", measure=Measure.KILOGRAM),
    _goods(372, "Сыр «Российский», на вес", "789.90", Vat.REDUCED, Measure.KILOGRAM),
    _goods(373, "Крупа гречневая, на вес", "94.55", Vat.REDUCED, Measure.KILOGRAM),
    _goods(374, "Молоко 3,2 %, 1 л", "89.90", Vat.REDUCED),
    _goods(375, "Масло подсолнечное, 1 л", "142.75", Vat.REDUCED),
    _goods(376, "Подгузники детские, 60 шт.", "1459.00", Vat.REDUCED, Measure.PACK),
    NOTEBOOK,
    TEXTBOOK,
    _goods(379, "Термометр медицинский электронный", "412.00", Vat.REDUCED),
    _goods(380, "Оправа для корригирующих очков", "3280.00", Vat.EXEMPT),
    _goods(381, "Трость опорная", "1195.45", Vat.EXEMPT),
    _goods(382, "Изделие народных промыслов «Хохлома»", "2640.00", Vat.EXEMPT),
)

SERVICES = (
    _service(501, "Сборка мебели", "1500.00"),
    _service(502, "Подъём на этаж", "350.00"),
    _service(503, "Установка и подключение техники", "2190.50"),
    _service(504, "Выезд замерщика", "990.00"),
    _service(505, "Заправка картриджа", "540.00", measure=Measure.PIECE),
    _service(506, "Консультация дизайнера", "2750.00", measure=Measure.HOUR),
    _service(507, "Настройка рабочего места", "1833.33", measure=Measure.HOUR),
    _service(508, "Продлённая гарантия, 1 год", "1299.00"),
    _service(509, "Химчистка ковра", "285.70", measure=Measure.SQUARE_METRE),
    _service(510, "Вывоз старой мебели", "1200.00"),
    _service(511, "Обучение работе с программой", "4600.00", Vat.EXEMPT, Measure.HOUR),
    _service(512, "Подбор очков врачом-офтальмологом", "1700.00", Vat.EXEMPT),
    _service(513, "Международная перевозка груза", "15840.00", Vat.ZERO),
)

SETS = (
    ProductSet(_goods(601, "Комплект «Рабочее место»", "17990.00", measure=Measure.KIT), (DESK, CHAIR, LAMP)),
    ProductSet(
        _goods(602, "Комплект «Первый класс»", "1049.90", Vat.REDUCED, Measure.KIT), (TEXTBOOK, NOTEBOOK)
    ),
)

DISCOUNT = _goods(0, "Скидка по договорённости", "-150.00")
