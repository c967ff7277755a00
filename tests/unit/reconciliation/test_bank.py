"""What money on the bank account is taken for: only what fits in a single way is matched (DESIGN R12)."""

import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.domain import BankTransaction, DocumentKind
from bookkeeping.outcomes import BankMatch
from bookkeeping.transforms.arrivals import Known, Paper
from bookkeeping.transforms.bank import match_bank
from bookkeeping.transforms.payments import Payment
from bookkeeping.transforms.purposes import is_given_back, is_of_acquirer, named, number_key, words

BILL, SALE, ACT = DocumentKind
DOCUMENT, ACQUIRER, AMBIGUOUS, NONE = BankMatch
MONDAY = date(2026, 10, 5)


def money(purpose, amount, *, id_="1", on=MONDAY, commission="0", tied="", inn=""):
    return BankTransaction(
        id_, on, Decimal(amount), "Плательщик", inn, purpose, Decimal(commission), document_id=tied
    )


def paper(number, total, order_id="512", kind=BILL):
    key = f"romashka/{kind}/{order_id}/{number}"
    return Paper(key, kind, number, order_id, Decimal(total), external_id=f"{kind} {number} {order_id}")


def paid(amount, id_="901", order_id="512", on=MONDAY, **facts):
    return Payment(id_, order_id, on, Decimal(amount), **({"is_cash": False} | facts))


def card(amount, *place, **facts):
    return paid(amount, *place, is_card=True, **facts)


def rows_of(*transactions, papers=(), payments=(), **known):
    return match_bank(transactions, Known(papers=papers, payments=payments, **known))


def told(*transactions, **known):
    return [(row.match, row.numbers) for row in rows_of(*transactions, **known)]


# Which numbers a purpose names


@pytest.mark.parametrize(
    "purpose",
    [
        "№ 1045",
        "№1045",
        "Оплата по счету 1045 от 20.11.2026",
        "счёт N1045",
        "счет No1045",
        "счет Nо. 1045 от 20 ноября 2026 г.",
        "сч.1045,1046",
        "по счету1045от20.11.26",
        "СЧЕТ-ДОГОВОР 1045",
        "заказ-1045.",
        "1046 / 1045",
        "по счету № 1045 500,00 руб",
        "Р/с 40702810900000000001, к счету 1045",
        "Без НДС; 1045",
        "счет 1045 частично",
        "счет 1045 УПД 33",
        "счет 1045 ТН 33",
        "счет № 1045 м",
        "ул. Ленина, д. 5 кв. 12, счет 1045",
        "ул. Мира счет 1045",
        "по счету 1045 М.Видео",
    ],
)
def test_a_number_is_found_however_people_write_it(purpose):
    assert "1045" in named(purpose, {"1045"})


@pytest.mark.parametrize(
    "purpose",
    [
        "№ 11045",
        "№ 10450",
        "№ 1045/3",
        "№ 1045-1",
        "№ 3/1045",
        "Б-1045",
        "ИНН 1045",
        "р/с 1045",
        "р/с 40702810900000001045",
        "1045 руб.",
        "Сумма 1 045",
        "на сумму 1045-00",
        "1045.00",
        "1 045,00 RUB",
        "в т.ч. НДС 22% - 1045",
        "НДС (22%) 1045-50",
        "1045%",
        "договор № 1045 от 01.02.2026",
        "за 1045 год",
        "кв. 1045",
        "д.1045",
        "дом 1045А",
        "корп. 1045/2",
        "стр 1045",
        "офис 1045",
        "ул. Ленина, 1045",
        "ул. 8 Марта 1045",
        "ул. 1-я Парковая, 1045",
        "1045 шт",
        "1045шт.",
        "1045 уп. бумаги",
        "1045 кг",
        "1045,5 м",
        "1045 м. кабеля",
        "1045 кв.м",
        "1045 тыс. руб",
    ],
)
def test_a_part_of_something_else_is_not_a_number(purpose):
    assert named(purpose, {"1045"}) == []


@pytest.mark.parametrize(
    "purpose",
    ["20.11.2026", "2026-11-20", "20/11/26", "20 ноября 2026", "+7 (916) 123-20-26", "20:26", "20%"],
)
def test_days_phones_and_rates_are_not_numbers(purpose):
    assert named(purpose, {"20", "11", "2026", "26", "7", "916", "123"}) == []


