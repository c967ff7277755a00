"""The shop's settings: statuses, kinds of payers, ways to pay and to deliver, the order form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.shop.model import (
    INDIVIDUAL,
    LEGAL_ENTITY,
    PaySystem,
    PersonDomain,
    PersonType,
    Property,
    Status,
    TradePlatform,
)

SITES = ("s1", "s2", "s3")

NEW, PAID, SHIPPED, FINISHED = "N", "P", "D", "F"
DELIVERY_WAITS, DELIVERY_DONE = "DN", "DF"

STATUSES = (
    Status(NEW, "O", 100, "#BEEDF1"),
    Status(PAID, "O", 110, "#D0E7B6"),
    Status(SHIPPED, "O", 120, "#FFE7A3"),
    Status(FINISHED, "O", 200, "#C4E8A9"),
    Status(DELIVERY_WAITS, "D", 300, "#EEEEEE"),
    Status(DELIVERY_DONE, "D", 400, "#C4E8A9"),
)

PERSON_TYPES = (
    PersonType(INDIVIDUAL, "Физическое лицо", "person", 100),
    PersonType(LEGAL_ENTITY, "Юридическое лицо", "company", 110),
)
PERSON_DOMAINS = (PersonDomain(INDIVIDUAL, "I"), PersonDomain(LEGAL_ENTITY, "E"))

CASH = PaySystem(1, "Наличные курьеру", "cash", "Y", 100, xml_id="bx_65df3d512af51")
CARD = PaySystem(2, "Банковская карта", "yandexcheckout", "A", 110, xml_id="bx_65df3d512af52")
TRANSFER = PaySystem(3, "Счёт на оплату", "bill", "N", 120, LEGAL_ENTITY, xml_id="bx_65df3d512af53")
INNER = PaySystem(4, "Внутренний счёт", "inner", "N", 130)
INVOICE = PaySystem(5, "Счёт из CRM", "bill", "N", 140, entity_registry_type="CRM_INVOICE")
PAY_SYSTEMS = (CASH, CARD, TRANSFER, INNER, INVOICE)

PROPERTIES = (
    Property(1, INDIVIDUAL, "FIO", "Ф. И. О.", is_payer=True, is_profile_name=True),
    Property(2, INDIVIDUAL, "EMAIL", "E-mail", is_email=True),
    Property(3, INDIVIDUAL, "PHONE", "Телефон", is_phone=True),
    Property(8, LEGAL_ENTITY, "COMPANY", "Название компании", required=True, is_profile_name=True),
    Property(9, LEGAL_ENTITY, "COMPANY_ADR", "Юридический адрес", is_address=True),
    Property(10, LEGAL_ENTITY, "INN", "ИНН", required=True),
    Property(11, LEGAL_ENTITY, "KPP", "КПП"),
    Property(12, LEGAL_ENTITY, "FIO", "Контактное лицо", is_payer=True),
    Property(13, LEGAL_ENTITY, "EMAIL", "E-mail", is_email=True),
    Property(14, LEGAL_ENTITY, "PHONE", "Телефон", is_phone=True),
)

TRADE_PLATFORMS = (
    TradePlatform(1, "ymarket"),
    TradePlatform(2, "smart_invoice"),
    TradePlatform(9, "ozon"),
)
MARKETPLACE = TRADE_PLATFORMS[2]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A way to deliver, with what it costs."""

    id: int
    name: str
    price: Decimal


NO_DELIVERY = Delivery(1, "Без доставки", Decimal(0))
FREE_DELIVERIES = (
    Delivery(2, "Самовывоз", Decimal(0)),
    Delivery(3, "Курьер, бесплатно от 10 000 ₽", Decimal(0)),
)
PAID_DELIVERIES = (
    Delivery(4, "Курьер", Decimal("300.00")),
    Delivery(5, "СДЭК, до пункта выдачи", Decimal("349.50")),
    Delivery(6, "Почта России", Decimal("417.63")),
    Delivery(7, "Транспортная компания", Decimal("1290.00")),
)
