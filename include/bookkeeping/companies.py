"""The companies file: whose orders go into which books, checked whole before anything runs."""

import os
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from stdnum.ru import inn as inn_rules

from bookkeeping.addresses import address_of
from bookkeeping.domain import DocumentKind, VatRate
from bookkeeping.errors import MisconfiguredError
from bookkeeping.settings_file import Loc, dotted, mistakes, nearest, read_yaml

VatMode = Literal["standard", "none", "vat5", "vat7"]
IndividualsMode = Literal["per_order", "daily_summary", "skip"]

ELBA_OAUTH_KINDS = (DocumentKind.BILL, DocumentKind.ACT)
"""All that Elba's OAuth API can make (DESIGN R3)."""


def companies_file() -> Path:
    """Return the path in ``COMPANIES_FILE``, or the project's own ``include/config/companies.yaml``."""
    configured = os.environ.get("COMPANIES_FILE")
    return Path(configured) if configured else Path(__file__).parents[1] / "config" / "companies.yaml"


def _from_iso(value: object) -> object:
    """Read 2026-10-01 and nothing else: pydantic alone would also take seconds since 1970."""
    with suppress(ValueError):
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    return value


def _none_for(word: str) -> Callable[[object], object]:
    return lambda value: None if value == word else value


def _real_inn(value: str) -> str:
    if not re.fullmatch(r"[0-9]{10}|[0-9]{12}", value):
        raise ValueError(f'"{value}" is not an INN; use 10 digits for a company, 12 for a sole proprietor')
    if not inn_rules.is_valid(value):
        raise ValueError(f'"{value}" has wrong check digits; look for a typo')
    return value


def _real_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        hint = nearest(value, sorted(available_timezones())) or "use a name such as Europe/Moscow"
        raise ValueError(f'"{value}" is not a time zone; {hint}') from None


def _real_address(value: str) -> str:
    if address := address_of(value):
        return address
    raise ValueError(
        f'"{value}" is not an e-mail address; use one such as buh@example.ru, with Latin letters before @'
    )


# A field's description is what a mistake in it is answered with: "… is not allowed; use <description>".
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Field(description="text")]
Texts = Annotated[tuple[Text, ...], Field(description="a list such as [D, F]")]
Flag = Annotated[bool, Strict(), Field(description="true or false")]
Day = Annotated[
    date, Strict(), BeforeValidator(_from_iso), Field(description="a day that exists, such as 2026-10-01")
]
Email = Annotated[str, AfterValidator(_real_address)]


class Section(BaseModel):
    """A group of fields: a field that is not listed is a mistake, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Properties(Section):
    """The codes of the order properties in which the shop keeps what it knows of a buyer."""

    inn: Text = "INN"
    kpp: Text = "KPP"
    company: Text = "COMPANY"
    address: Text = "COMPANY_ADR"
    name: Text = "FIO"
    email: Text = "EMAIL"
    phone: Text = "PHONE"


class ShippedByStatus(Section):
    """A shipment counts as shipped once its order is in one of these statuses."""

    status: Texts = Field(min_length=1)


class Shop(Section):
    """Where the orders come from, and which of them count.

    :ivar site: only orders of this ``lid``; None for all.
    :ivar shipped_when: None while the shop's own "deducted" mark decides.
    :ivar skip_statuses: orders in these statuses are never documents.
    :ivar skip_platforms: orders that came from these trading platforms are never documents.
    :ivar write_back: whether the document's number and id are appended to the order's comments.
    """

    conn_id: Text = "bitrix_default"
    site: Text | None = Field(None, description="text")
    properties: Properties = Properties()
    shipped_when: Annotated[ShippedByStatus | None, BeforeValidator(_none_for("deducted"))] = Field(
        None, description="deducted or {status: [D, F]}"
    )
    skip_statuses: Texts = ()
    skip_platforms: Texts = ()
    write_back: Flag = False


class Books(Section):
    """Where the documents go.

    :ivar conn_id: an Airflow connection; by default ``elba_default`` or ``kontur_default``.
    :ivar api: which API of Elba the connection speaks, if the file says so; the connection itself decides.
    :ivar sale_form: what a sale is in Elba's public API.
    """

    system: Literal["kontur", "elba"] = Field(description="kontur or elba")
    conn_id: Text = Field(default_factory=lambda known: f"{known['system']}_default")
    api: Literal["oauth", "public"] | None = Field(None, description="oauth or public")
    sale_form: Literal["upd", "delivery_note"] = "upd"

    @field_validator("api", "sale_form")
    @classmethod
    def _only_in_elba(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("system") == "kontur":
            raise ValueError("is a setting of elba; remove it, or set books.system to elba")
        return value


class VatPeriod(Section):
    """The seller's VAT from a day on, until the next period begins."""

    begins_on: Day = Field(alias="from")
    mode: VatMode = Field(description="standard, none, vat5 or vat7")