def test_an_address_and_a_quantity_are_no_document_numbers():
    known = {"5", "12", "77"}

    assert named("Заказ на адрес ул. Мира, д. 5 кв. 12", known) == []
    assert named("стулья 5 шт по счету 77", known) == ["77"]


@pytest.mark.parametrize("written", ["A-1045", "А-1045", "a–1045", "№А-1045", "A-1045от 1.10.26"])
def test_letters_that_look_alike_are_the_same(written):
    assert named(f"Заказ {written}", {number_key("A-1045"), "1045"}) == [number_key("А-1045")]


def test_a_shipment_is_not_its_order_and_an_order_not_its_shipment():
    known = {"1045", "1045/2"}

    assert named("№ 1045/2", known) == ["1045/2"]
    assert named("№ 1045 / 2", known) == ["1045/2"]
    assert named("№ 1045", known) == ["1045"]
    assert named("№ 1045 и № 1045/2", known) == ["1045", "1045/2"]


@given(st.text(max_size=210), st.sets(st.from_regex(r"[A-ZА-Я]?-?\d{1,6}(/\d)?", fullmatch=True)))
def test_any_text_can_be_read_and_names_only_what_is_written(purpose, numbers):
    known = {number_key(number) for number in numbers}
    found = named(purpose, known)

    assert set(found) <= known & words(purpose)
    assert len(found) == len(set(found))


@given(st.integers(0, 10**6), st.text("0123456789", max_size=3), st.text("0123456789", max_size=3))
def test_only_the_whole_number_is_the_number(number, before, after):
    written = f"Оплата по счету {before}{number}{after} от 01.10.2026"

    assert (named(written, {str(number)}) == [str(number)]) == (f"{before}{number}{after}" == str(number))


# Documents


@pytest.mark.parametrize(
    ("amount", "papers", "payments"),
    [
        ("1000.00", [paper("1045", "1000.00")], []),
        ("1000.00", [paper("1045", "600.00", kind=SALE), paper("1045", "400.00", kind=ACT)], []),
        ("600.00", [paper("1045", "600.00", kind=SALE), paper("1045", "400.00", kind=ACT)], []),
        ("1000.00", [paper("1045", "600.00", kind=SALE), paper("1045/2", "400.00", kind=SALE)], []),
        ("600.00", [paper("1045", "1000.00")], [paid("400.00", is_cash=True)]),
        ("250.00", [paper("1045", "1000.00")], [paid("250.00"), paid("300.00", "902")]),
        ("1100.00", [paper("1045", "1000.00")], [paid("1100.00")]),
    ],
    ids=["bill", "shipment", "part of it", "order", "owed", "payment", "overpaid"],
)
def test_a_number_and_its_sum_are_a_match(amount, papers, payments):
    (row,) = rows_of(money("счет 1045", amount), papers=papers, payments=payments)

    assert (row.match, row.numbers, row.expected) == (DOCUMENT, ("1045",), Decimal(amount))


def test_what_the_ledger_has_recorded_is_not_owed_any_more():
    known = {"papers": [paper("1045", "1000.00")], "recorded": {"512": Decimal("400.00")}}

    assert told(money("счет 1045", "600.00"), **known) == [(DOCUMENT, ("1045",))]


def test_a_number_with_another_sum_is_no_match_and_says_both_sums():
    (row,) = rows_of(money("счет 1045", "900.00"), papers=[paper("1045", "1000.00")])

    assert (row.match, row.numbers, row.expected) == (NONE, (), Decimal("1000.00"))
    assert "№ 1045" in row.explanation
    assert "1000.00 ₽" in row.explanation
    assert "900.00 ₽" in row.explanation


def test_a_sum_without_a_number_is_no_match():
    (row,) = rows_of(money("Оплата за товар", "1000.00"), papers=[paper("1045", "1000.00")])

    assert (row.match, row.numbers, row.expected) == (NONE, (), None)


