"""Every mistake in the companies file is named with its file, company and field, and with what to do."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bookkeeping import companies as module
from bookkeeping.companies import Company, Section, companies_file, load_companies
from bookkeeping.domain import DocumentKind, VatRate
from bookkeeping.errors import MisconfiguredError

GOOD = {
    "id": "romashka",
    "title": "ООО «Ромашка»",
    "inn": "7707083893",
    "start_date": "2026-10-01",
    "books": {"system": "kontur"},
    "vat": [{"from": "2019-01-01", "mode": "standard"}],
    "documents": ["sale", "act"],
}
NO_ADDRESS = "is not an e-mail address; use one such as buh@example.ru, with Latin letters before @"


@pytest.fixture
def load(tmp_path):
    """Load a file with the given text."""

    def load_text(text: str) -> tuple[Company, ...]:
        path = tmp_path / "companies.yaml"
        path.write_text(text, encoding="utf-8")
        return load_companies(path)

    return load_text


@pytest.fixture
def refused(load, tmp_path):
    """Load a file that must be refused; return its message without the folder, by line."""

    def refuse(text: str) -> list[str]:
        with pytest.raises(MisconfiguredError) as refusal:
            load(text)
        return str(refusal.value).replace(f"{tmp_path}/", "").splitlines()

    return refuse


def in_a_file(*companies: object) -> str:
    return yaml.safe_dump({"companies": list(companies)}, allow_unicode=True)


def nested(dotted: str, value: object) -> dict:
    """Build ``{"shop": {"site": 1}}`` from ``shop.site`` and 1."""
    outer, _, inner = dotted.partition(".")
    return {outer: nested(inner, value) if inner else value}


def spoilt(dotted: str, value: object) -> dict:
    """Change one field of a good company."""
    change = nested(dotted, value)
    return GOOD | {
        name: GOOD.get(name, {}) | part if "." in dotted else part for name, part in change.items()
    }


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", None, "title: is empty; use the company's name as text"),
        ("title", "", "title: is empty; use the company's name as text"),
        ("inn", 7707083893, "inn: is read as 7707083893, not as text; put it in quotes"),
        (
            "inn",
            "770708389",
            'inn: "770708389" is not an INN; use 10 digits for a company, 12 for a sole proprietor',
        ),
        ("inn", "7707083894", 'inn: "7707083894" has wrong check digits; look for a typo'),
        ("inn", "500100732258", 'inn: "500100732258" has wrong check digits; look for a typo'),
        (
            "timezone",
            "Europe/Moskow",
            'timezone: "Europe/Moskow" is not a time zone; did you mean Europe/Moscow?',
        ),
        ("timezone", "МСК", 'timezone: "МСК" is not a time zone; use a name such as Europe/Moscow'),
        (
            "start_date",
            "01.10.2026",
            'start_date: "01.10.2026" is not allowed; use a day that exists, such as 2026-10-01',
        ),
        (
            "start_date",
            "2026-02-30",
            'start_date: "2026-02-30" is not allowed; use a day that exists, such as 2026-10-01',
        ),
        (
            "start_date",
            20261001,
            "start_date: 20261001 is not allowed; use a day that exists, such as 2026-10-01",
        ),
        (
            "closed_through",
            "soon",
            'closed_through: "soon" is not allowed; use a day that exists, such as 2026-09-30',
        ),
        ("shop", "s1", f'shop: "s1" is not allowed; use a group with {", ".join(module.Shop.model_fields)}'),
        ("shop.sit", "s1", "shop.sit: is not a known field; did you mean site?"),
        ("shop.site", 1, "shop.site: is read as 1, not as text; put it in quotes"),
        ("shop.conn_id", True, "shop.conn_id: is read as true, not as text; put it in quotes"),
        ("shop.properties", {"innn": "INN"}, "shop.properties.innn: is not a known field; did you mean inn?"),
        (
            "shop.shipped_when",
            "shipped",
            'shop.shipped_when: "shipped" is not allowed; use deducted or {status: [D, F]}',
        ),
        (
            "shop.shipped_when",
            {"status": []},
            "shop.shipped_when.status: is empty; use a list such as [D, F]",
        ),
        ("shop.skip_statuses", "N", 'shop.skip_statuses: "N" is not allowed; use a list such as [D, F]'),
        (
            "shop.skip_platforms",
            ["ozon", 9],
            "shop.skip_platforms[2]: is read as 9, not as text; put it in quotes",
        ),
        ("shop.write_back", "maybe", 'shop.write_back: "maybe" is not allowed; use true or false'),
        ("books", {}, "books.system: is missing; use kontur or elba"),
        ("books.system", "kontor", 'books.system: "kontor" is not allowed; use kontur or elba'),
        ("books.api", "oauth", "books.api: is a setting of elba; remove it, or set books.system to elba"),
        (
            "books.sale_form",
            "delivery_note",
            "books.sale_form: is a setting of elba; remove it, or set books.system to elba",
        ),
        ("books", {"system": "elba", "api": "rest"}, 'books.api: "rest" is not allowed; use oauth or public'),
        (
            "books",
            {"system": "elba", "api": "oauth"},
            'documents: "sale" is not allowed with books.api: oauth, which makes bill and act only',
        ),
        ("vat", [], "vat: is empty; use a list such as [{from: 2019-01-01, mode: standard}]"),
        (
            "vat",
            "none",
            'vat: "none" is not allowed; use a list such as [{from: 2019-01-01, mode: standard}]',
        ),
        ("vat", ["none"], 'vat[1]: "none" is not allowed; use a group with from, mode'),
        (
            "vat",
            [{"from": "2019-01-01", "mode": "usn"}],
            'vat[1].mode: "usn" is not allowed; use standard, none, vat5 or vat7',
        ),
        ("vat", [{"mode": "none"}], "vat[1].from: is missing; use a day that exists, such as 2026-10-01"),
        (
            "vat",
            [{"from": "2026-11-01", "mode": "none"}],
            "vat: begins on 2026-11-01, after start_date 2026-10-01; add the period before it",
        ),
        (
            "vat",
            [{"from": "2025-01-01", "mode": "vat5"}, {"from": "2019-01-01", "mode": "none"}],
            "vat: 2019-01-01 stands after 2025-01-01; begin with the earliest period",
        ),
        (
            "vat",
            [{"from": "2019-01-01", "mode": "vat5"}, {"from": "2019-01-01", "mode": "none"}],
            "vat: two periods begin on 2019-01-01; keep one of them",
        ),
        ("documents", [], "documents: is empty; use bill, sale, act, at least one of them, in a list"),
        ("documents", ["act", "act"], 'documents: "act" is listed 2 times; keep one'),
        (
            "documents",
            ["sale", "acts"],
            'documents[2]: "acts" is not allowed; use bill, sale, act, at least one of them, in a list',
        ),
        (
            "individuals",
            [{"from": "2026-01-01", "mode": "daily"}],
            'individuals[1].mode: "daily" is not allowed; use per_order, daily_summary or skip',
        ),
        (
            "individuals",
            [{"from": "2026-10-02", "mode": "daily_summary"}],
            "individuals: begins on 2026-10-02, after start_date 2026-10-01; add the period before it",
        ),
        ("individuals", "all", 'individuals: "all" is not allowed; use per_order, daily_summary or skip'),
        ("retail_buyer", [], "retail_buyer: is empty; use a group with name"),
        (
            "delivery.vat",
            "vat21",
            f'delivery.vat: "vat21" is not allowed; use seller or one of {", ".join(VatRate)}',
        ),
        ("bill_due_days", "3", 'bill_due_days: "3" is not allowed; use a whole number of days, 0 or more'),
        ("bill_due_days", -1, "bill_due_days: -1 is not allowed; use a whole number of days, 0 or more"),
        ("on_stale_vat", "guess", 'on_stale_vat: "guess" is not allowed; use hold or recompute'),
        ("on_change", "delete", 'on_change: "delete" is not allowed; use report or update'),
        (
            "mail.accountants",
            "buh@x.ru",
            'mail.accountants: "buh@x.ru" is not allowed; use e-mail addresses in a list: [buh@example.ru]',
        ),
        (
            "mail.accountants",
            ["buh@x.ru", "glav@x.ru,"],
            f'mail.accountants[2]: "glav@x.ru," {NO_ADDRESS}',
        ),
        ("mail.accountants", ["бух@x.ru"], f'mail.accountants[1]: "бух@x.ru" {NO_ADDRESS}'),
        ("alerts.mail", ["team"], f'alerts.mail[1]: "team" {NO_ADDRESS}'),
        ("alerts.http_conn_id", "", "alerts.http_conn_id: is empty; use text"),
        ("document", ["act"], "document: is not a known field; did you mean documents?"),
    ],
)
def test_a_mistake_names_file_company_and_field_and_says_what_is_allowed(refused, field, value, message):
    assert refused(in_a_file(spoilt(field, value))) == [f'companies.yaml: company "romashka", {message}']


@pytest.mark.parametrize("field", [name for name in GOOD if name != "id"])
def test_a_missing_field_is_named(refused, field):
    (line,) = refused(in_a_file({name: value for name, value in GOOD.items() if name != field}))

    assert line.startswith(f'companies.yaml: company "romashka", {field}: is missing; use ')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "companies.yaml: is empty; use a group with companies"),
        ("companies:", "companies.yaml: companies: is empty; use a list of companies"),
        ("companies: []", "companies.yaml: companies: is empty; use a list of companies"),
        (
            "companies: {a: b}",
            "companies.yaml: companies: a group of fields is not allowed; use a list of companies",
        ),
        ("a: *b", "companies.yaml, line 1: cannot be understood as YAML: found undefined alias 'b'"),
        (
            "companies:\n- id: a\n  id: b",
            'companies.yaml, line 3: cannot be understood as YAML: "id" is given twice',
        ),
        ("1: a", "companies.yaml, line 1: cannot be understood as YAML: the name of a field must be text"),
        (
            "? [a]\n: b",
            "companies.yaml, line 1: cannot be understood as YAML: the name of a field must be text",
        ),
    ],
)
def test_a_file_that_is_no_list_of_companies_says_where(refused, text, message):
    assert refused(text) == [message]


def test_a_control_character_is_reported(refused):
    assert refused("a: \x00")[0].startswith("companies.yaml: cannot be understood as YAML: ")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MisconfiguredError, match=r"no\.yaml: cannot be read: No such file or directory"):
        load_companies(tmp_path / "no.yaml")


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "companies.yaml").write_bytes("title: Ромашка".encode("cp1251"))

    with pytest.raises(MisconfiguredError, match=r"companies\.yaml: is not UTF-8 text; save it as UTF-8"):
        load_companies(tmp_path / "companies.yaml")


def test_a_company_without_a_usable_id_is_named_by_its_place(refused):
    lines = refused(in_a_file(GOOD, GOOD | {"id": 7}, "petrova"))

    assert lines[0] == "companies.yaml: company 2, id: is read as 7, not as text; put it in quotes"
    assert lines[1].startswith('companies.yaml: company 3: "petrova" is not allowed; use a group with id, ')


def test_an_id_is_made_for_the_names_of_dags(refused):
    (line,) = refused(in_a_file(GOOD | {"id": "Ромашка-1"}))

    assert line.endswith('id: "Ромашка-1" is not allowed; use small Latin letters, digits and _, at most 60')


def test_an_id_is_used_once(refused):
    assert refused(in_a_file(GOOD, GOOD)) == [
        'companies.yaml: company "romashka", id: is used by 2 companies; give each its own'
    ]


def test_all_mistakes_are_told_at_once(refused):
    first = GOOD | {"inn": "1", "individuals": "all"}

    assert [line.partition("; ")[0] for line in refused(in_a_file(first, first | {"books": {}}))] == [
        'companies.yaml: company "romashka", id: is used by 2 companies',
        'companies.yaml: company "romashka", inn: "1" is not an INN',
        'companies.yaml: company "romashka", individuals: "all" is not allowed',
        'companies.yaml: company "romashka", inn: "1" is not an INN',
        'companies.yaml: company "romashka", books.system: is missing',
        'companies.yaml: company "romashka", individuals: "all" is not allowed',
    ]


def test_what_is_left_out_has_its_default(load):
    (company,) = load(in_a_file(GOOD))

    assert company.zone == ZoneInfo("Europe/Moscow")
    assert company.closed_through is None
    assert (company.shop.conn_id, company.books.conn_id) == ("bitrix_default", "kontur_default")
    assert (company.shop.site, company.shop.shipped_when, company.shop.write_back) == (None, None, False)
    assert company.delivery.vat is None
    assert company.individuals_on(company.start_date) == "per_order"
    assert (company.on_stale_vat, company.on_change) == ("hold", "report")
    assert (company.mail.accountants, company.mail.bill_to_customer) == ((), False)
    assert (company.alerts.mail, company.alerts.http_conn_id) == ((), None)


def test_individuals_have_one_policy_or_one_from_a_day_on(load):
    dated = [{"from": "2026-10-01", "mode": "per_order"}, {"from": "2026-11-01", "mode": "daily_summary"}]
    (always,) = load(in_a_file(GOOD | {"individuals": "daily_summary"}))
    (switched,) = load(in_a_file(GOOD | {"individuals": dated}))

    assert always.individuals_on(date(2026, 10, 31)) == "daily_summary"
    days = [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 1)]
    assert [switched.individuals_on(day) for day in days] == ["per_order", "per_order", "daily_summary"]


def test_summaries_are_sale_documents(refused):
    billing = GOOD | {"individuals": "daily_summary", "documents": ["bill", "act"]}

    (line,) = refused(in_a_file(billing))

    assert line.endswith("individuals: daily_summary makes sale documents; add sale to documents")


@pytest.mark.parametrize(
    ("form", "mode", "is_fine"),
    [
        ("upd", "standard", False),
        ("upd", "none", True),
        ("delivery_note", "standard", True),
    ],
)
def test_a_summary_cannot_be_a_upd_with_vat_for_that_needs_a_buyer(load, refused, form, mode, is_fine):
    company = GOOD | {
        "individuals": "daily_summary",
        "books": {"system": "elba", "sale_form": form},
        "vat": [{"from": "2019-01-01", "mode": mode}],
    }

    if is_fine:
        assert load(in_a_file(company))
    else:
        (line,) = refused(in_a_file(company))
        assert line.endswith("set books.sale_form to delivery_note")


def test_what_is_said_is_kept(load):
    (company,) = load(
        in_a_file(
            GOOD
            | {
                "shop": {"shipped_when": {"status": ["D", "F"]}},
                "books": {"system": "elba", "api": "public", "sale_form": "delivery_note"},
                "delivery": {"vat": "vat22"},
            }
        )
    )

    assert company.shop.shipped_when is not None
    assert company.shop.shipped_when.status == ("D", "F")
    assert (company.books.conn_id, company.books.sale_form) == ("elba_default", "delivery_note")
    assert company.delivery.vat is VatRate.VAT22


def test_a_default_may_be_written_out(load):
    (company,) = load(in_a_file(GOOD | {"shop": {"shipped_when": "deducted"}, "delivery": {"vat": "seller"}}))

    assert company.shop.shipped_when is None
    assert company.delivery.vat is None


def test_the_vat_mode_is_that_of_the_day():
    company = Company.model_validate(
        GOOD | {"vat": [{"from": "2019-01-01", "mode": "none"}, {"from": "2025-01-01", "mode": "vat5"}]}
    )

    assert company.vat_mode_on(date(2024, 12, 31)) == "none"
    assert company.vat_mode_on(date(2025, 1, 1)) == "vat5"
    with pytest.raises(MisconfiguredError, match='company "romashka", vat: says nothing of 2018-12-31'):
        company.vat_mode_on(date(2018, 12, 31))


def test_the_file_of_the_project_is_right(monkeypatch):
    monkeypatch.delenv("COMPANIES_FILE", raising=False)

    romashka, ivanov, petrova = load_companies(companies_file())

    assert [company.id for company in (romashka, ivanov, petrova)] == ["romashka", "ivanov", "petrova"]
    assert romashka.documents == (DocumentKind.SALE, DocumentKind.ACT)
    assert ivanov.vat_mode_on(date(2026, 10, 1)) == "vat5"
    assert petrova.books.api == "public"


def test_the_file_can_live_elsewhere(monkeypatch):
    monkeypatch.setenv("COMPANIES_FILE", "/etc/companies.yaml")

    assert companies_file() == Path("/etc/companies.yaml")


@pytest.mark.parametrize("section", Section.__subclasses__())
def test_every_required_field_says_what_to_write(section: type[BaseModel]):
    required = [field for field in section.model_fields.values() if field.is_required()]

    assert all(field.description not in (None, PydanticUndefined) for field in required)


def test_loading_is_light():
    code = "import sys, bookkeeping.companies; print({'pandas', 'sqlalchemy', 'requests'} & set(sys.modules))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    loaded = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)

    assert loaded.strip() == "set()"