class IndividualsPeriod(Section):
    """What becomes of individuals' orders from a day on, until the next period begins.

    :ivar mode: a document an order, one document a day for all of them, or none.
    """

    begins_on: Day = Field(alias="from")
    mode: IndividualsMode = Field(description="per_order, daily_summary or skip")


def _always(value: object) -> object:
    """Read one mode as that of all days."""
    if value in get_args(IndividualsMode):
        return [{"from": date.min, "mode": value}]
    if isinstance(value, list | tuple):
        return value
    raise ValueError(f'"{value}" is not allowed; use per_order, daily_summary or skip')


Period = TypeVar("Period", VatPeriod, IndividualsPeriod)


class RetailBuyer(Section):
    """The one counterparty for buyers with nothing to know them by, and for daily summaries."""

    name: Text = "Розничный покупатель"


class Delivery(Section):
    """How paid delivery stands in a document.

    :ivar vat: a rate of its own; None for the seller's, as for the goods.
    """

    name: Text = "Доставка"
    unit: Text = "усл."
    vat: Annotated[VatRate | None, BeforeValidator(_none_for("seller"))] = Field(
        None, description=f"seller or one of {', '.join(VatRate)}"
    )


class Mail(Section):
    """Who gets letters: the day's digest, and, if asked for, the customer a bill with its link."""

    accountants: tuple[Email, ...] = Field((), description="e-mail addresses in a list: [buh@example.ru]")
    bill_to_customer: Flag = False


class Alerts(Section):
    """Whom a failed run is told to: the team, not the accountants.

    :ivar http_conn_id: an Airflow connection of type HTTP: the alert is posted to its host as JSON.
    """

    mail: tuple[Email, ...] = Field((), description="e-mail addresses in a list: [team@example.ru]")
    http_conn_id: Text | None = Field(None, description="text")