def test_several_numbers_are_paid_by_their_sum():
    papers = [paper("1045", "600.00"), paper("1046", "400.00", "513"), paper("1047", "1.00", "514")]

    assert told(money("счета 1045, 1046", "1000.00"), papers=papers) == [(DOCUMENT, ("1045", "1046"))]
    assert told(money("счета 1045, 1046", "400.00"), papers=papers) == [(DOCUMENT, ("1046",))]
    assert told(money("счета 1045, 1046 и 1047", "1000.00"), papers=papers) == [(NONE, ())]


def test_shipments_of_one_order_are_paid_together():
    papers = [paper("1045", "600.00", kind=SALE), paper("1045/2", "400.00", kind=SALE)]

    for shown in (papers, [*papers, paper("1045", "1000.00")]):
        assert told(money("1045 и 1045/2", "1000.00"), papers=shown) == [(DOCUMENT, ("1045", "1045/2"))]


def test_money_that_went_back_is_owed_again():
    known = {
        "papers": [paper("1045", "1000.00")],
        "payments": [paid("400.00", is_cash=True, returned_on=MONDAY)],
    }

    assert told(money("счет 1045", "600.00"), **known) == [(NONE, ())]
    assert told(money("счет 1045", "1000.00"), **known) == [(DOCUMENT, ("1045",))]


def test_the_payers_own_inn_is_no_number():
    known = {"papers": [paper("7707083893", "500.00")]}

    assert told(money("ООО Вектор 7707083893", "500.00", inn="7707083893"), **known) == [(NONE, ())]
    assert told(money("счет 7707083893", "500.00"), **known) == [(DOCUMENT, ("7707083893",))]


def test_what_may_be_either_is_confirmed_as_neither():
    papers = [paper("1045", "500.00"), paper("1046", "500.00", "513")]

    first, second = rows_of(money("1045 или 1046", "500.00"), money("1046", "500.00", id_="2"), papers=papers)

    assert (first.match, first.numbers) == (AMBIGUOUS, ("1045", "1046"))
    assert (second.match, second.numbers) == (DOCUMENT, ("1046",))


def test_one_number_of_two_orders_is_ambiguous():
    papers = [paper("1045", "500.00"), paper("1045", "500.00", "77")]

    assert told(money("1045", "500.00"), papers=papers) == [(AMBIGUOUS, ("1045",))]


def test_what_somebody_tied_in_the_books_tells_candidates_apart():
    papers = [paper("1045", "500.00"), paper("1046", "500.00", "513")]

    assert told(money("1045 или 1046", "500.00", tied="bill 1046 513"), papers=papers) == [
        (DOCUMENT, ("1046",))
    ]
    assert told(money("за товар", "500.00", tied="bill 1046 513"), papers=papers) == [(DOCUMENT, ("1046",))]


@pytest.mark.parametrize(("tied", "said"), [("bill 1046 513", "№ 1046"), ("by hand", "не отправляли")])
def test_what_is_tied_to_something_else_is_not_confirmed(tied, said):
    papers = [paper("1045", "500.00"), paper("1046", "700.00", "513")]

    (row,) = rows_of(money("счет 1045", "500.00", tied=tied), papers=papers)

    assert (row.match, row.numbers) == (AMBIGUOUS, ("1045",))
    assert said in row.explanation


def test_what_is_tied_must_agree_in_the_sum():
    (row,) = rows_of(money("за товар", "1.00", tied="bill 1045 512"), papers=[paper("1045", "500.00")])

    assert (row.match, row.expected) == (NONE, Decimal("500.00"))


@pytest.mark.parametrize("purpose", ["Возврат по счету 1045", "возвр. ден. средств, 1045"])
def test_money_that_is_given_back_is_never_confirmed_and_uses_nothing_up(purpose):
    papers = [paper("1045", "1000.00")]

    first, second = rows_of(money(purpose, "1000.00"), money("1045", "1000.00", id_="2"), papers=papers)

    assert (first.match, first.numbers) == (AMBIGUOUS, ("1045",))
    assert "возврат от поставщика?" in first.explanation
    assert second.match is DOCUMENT


def test_money_that_is_given_back_without_a_number_is_asked_about():
    (row,) = rows_of(money("Возврат депозита", "50.00"))

    assert row.match is NONE
    assert "возврат от поставщика?" in row.explanation


# Nothing is paid twice


