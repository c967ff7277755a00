"""The request bodies of the public Elba API: closed objects with the lengths and values that it declares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from sandbox.books.checks import DAY, is_number

UUID_LENGTH = 36


def _uuid(value: object) -> str:
    if not isinstance(value, str) or len(value) != UUID_LENGTH:
        raise ValueError("not a UUID")
    return str(UUID(value))


def _day(value: object) -> str:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("not a date")
    return date.fromisoformat(value).isoformat()


def _number(value: object) -> Decimal:
    if not is_number(value):
        raise ValueError("not a number")
    return Decimal(value)


Uuid: TypeAlias = Annotated[str, BeforeValidator(_uuid)]
Day: TypeAlias = Annotated[str, BeforeValidator(_day)]
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number)]

Text30: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=30)]
Text300: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Text400: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Text1000: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Text2000: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Text10000: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=10000)]
Inn: TypeAlias = Annotated[str, StringConstraints(min_length=10, max_length=12)]
Kpp: TypeAlias = Annotated[str, StringConstraints(min_length=9, max_length=9)]
Rate: TypeAlias = Literal["withoutNds", "nds0", "nds5", "nds10", "nds20", "nds22"]


class Closed(BaseModel):
    """An object with no other fields than its own, each of exactly its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    def row(self) -> dict[str, Any]:
        """All fields by their names on the wire; those that were left out are null."""
        return self.model_dump(by_alias=True)


class NewBankAccount(Closed):
    """An account in a Russian bank."""

    account_number: Annotated[str, StringConstraints(min_length=20, max_length=20)]
    bik: Annotated[str, StringConstraints(min_length=9, max_length=9)]


class Contact(Closed):
    """A person to talk to; ``emails`` must be there, even as null."""

    name: Text400 | None = None
    post: Text400 | None = None
    phone: Text400 | None = None
    emails: list[Text400] | None
    comment: Text400 | None = None


class NewContractor(Closed):
    """A buyer."""

    name: Text400
    inn: Inn | None = None
    kpp: Kpp | None = None
    short_name: Text400 | None = None
    address: Text2000 | None = None
    post_address: Text2000 | None = None
    okpo: Annotated[str, StringConstraints(min_length=8, max_length=10)] | None = None
    ogrn: Annotated[str, StringConstraints(min_length=13, max_length=15)] | None = None
    contacts: list[Contact] | None = None


class ContractorFilter(Closed):
    """Whom to look for; all that is filled must agree."""

    inn: Inn | None = None
    kpp: Kpp | None = None
    name: Text400 | None = None


class ContractorSearch(Closed):
    """Which page of those found."""

    offset: Annotated[int, Field(ge=0)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] | None = None
    filter: ContractorFilter | None = None


class Line(Closed):
    """A position of a document."""

    product_name: Text2000
    unit_name: Text1000
    quantity: Annotated[Number, Field(ge=0, le=Decimal("99999999999.9999"))]
    price: Annotated[Number, Field(ge=0, le=Decimal("99999999.99999999"))] | None = None
    nds_rate: Rate | None = None
    discount: Annotated[Number, Field(ge=0, le=100)] | None = None


class UpdLine(Line):
    """A position of a UPD, which tells goods from services."""

    product_type: Literal["product", "service"]
    rnpt: Annotated[str, StringConstraints(min_length=25, max_length=29)] | None = None
    origin_of_product_country: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class Placeholder(Closed):
    """A value for a tag of a template."""

    name: str
    value: str


class _Document(Closed):
    number: Text30 | None = None
    date: Day
    bank_account_id: Uuid | None = None
    contractor_id: Uuid | None = None
    sums_with_nds: Annotated[bool | None, Field(alias="sumsWithNDS")] = None
    with_discount: bool | None = None


class _WithVat(_Document):
    with_nds: Annotated[bool | None, Field(alias="withNDS")] = None
    warehouse_items: list[Line] | None = None


class _WithReason(Closed):
    reason_name: Text10000 | None = None
    reason_number: str | None = None
    reason_date: Day | None = None


class NewBill(_WithVat):
    """A request to pay."""

    comment: Text10000 | None = None
    template_id: Uuid | None = None
    placeholder_items: list[Placeholder] | None = None


class NewAct(_WithReason, NewBill):
    """Services done."""


class NewDeliveryNote(_WithReason, _WithVat):
    """Goods shipped."""

    consignee_id: Uuid | None = None


class NewUpd(_WithReason, _Document):
    """Goods shipped or services done, with a VAT invoice in it (``status1``) or without (``status2``)."""

    status: Literal["status1", "status2"]
    consignee_id: Uuid | None = None
    with_product_tracing: bool | None = None
    state_contract_identifier: Text300 | None = None
    warehouse_items: list[UpdLine] | None = None


class LinkSettings(Closed):
    """What a public link shows."""

    is_published: bool
    with_signatures: bool
    is_qr_code_enabled: bool


class NewLink(Closed):
    """A public link to a document."""

    document_id: Uuid
    published: bool
    with_signatures: bool
    is_qr_code_enabled: bool
