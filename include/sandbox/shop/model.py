"""The rows that a shop on 1C-Bitrix keeps about its orders."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from sandbox.shop.table import Table

SET = 1
SERVICE = 2

INDIVIDUAL = 1
LEGAL_ENTITY = 2


class Oddity(StrEnum):
    """Why an order makes no sense, and should not reach the books as it is."""

    INN_CHECK_DIGIT = "inn_check_digit"
    KPP_LENGTH = "kpp_length"
    NAMELESS_COMPANY = "nameless_company"
    CURRENCY = "currency"
    WRONG_TOTAL = "wrong_total"
    STALE_VAT = "stale_vat"
    NEGATIVE_LINE = "negative_line"


@dataclass(slots=True)
class Order:
    """What a buyer ordered, with the state it has reached."""

    id: int
    account_number: str
    lid: str
    person_type_id: int
    user_id: int
    currency: str
    date_insert: datetime
    date_update: datetime
    date_status: datetime
    xml_id: str
    price: Decimal = Decimal(0)
    tax_value: Decimal = Decimal(0)
    discount_value: Decimal = Decimal(0)
    status_id: str = "N"
    payed: bool = False
    deducted: bool = False
    canceled: bool = False
    date_canceled: datetime | None = None
    reason_canceled: str = ""
    marked: bool = False
    reason_marked: str = ""
    comments: str = ""
    user_description: str = ""
    additional_info: str = ""
    order_topic: str = ""
    responsible_id: int = 1
    company_id: int | None = None
    external_order: bool = False
    id_1c: str = ""
    version_1c: str = ""
    updated_1c: bool = False
    version: int = 1

    def touch(self, at: datetime) -> None:
        """Count one more save of the order, or of anything in it, at this moment."""
        self.version += 1
        self.date_update = at


@dataclass(slots=True)
class BasketItem:
    """One position of an order: goods, a service, a set, or a part of a set."""

    id: int
    order_id: int
    sort: int
    product_id: int
    name: str
    quantity: Decimal
    price: Decimal
    base_price: Decimal
    discount_price: Decimal
    currency: str
    vat_rate: Decimal | None
    vat_included: bool
    measure_code: str
    measure_name: str
    lid: str
    date_insert: datetime
    date_update: datetime
    xml_id: str
    type: int | None = None
    set_parent_id: int | None = None

    @property
    def is_line(self) -> bool:
        """Whether the buyer pays for it: a part of a set is paid with the set."""
        return self.set_parent_id in (None, self.id)


@dataclass(slots=True)
class PropertyValue:
    """One answer of the buyer to the questions of the order form."""

    id: int
    order_id: int
    order_props_id: int
    code: str
    name: str
    value: str | None


@dataclass(slots=True)
class Payment:
    """Money that a buyer has paid or should pay."""

    id: int
    order_id: int
    account_number: str
    pay_system_id: int
    pay_system_name: str
    pay_system_is_cash: str
    sum: Decimal
    currency: str
    date_bill: datetime
    xml_id: str
    paid: bool = False
    date_paid: datetime | None = None
    is_return: str = "N"
    pay_return_date: datetime | None = None
    pay_return_num: str = ""
    pay_return_comment: str = ""
    pay_voucher_num: str = ""
    pay_voucher_date: datetime | None = None
    ps_status: str = ""
    ps_sum: Decimal | None = None
    ps_currency: str = ""
    ps_invoice_id: str = ""
    ps_response_date: datetime | None = None
    comments: str = ""
    id_1c: str = ""


@dataclass(slots=True)
class Shipment:
    """Goods and services that leave together."""

    id: int
    order_id: int
    account_number: str
    delivery_id: int
    delivery_name: str
    currency: str
    date_insert: datetime
    xml_id: str
    base_price_delivery: Decimal = Decimal(0)
    price_delivery: Decimal = Decimal(0)
    discount_price: Decimal = Decimal(0)
    status_id: str = "DN"
    allow_delivery: bool = False
    deducted: bool = False
    date_deducted: datetime | None = None
    delivery_doc_num: str = ""
    delivery_doc_date: datetime | None = None
    tracking_number: str = ""
    canceled: bool = False


@dataclass(slots=True)
class ShipmentItem:
    """How much of a position is in a shipment."""

    id: int
    order_delivery_id: int
    basket_id: int
    quantity: Decimal
    date_insert: datetime
    xml_id: str


@dataclass(frozen=True, slots=True)
class Status:
    """A state that an order (`O`) or a delivery (`D`) can be in."""

    id: str
    type: str
    sort: int
    color: str


@dataclass(frozen=True, slots=True)
class PersonType:
    """A kind of payer."""

    id: int
    name: str
    code: str
    sort: int


@dataclass(frozen=True, slots=True)
class PersonDomain:
    """What a kind of payer is: an individual (`I`) or a legal entity (`E`)."""

    person_type_id: int
    domain: str


@dataclass(frozen=True, slots=True)
class PaySystem:
    """A way to pay."""

    id: int
    name: str
    action_file: str
    is_cash: str
    sort: int
    person_type_id: int | None = None
    active: bool = True
    entity_registry_type: str = "ORDER"
    xml_id: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A question of the order form, asked of one kind of payer."""

    id: int
    person_type_id: int
    code: str
    name: str
    required: bool = False
    is_email: bool = False
    is_payer: bool = False
    is_phone: bool = False
    is_profile_name: bool = False
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class TradePlatform:
    """A place outside the shop's own pages where orders come from."""

    id: int
    code: str


@dataclass(slots=True)
class TradeBinding:
    """The name that an order bears at the place it came from."""

    id: int
    order_id: int
    trading_platform_id: int
    trading_platform_xml_id: str
    external_order_id: str
    xml_id: str


@dataclass(slots=True)
class Shop:
    """All that the shop's database holds, with the orders that make no sense known by name.

    :ivar zone: the server's time zone, in which every moment is stored.
    :ivar oddities: why an order makes no sense, by its id; all other orders are sound.
    """

    zone: ZoneInfo
    statuses: list[Status]
    person_types: list[PersonType]
    person_domains: list[PersonDomain]
    pay_systems: list[PaySystem]
    properties: list[Property]
    trade_platforms: list[TradePlatform]
    orders: Table[Order] = field(default_factory=lambda: Table(first_id=1001))
    basket_items: Table[BasketItem] = field(default_factory=lambda: Table(first_id=5501, parent="order_id"))
    property_values: Table[PropertyValue] = field(
        default_factory=lambda: Table(first_id=10001, parent="order_id")
    )
    payments: Table[Payment] = field(default_factory=lambda: Table(first_id=901, parent="order_id"))
    shipments: Table[Shipment] = field(default_factory=lambda: Table(first_id=301, parent="order_id"))
    shipment_items: Table[ShipmentItem] = field(
        default_factory=lambda: Table(first_id=701, parent="order_delivery_id")
    )
    trade_bindings: Table[TradeBinding] = field(default_factory=lambda: Table(first_id=21, parent="order_id"))
    oddities: dict[int, Oddity] = field(default_factory=dict)