@pytest.mark.parametrize("way", [{"is_card": True}, {"is_cash": True}], ids=["card", "cash"])
def test_what_was_paid_in_the_shop_is_not_paid_by_transfer_again(way):
    papers, payments = [paper("1045", "100.00")], [paid("100.00", **way)]

    for more in ([], [paid("100.00", "902")]):
        (row,) = rows_of(money("счет 1045", "100.00"), papers=papers, payments=payments + more)

        assert (row.match, row.numbers) == (AMBIGUOUS, ("1045",))
        assert "возможно, повторная оплата" in row.explanation
        assert "100.00 ₽" in row.explanation


def test_what_was_paid_in_the_shop_in_part_leaves_the_rest_and_no_more():
    known = {"papers": [paper("1045", "100.00")], "payments": [paid("40.00", is_cash=True)]}

    assert told(money("счет 1045", "60.00"), **known) == [(DOCUMENT, ("1045",))]
    assert told(money("счет 1045", "100.00"), **known) == [(AMBIGUOUS, ("1045",))]


@pytest.mark.parametrize("gone", [{"returned_on": MONDAY}, {"to_inner_account": True}])
def test_what_did_not_stay_on_the_order_is_paid_by_transfer(gone):
    known = {"papers": [paper("1045", "100.00")], "payments": [card("100.00", **gone)]}

    assert told(money("счет 1045", "100.00"), **known) == [(DOCUMENT, ("1045",))]


def test_the_second_money_for_one_document_is_ambiguous():
    later = MONDAY + timedelta(1)

    first, second = rows_of(
        money("счет 1045", "1000.00", id_="b"),
        money("счет 1045", "1000.00", id_="a", on=later),
        papers=[paper("1045", "1000.00"), paper("1045", "1000.00", kind=SALE)],
        payments=[paid("1000.00")],
    )

    assert (first.match, second.match, second.numbers) == (DOCUMENT, AMBIGUOUS, ("1045",))
    assert "возможно, повторная оплата" in second.explanation
    assert "05.10.2026" in second.explanation


def test_a_shipment_is_paid_once_though_its_order_is_not_paid_whole():
    papers = [paper("1045", "600.00", kind=SALE), paper("1045/2", "400.00", kind=SALE)]
    transactions = [money("1045/2", "400.00", id_=n) for n in "12"]

    assert told(*transactions, papers=papers) == [(DOCUMENT, ("1045/2",)), (AMBIGUOUS, ("1045/2",))]


def test_money_for_all_of_an_order_is_too_much_after_money_for_a_part():
    papers = [paper("1045", "1000.00"), paper("1045/2", "400.00", kind=SALE)]
    transactions = [money("1045/2", "400.00", id_="1"), money("1045", "1000.00", id_="2")]

    assert told(*transactions, papers=papers) == [(DOCUMENT, ("1045/2",)), (AMBIGUOUS, ("1045",))]


def test_payments_of_one_sum_are_as_many_as_the_shop_knows():
    transactions = [money("счет 1045", "500.00", id_=str(n)) for n in range(3)]

    found = told(
        *transactions, papers=[paper("1045", "1000.00")], payments=[paid("500.00"), paid("500.00", "902")]
    )

    assert [match for match, _ in found] == [DOCUMENT, DOCUMENT, AMBIGUOUS]


# Days of cards


CARDS = [card("700.00", "1", "a"), card("300.00", "2", "b")]
SHOP = [*CARDS, paid("50.00", "3", "c", is_cash=True), paid("20.00", "4", "d")]
"""A day on which two buyers paid by card, one in cash, and one by a transfer that has not come yet."""
NAMES = {"a": "1001", "b": "1002"}


@pytest.mark.parametrize("wait", [0, 1, 2, 3])
def test_a_day_of_cards_comes_less_a_commission(wait):
    (row,) = rows_of(
        money("Эквайринг, реестр 77", "975.50", commission="24.50", on=MONDAY + timedelta(wait)),
        payments=SHOP,
        numbers=NAMES,
    )

    assert (row.match, row.numbers, row.expected) == (ACQUIRER, ("1001", "1002"), Decimal("1000.00"))
    assert "05.10.2026" in row.explanation


