"""Who buys: the counterparty that an order's properties describe (DESIGN R7)."""

import pytest
from tests.unit.builders import due, line, one, order

from bookkeeping.domain import CounterpartyKind, HoldReason
from bookkeeping.errors import RejectedError
from bookkeeping.transforms.buyers import counterparty_of, person_key, with_name

RETAIL = "Розничный покупатель"
FIRM = {"inn": "7707083893", "kpp": "773601001", "company": "ООО «Вектор»"}
PERSON = {"name": "Пётр Ильич", "email": "petr@example.ru", "phone": "+7 912 345-67-89"}


def buyer(**columns):
    return counterparty_of(columns, RETAIL)


def hold_of(**columns):
    with pytest.raises(RejectedError) as refusal:
        with_name(buyer(**columns), frozenset())
    return refusal.value.reason


def test_a_company_is_known_by_its_inn_and_kpp():
    firm = buyer(**FIRM, name="Иван", email="Buh@Example.ru ", phone="8 (495) 123-45-67", address=" Москва ")

    assert (firm.key, firm.kind, firm.name) == (
        "inn:7707083893:773601001",
        CounterpartyKind.COMPANY,
        "ООО «Вектор»",
    )
    assert (firm.inn, firm.kpp, firm.address) == ("7707083893", "773601001", "Москва")
    assert (firm.email, firm.phone) == ("buh@example.ru", "+74951234567")


def test_branches_of_a_company_are_different_buyers():
    assert buyer(**FIRM).key != buyer(**FIRM | {"kpp": "773602001"}).key


@pytest.mark.parametrize("inn", ["081206022988", "500100732259"])
def test_twelve_digits_are_a_sole_proprietor_who_has_no_kpp(inn):
    trader = buyer(inn=inn, kpp="773601001", company="ИП Соколова")

    assert (trader.key, trader.kind, trader.kpp) == (f"inn:{inn}:", CounterpartyKind.SOLE_PROPRIETOR, "")


def test_a_wrong_kpp_of_a_sole_proprietor_is_dropped_like_a_right_one():
    assert buyer(inn="081206022988", kpp="12", company="ИП Соколова").kpp == ""


@pytest.mark.parametrize(
    "inn", ["7707 083893", " 7707083893\n", "77\u00a007083893", "7707\t083893", "７７０７０８３８９３"]
)
def test_an_inn_is_the_same_however_it_was_typed(inn):
    assert buyer(**FIRM | {"inn": inn}).key == "inn:7707083893:773601001"


@pytest.mark.parametrize(
    "inn",
    [
        pytest.param("7707083894", id="a wrong check digit"),
        pytest.param("81206022988", id="a lost leading zero of a sole proprietor"),
        pytest.param("101004391", id="a lost leading zero of a company"),
        pytest.param("000000000000", id="twelve zeros"),
        pytest.param("0000000000", id="ten zeros"),
        pytest.param("500100732250", id="wrong check digits of a sole proprietor"),
        pytest.param("77070838930", id="eleven digits"),
        pytest.param("нет", id="a word"),
        pytest.param("-", id="a dash"),
        pytest.param("7707083893/773601001", id="a kpp behind it"),
    ],
)
def test_an_inn_that_cannot_be_one_is_held_and_never_mended(inn):
    assert hold_of(**FIRM | {"inn": inn}) is HoldReason.INN_INVALID


@pytest.mark.parametrize("kpp", ["", "773601001", "7736AB001", "7736 01 001", "7736ab001"])
def test_a_kpp_may_be_missing_or_hold_letters_in_its_middle(kpp):
    assert buyer(**FIRM | {"kpp": kpp}).kpp == kpp.replace(" ", "").upper()


@pytest.mark.parametrize(
    "kpp", ["77360100", "7736010011", "77AB01001", "773601O01", "нет", "7736٠١001", "٧73601001", "77360100١"]
)
def test_a_kpp_that_cannot_be_one_is_held(kpp):
    assert hold_of(**FIRM | {"kpp": kpp}) is HoldReason.KPP_INVALID