class Company(Section):
    """One seller: a pair of DAGs, a shop, the books, and the rules between them.

    :ivar start_date: nothing dated earlier is ever posted.
    :ivar closed_through: the last day of the closed period, if there is one.
    :ivar vat: from the earliest period on; the first one began no later than ``start_date``.
    :ivar documents: the kinds this company makes, each once, at least one.
    """

    id: str = Field(pattern="^[a-z0-9_]{1,60}$", description="small Latin letters, digits and _, at most 60")
    title: Text = Field(description="the company's name as text")
    inn: Annotated[Text, AfterValidator(_real_inn)] = Field(
        description="10 digits for a company, 12 for a sole proprietor, in quotes"
    )
    timezone: Annotated[Text, AfterValidator(_real_zone)] = "Europe/Moscow"
    start_date: Day
    closed_through: Day | None = Field(None, description="a day that exists, such as 2026-09-30")
    shop: Shop = Shop()
    books: Books = Field(description="a group such as {system: kontur}")
    vat: tuple[VatPeriod, ...] = Field(
        min_length=1, description="a list such as [{from: 2019-01-01, mode: standard}]"
    )
    documents: tuple[DocumentKind, ...] = Field(
        min_length=1, description="bill, sale, act, at least one of them, in a list"
    )
    individuals: Annotated[tuple[IndividualsPeriod, ...], BeforeValidator(_always)] = Field(
        "per_order",
        validate_default=True,
        min_length=1,
        description="per_order, daily_summary or skip, or a list such as [{from: 2026-10-01, mode: skip}]",
    )
    retail_buyer: RetailBuyer = RetailBuyer()
    delivery: Delivery = Delivery()
    bill_due_days: int = Field(3, strict=True, ge=0, description="a whole number of days, 0 or more")
    on_stale_vat: Literal["hold", "recompute"] = "hold"
    on_change: Literal["report", "update"] = "report"
    mail: Mail = Mail()
    alerts: Alerts = Alerts()

    @field_validator("vat", "individuals")
    @classmethod
    def _one_after_another(cls, periods: tuple[Period, ...]) -> tuple[Period, ...]:
        for earlier, later in pairwise(period.begins_on for period in periods):
            if later == earlier:
                raise ValueError(f"two periods begin on {later}; keep one of them")
            if later < earlier:
                raise ValueError(f"{later} stands after {earlier}; begin with the earliest period")
        return periods

    @field_validator("vat", "individuals")
    @classmethod
    def _from_the_start(cls, periods: tuple[Period, ...], info: ValidationInfo) -> tuple[Period, ...]:
        start, first = info.data.get("start_date"), periods[0].begins_on
        if start and first > start:
            raise ValueError(f"begins on {first}, after start_date {start}; add the period before it")
        return periods

    @field_validator("documents")
    @classmethod
    def _each_once(cls, kinds: tuple[DocumentKind, ...]) -> tuple[DocumentKind, ...]:
        for kind, times in Counter(kinds).items():
            if times > 1:
                raise ValueError(f'"{kind}" is listed {times} times; keep one')
        return kinds

    @field_validator("documents")
    @classmethod
    def _books_can_make(
        cls, kinds: tuple[DocumentKind, ...], info: ValidationInfo
    ) -> tuple[DocumentKind, ...]:
        books: Books | None = info.data.get("books")
        if books and books.api == "oauth" and DocumentKind.SALE in kinds:
            possible = " and ".join(ELBA_OAUTH_KINDS)
            raise ValueError(f'"sale" is not allowed with books.api: oauth, which makes {possible} only')
        return kinds

    @model_validator(mode="after")
    def _can_be_summed_up(self) -> "Company":
        """A daily summary is a sale document to nobody in particular; not all books can make one."""
        if all(period.mode != "daily_summary" for period in self.individuals):
            return self
        if DocumentKind.SALE not in self.documents:
            raise ValueError("individuals: daily_summary makes sale documents; add sale to documents")
        is_upd = self.books.system == "elba" and self.books.sale_form == "upd"
        if is_upd and any(period.mode != "none" for period in self.vat):
            raise ValueError(
                "individuals: daily_summary cannot be a УПД with VAT, which needs a buyer's INN and address; "
                "set books.sale_form to delivery_note"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone, which decides on what day something happened."""
        return ZoneInfo(self.timezone)

    def vat_mode_on(self, day: date) -> VatMode:
        """Return the seller's VAT on a day; a day before the first period is a mistake in the settings."""
        modes = [period.mode for period in self.vat if period.begins_on <= day]
        if not modes:
            raise MisconfiguredError(f'company "{self.id}", vat: says nothing of {day}; add a period')
        return modes[-1]

    def individuals_on(self, day: date) -> IndividualsMode:
        """What becomes of an individual's documents of a day; before all periods, what the first one says."""
        begun = [period for period in self.individuals if period.begins_on <= day]
        return (begun or self.individuals[:1])[-1].mode


class CompaniesFile(Section):
    """The whole file."""

    companies: tuple[Company, ...] = Field(min_length=1, description="a list of companies")


def load_companies(path: Path) -> tuple[Company, ...]:
    """Return the companies of a file in its order, or name every mistake in it, one a line."""
    raw = read_yaml(path)
    problems = _repeated_ids(raw)
    companies: tuple[Company, ...] = ()
    try:
        companies = CompaniesFile.model_validate(raw).companies
    except ValidationError as error:
        problems += [_placed(raw, loc, problem) for loc, problem in mistakes(error, CompaniesFile)]
    if problems:
        raise MisconfiguredError("\n".join(f"{path}: {problem}" for problem in problems))
    return companies


def _placed(raw: object, loc: Loc, problem: str) -> str:
    """Put company and field, as far as the mistake has them, before what is wrong."""
    company = ""
    match loc:
        case ("companies", int(index), *field):
            company, loc = _name(_listed(raw)[index], index), tuple(field)
    place = ", ".join(filter(None, (company, dotted(loc))))
    return ": ".join(filter(None, (place, problem)))


def _name(company: object, index: int) -> str:
    """Name a company by its id or, without one, by its place in the list."""
    known = _id(company)
    return f'company "{known}"' if known else f"company {index + 1}"


def _id(company: object) -> str:
    known = company.get("id") if isinstance(company, dict) else None
    return known if isinstance(known, str) else ""


def _listed(raw: object) -> list[object]:
    listed = raw.get("companies") if isinstance(raw, dict) else None
    return listed if isinstance(listed, list) else []


def _repeated_ids(raw: object) -> list[str]:
    times = Counter(filter(None, map(_id, _listed(raw))))
    return [
        f'company "{known}", id: is used by {count} companies; give each its own'
        for known, count in times.items()
        if count > 1
    ]