@pytest.mark.parametrize("arrived", [date(2026, 10, 9), date(2026, 10, 4)], ids=["too late", "too early"])
def test_other_days_do_not_explain_it(arrived):
    assert told(money("Эквайринг", "1000.00", on=arrived), payments=CARDS) == [(NONE, ())]


def test_days_on_which_banks_rest_do_not_count():
    before_holidays = date(2026, 12, 30)
    cards = [card("700.00", on=before_holidays)]

    assert told(money("Эквайринг", "700.00", on=date(2027, 1, 11)), payments=cards) == [(ACQUIRER, ("512",))]


@pytest.mark.parametrize(("amount", "commission"), [("975.49", "24.50"), ("975.50", "0"), ("1000.01", "0")])
def test_a_kopeck_is_enough_to_differ(amount, commission):
    assert told(money("Эквайринг", amount, commission=commission), payments=CARDS) == [(NONE, ())]


@pytest.mark.parametrize(
    "payments", [[], [replace(each, is_card=False) for each in CARDS]], ids=["no payments", "none by card"]
)
def test_without_cards_in_the_shop_no_sum_is_an_acquirer_s(payments):
    assert told(money("Эквайринг", "980.00", commission="20.00"), payments=payments) == [(NONE, ())]


def test_what_came_by_transfer_is_not_among_the_cards():
    transfer = money("счет 1003", "200.00", id_="2", on=MONDAY + timedelta(2))
    payments = [*CARDS, paid("200.00", "4", "d")]
    lump = money("Эквайринг", "980.00", commission="20.00", on=MONDAY + timedelta(1))

    found = told(lump, transfer, payments=payments, papers=[paper("1003", "200.00", "d")], numbers=NAMES)

    assert found == [(ACQUIRER, ("1001", "1002")), (DOCUMENT, ("1003",))]


def test_a_transfer_is_never_taken_for_a_card_payment_of_the_order():
    papers = [paper("1001", "1000.00", "a")]
    transfer, lump = money("счет 1001", "700.00", id_="1"), money("Эквайринг", "1000.00", id_="2")

    assert told(transfer, lump, papers=papers, payments=CARDS, numbers=NAMES) == [
        (NONE, ()),
        (ACQUIRER, ("1001", "1002")),
    ]


def test_a_transfer_for_what_was_paid_by_card_is_doubted_and_leaves_the_day_of_cards_whole():
    papers = [paper("1001", "700.00", "a")]
    transfer, lump = money("счет 1001", "700.00", id_="1"), money("Эквайринг", "1000.00", id_="2")

    assert told(transfer, lump, papers=papers, payments=CARDS, numbers=NAMES) == [
        (AMBIGUOUS, ("1001",)),
        (ACQUIRER, ("1001", "1002")),
    ]


def test_what_was_paid_by_card_is_not_owed_by_transfer():
    known = {"papers": [paper("1045", "1000.00")], "payments": [card("400.00")]}

    assert told(money("счет 1045", "600.00"), **known) == [(DOCUMENT, ("1045",))]
    assert told(money("счет 1045", "400.00"), **known) == [(NONE, ())]


def test_what_names_a_document_is_a_day_of_cards_only_less_a_commission():
    known = {"papers": [paper("77", "9.00", "x")], "payments": CARDS, "numbers": NAMES}

    assert told(money("Оплата по счету 77", "1000.00"), **known) == [(NONE, ())]
    assert told(money("Реестр 77", "980.00", commission="20.00"), **known) == [(ACQUIRER, ("1001", "1002"))]


def test_a_day_of_cards_comes_once():
    first, second = (money("Эквайринг", "980.00", commission="20.00", id_=n) for n in "12")

    rows = rows_of(first, second, payments=CARDS)

    assert [row.match for row in rows] == [ACQUIRER, AMBIGUOUS]
    assert "возможно, повторная оплата" in rows[1].explanation


def test_two_days_of_one_sum_are_told_apart_by_nobody():
    payments = [card("700.00", "1", "a"), card("700.00", "2", "b", on=MONDAY - timedelta(1))]

    (row,) = rows_of(money("Эквайринг", "700.00"), payments=payments, numbers=NAMES)

    assert (row.match, row.numbers, row.expected) == (AMBIGUOUS, ("1001", "1002"), Decimal("700.00"))