def test_a_company_may_be_named_by_its_person():
    assert buyer(inn="7707083893", company="  ", name="Иван  Петров").name == "Иван Петров"


@pytest.mark.parametrize("columns", [{"inn": "7707083893"}, {"email": "petr@example.ru"}])
def test_a_buyer_without_a_name_is_held(columns):
    assert hold_of(**columns) is HoldReason.COUNTERPARTY_NAME_MISSING


def test_a_nameless_buyer_whom_the_books_know_is_taken_as_known():
    nameless = buyer(inn="7707083893", kpp="773601001")

    assert with_name(nameless, frozenset({"inn:7707083893:773601001"})) == nameless


def test_the_books_knowing_another_branch_is_no_help_for_a_nameless_one():
    with pytest.raises(RejectedError):
        with_name(buyer(inn="7707083893", kpp="773601001"), frozenset({"inn:7707083893:"}))


# Individuals.


@pytest.mark.parametrize("company", ["", "ООО без ИНН"])
def test_a_buyer_without_an_inn_is_an_individual_whatever_the_name(company):
    person = buyer(**PERSON, company=company, kpp="773601001")

    assert (person.kind, person.inn, person.kpp) == (CounterpartyKind.INDIVIDUAL, "", "")
    assert person.name == (company or "Пётр Ильич")


@pytest.mark.parametrize("email", ["petr@example.ru", " Petr@Example.RU "])
def test_a_person_is_known_again_by_the_e_mail(email):
    assert buyer(name="Пётр", email=email, phone="1").key == buyer(**PERSON).key


@pytest.mark.parametrize(
    "phone", ["89123456789", "8 (912) 345-67-89", "9123456789", "+7 912 3456789", "79123456789"]
)
def test_a_person_without_an_e_mail_is_known_again_by_the_phone(phone):
    assert buyer(name="Пётр", phone=phone).key == person_key("+79123456789")


def test_a_foreign_phone_keeps_its_own_code():
    assert buyer(name="Ян", phone="+49 30 1234567").phone == "+49301234567"


def test_two_people_are_two_buyers():
    assert buyer(**PERSON).key != buyer(**PERSON | {"email": "anna@example.ru"}).key


def test_a_key_tells_nobody_who_the_person_is():
    key = buyer(**PERSON).key

    assert key.startswith("person:")
    assert not {"petr", "example", "9123456789"} & set(key.replace("@", " ").replace(":", " ").split())
    assert "petr" not in key
    assert "912345" not in key


@pytest.mark.parametrize("columns", [{}, {"name": "Пётр"}, {"name": "Пётр", "email": " ", "phone": "нет"}])
def test_who_left_nothing_to_be_known_by_is_the_one_retail_buyer(columns):
    assert (buyer(**columns).key, buyer(**columns).name) == ("retail", RETAIL)


def test_contacts_stay_out_of_what_is_printed():
    printed = repr(buyer(**PERSON, address="Тверская, 1"))

    assert not [text for text in ("petr@", "9123456789", "Тверская") if text in printed]


# In documents.


def test_all_orders_of_retail_buyers_have_one_counterparty_with_the_configured_name():
    orders = [
        order(line(), order_id=id_, inn="", kpp="", company="", name=name)
        for id_, name in (("1001", "Пётр"), ("1002", ""))
    ]

    buyers = {item.document.counterparty for item in due(*orders, retail_buyer={"name": "Население"})}

    assert {(each.key, each.name) for each in buyers} == {("retail", "Население")}


def test_a_held_document_still_says_whose_it_is():
    sale = one(order(line(), inn="123", company="ООО «Вектор»"), documents=["sale"])

    assert (sale.reason, sale.document.counterparty.name) == (HoldReason.INN_INVALID, "ООО «Вектор»")
    assert "123" in sale.detail