def test_a_buyer_is_no_acquirer():
    buyer = money("за товар", "1000.00", inn="7707083893")

    assert told(buyer, payments=CARDS, buyers={"7707083893"}) == [(NONE, ())]
    assert told(buyer, payments=CARDS)[0][0] is AMBIGUOUS


@pytest.mark.parametrize("purpose", ["за товар", "Перевод по СБП", "Оплата СБП", "Возмещение ущерба", ""])
def test_a_stranger_s_sum_only_looks_like_cards_and_leaves_the_day_to_the_acquirer(purpose):
    stranger = money(purpose, "1000.00", id_="1", inn="500100732259")
    lump = money("Перечисление", "975.00", id_="2", commission="25.00")

    first, second = rows_of(stranger, lump, payments=CARDS, numbers=NAMES)

    assert (first.match, first.numbers) == (AMBIGUOUS, ("1001", "1002"))
    assert "похоже на карты за 05.10.2026" in first.explanation
    assert (second.match, second.numbers) == (ACQUIRER, ("1001", "1002"))


def test_what_the_acquirer_has_brought_no_stranger_s_sum_looks_like():
    lump = money("Эквайринг", "975.00", id_="1", commission="25.00")
    stranger = money("за товар", "1000.00", id_="2")

    assert told(lump, stranger, payments=CARDS, numbers=NAMES) == [(ACQUIRER, ("1001", "1002")), (NONE, ())]


@pytest.mark.parametrize(
    "purpose",
    [
        "Реестр платежей за 05.10.2026",
        "Acquiring 05.10.2026",
        "Возмещение по картам",
        "Зачисление по СБП",
        "Зачисление по операциям с МБК. Мерчант №123. Возврат покупки 0.00/0.00",
    ],
)
def test_who_says_that_he_is_the_acquirer_needs_no_commission(purpose):
    assert told(money(purpose, "1000.00"), payments=CARDS, numbers=NAMES) == [(ACQUIRER, ("1001", "1002"))]


def test_what_is_given_back_less_a_commission_only_looks_like_cards():
    given_back = money("Возврат за поставку", "975.00", commission="25.00")

    assert told(given_back, payments=CARDS, numbers=NAMES) == [(AMBIGUOUS, ("1001", "1002"))]


# Whatever the bank shows

CASH, TRANSFER, CARD = {"is_cash": True}, {}, {"is_card": True}
NUMBERS = ["1", "2", "1/2", "А-3"]
SUMS = st.sampled_from(["100.00", "200.00", "300.00"])
PAPERS = st.lists(
    st.builds(
        paper, st.sampled_from(NUMBERS), SUMS, st.sampled_from(["7", "8"]), st.sampled_from(DocumentKind)
    ),
    max_size=6,
    unique_by=lambda each: each.key,
)
TRANSACTIONS = st.lists(
    st.builds(
        money,
        st.lists(st.sampled_from([*NUMBERS, "товар", "реестр", "возврат"]), max_size=3).map(", ".join),
        SUMS,
        id_=st.integers(0, 5).map(str),
        on=st.dates(MONDAY, MONDAY + timedelta(2)),
        commission=st.sampled_from(["0", "0", "100.00"]),
        tied=st.sampled_from(["", "", "bill 1 7", "by hand"]),
    ),
    max_size=8,
)
PAYMENTS = st.lists(
    st.builds(
        lambda *place, on, way: paid(*place, on=on, **way),
        SUMS,
        st.integers(1, 99).map(str),
        st.sampled_from(["7", "8", "9"]),
        on=st.dates(MONDAY, MONDAY + timedelta(2)),
        way=st.sampled_from([CASH, TRANSFER, CARD]),
    ),
    max_size=6,
    unique_by=lambda each: each.payment_id,
)


@given(TRANSACTIONS, PAPERS, PAYMENTS, st.randoms(use_true_random=False))
def test_the_order_of_what_is_asked_changes_nothing(transactions, papers, payments, chance):
    rows = match_bank(transactions, Known(papers=papers, payments=payments))

    for each in (transactions, papers, payments):
        chance.shuffle(each)

    assert match_bank(transactions, Known(papers=papers, payments=payments)) == rows


@given(TRANSACTIONS, PAPERS, PAYMENTS)
def test_every_transaction_is_explained_once_and_a_match_agrees_to_the_kopeck(transactions, papers, payments):
    rows = match_bank(transactions, Known(papers=papers, payments=payments))

    assert Counter(row.external_id for row in rows) == Counter(each.external_id for each in transactions)
    assert [row.dated_on for row in rows] == sorted(row.dated_on for row in rows)
    for row in rows:
        assert row.explanation
        assert (row.numbers == ()) == (row.match is NONE)
        if row.match is not NONE:
            assert row.expected == row.amount + row.commission


@given(TRANSACTIONS, PAPERS, PAYMENTS)
def test_no_more_is_confirmed_than_there_is_to_be_paid(transactions, papers, payments):
    rows = match_bank(transactions, Known(papers=papers, payments=payments))

    costs = Counter()
    for each in papers:
        costs[each.order_id, each.kind is BILL] += each.total
    cost = sum(max(costs[order, True], costs[order, False]) for order in {order for order, _ in costs})
    transfers = [each for each in payments if not (each.is_cash or each.is_card)]
    assert confirmed(rows, DOCUMENT) <= cost + sum(each.amount for each in transfers)
    assert confirmed(rows, ACQUIRER) <= sum(each.amount for each in payments if each.is_card)


@given(TRANSACTIONS, PAPERS, PAYMENTS)
def test_an_acquirer_says_so_or_keeps_a_commission_and_nothing_given_back_pays(
    transactions, papers, payments
):
    for row in match_bank(transactions, Known(papers=papers, payments=payments)):
        given_back, says_so = is_given_back(row.purpose), is_of_acquirer(row.purpose)
        assert not (row.match is DOCUMENT and given_back)
        assert row.match is not ACQUIRER or says_so or (row.commission and not given_back)


def confirmed(rows, match):
    return sum((row.amount + row.commission for row in rows if row.match is match), Decimal(0))


@given(TRANSACTIONS, PAPERS, PAYMENTS)
def test_an_acquirer_brings_all_cards_of_a_day_and_nothing_else(transactions, papers, payments):
    by_day = defaultdict(list)
    for each in payments:
        if each.is_card:
            by_day[each.paid_on].append(each)
    days = Counter(
        (sum(each.amount for each in cards), tuple(sorted({each.order_id for each in cards})))
        for cards in by_day.values()
    )

    rows = match_bank(transactions, Known(papers=papers, payments=payments))

    assert Counter((row.expected, row.numbers) for row in rows if row.match is ACQUIRER) <= days


@given(TRANSACTIONS, PAPERS, PAYMENTS)
def test_to_a_transfer_a_card_is_as_good_as_cash(transactions, papers, payments):
    in_cash = [replace(each, is_cash=True, is_card=False) if each.is_card else each for each in payments]

    by_card, by_cash = (
        match_bank(transactions, Known(papers=papers, payments=each)) for each in (payments, in_cash)
    )

    for with_cards, without in zip(by_card, by_cash, strict=True):
        assert with_cards == without or without.match is NONE
        assert without.match is not ACQUIRER


def test_who_paid_and_what_for_stands_in_no_trace():
    transaction = money("счет 1045", "1000.00")
    (row,) = rows_of(transaction)

    for shown in (repr(transaction), repr(row)):
        assert "1000.00" in shown
        assert transaction.payer not in shown
        assert transaction.purpose not in shown


def test_thousands_are_matched_in_seconds():
    days = [MONDAY + timedelta(n % 30) for n in range(4_000)]
    papers = [paper(str(n), f"{n + 1}.00", str(n)) for n in range(4_000)]
    payments = [paid(f"{n + 1}.50", str(n), str(n), on=days[n]) for n in range(4_000)]
    transactions = [
        money(
            f"Оплата по счету № {n} от 01.10.2026, в т.ч. НДС 22% - 18-03", f"{n + 1}.00", id_=str(n), on=day
        )
        for n, day in enumerate(days)
    ]

    began = time.process_time()
    found = rows_of(*transactions, papers=papers, payments=payments)

    assert {row.match for row in found} == {DOCUMENT}
    assert time.process_time() - began < 8
