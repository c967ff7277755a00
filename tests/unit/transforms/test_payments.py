"""Which money of the shop belongs on which document, exact to the kopeck (DESIGN R11)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.builders import at, company, line, midnight, order, payment, shop

from bookkeeping.domain import DocumentKey, DocumentKind, MoneyKind
from bookkeeping.transforms.payments import Payment, Posted, payments_of, refunds, spread

LAST_CHANGE = "2026-10-20T12:00"


def read(*rows, before="2026-11-01", timezone="Europe/Moscow"):
    """Return the payments that an order with these rows brought."""
    frames = shop(order(line(), payments=rows, changed_at=LAST_CHANGE))
    return payments_of(frames, ZoneInfo(timezone), midnight(before, company(timezone=timezone)))


def day(text):
    return date.fromisoformat(f"2026-10-{text}")


def paid(amount, on="02", payment_id="1", returned=None, **columns):
    returned_on = None if returned is None else day(returned)
    return Payment(
        payment_id, "1001", day(on), Decimal(amount), is_cash=False, returned_on=returned_on, **columns
    )


def posted(total, on="03", kind="sale", shipment_id="7", **taken):
    """Make a document in the books; ``_1="40.00"`` are the roubles of payment 1 that stand on it."""
    key = DocumentKey("romashka", DocumentKind(kind), "1001", shipment_id)
    sums = {name.removeprefix("_"): Decimal(amount) for name, amount in taken.items()}
    return Posted(key, day(on), Decimal(total), "1001/26", sums)


def parts(records):
    return [
        (record.key.payment_id, "/".join(record.key.document.path), str(record.amount)) for record in records
    ]


def recorded(documents, records):
    """Return the documents as they are once the records stand on them."""
    return [
        replace(document, taken={**document.taken, **sums_on(document, records)}) for document in documents
    ]


def sums_on(document, records):
    return {r.key.payment_id: r.amount for r in records if r.key.document == document.key}


# Which payments count.


def test_only_what_was_paid_counts():
    assert [each.amount for each in read(payment("1.00"), payment("2.00", None))] == [Decimal("1.00")]


def test_a_payment_that_is_not_paid_any_more_does_not_count():
    assert read(payment("1.00", paid=False)) == []


def test_money_from_the_buyer_s_inner_account_is_no_new_money():
    assert read(payment("1.00", is_inner=True)) == []


def test_a_payment_of_nothing_is_none():
    assert read(payment("0.00")) == []


def test_a_day_without_payments_has_none():
    assert read() == []


def test_a_payment_is_of_the_day_it_came_in_the_company_s_zone():
    rows = [payment("1.00", "2026-10-02T16:59:59"), payment("2.00", "2026-10-02T17:00:00")]

    assert [each.paid_on for each in read(*rows, timezone="Asia/Vladivostok")] == [day("02"), day("03")]


def test_payments_after_the_run_s_day_wait_for_their_own():
    rows = [payment("1.00", "2026-10-02T23:59:59"), payment("2.00", "2026-10-03T00:00:00")]

    assert [each.amount for each in read(*rows, before="2026-10-03")] == [Decimal("1.00")]


def test_older_payments_come_first_and_ids_are_numbers():
    rows = [
        payment("3.00", "2026-10-02T10:00", payment_id="10"),
        payment("2.00", "2026-10-02T20:00", payment_id="9"),
        payment("1.00", "2026-10-01T20:00", payment_id="11"),
    ]

    assert [each.payment_id for each in read(*rows)] == ["11", "9", "10"]


def test_cash_is_told_from_everything_else():
    assert [each.is_cash for each in read(payment("1.00", is_cash=True), payment("2.00"))] == [True, False]


def test_a_card_is_told_from_a_transfer_and_is_the_same_to_the_books():
    card, transfer = read(payment("1.00", is_card=True), payment("1.00"))

    assert (card.is_card, transfer.is_card) == (True, False)
    (recorded,) = spread([card], [posted("1.00")])
    assert recorded.is_cash is False


# Returns.


def back(on=None, **columns):
    """Make a payment of 1 October whose money went back."""
    returned_at = at(on) if on else None
    return payment("1.00", "2026-10-01T12:00", returned="P", returned_at=returned_at, **columns)


@pytest.mark.parametrize("still_paid", [True, False])
def test_money_that_went_back_had_come_in(still_paid):
    (only,) = read(back("2026-10-05T12:00", paid=still_paid))

    assert (only.paid_on, only.returned_on) == (day("01"), day("05"))


@pytest.mark.parametrize(
    ("returned_at", "zone", "returned_on"),
    [
        ("2026-10-05T03:00:00+03:00", "Europe/Moscow", "05"),
        ("2026-10-05T10:00:00+10:00", "Asia/Vladivostok", "05"),
        ("2026-10-05T02:00:00+02:00", "Europe/Kaliningrad", "05"),
        ("2026-10-05T00:00:00+00:00", "America/New_York", "05"),
        ("2026-10-05T00:30:00+03:00", "Europe/Moscow", "05"),
        ("2026-10-05T17:30:00+03:00", "Asia/Vladivostok", "06"),
    ],
)
def test_a_return_is_of_the_day_that_was_typed_in_or_of_the_moment_in_the_company_s_zone(
    returned_at, zone, returned_on
):
    (only,) = read(back(returned_at), timezone=zone)

    assert only.returned_on == day(returned_on)


def test_a_return_without_a_date_counts_for_the_day_of_the_order_s_last_change():
    (only,) = read(back())

    assert only.returned_on == date(2026, 10, 20)


@pytest.mark.parametrize("returned_at", ["2026-10-05T12:00", None])
def test_a_return_of_a_later_day_is_not_known_yet(returned_at):
    (only,) = read(back(returned_at), before="2026-10-05")

    assert only.returned_on is None


@pytest.mark.parametrize("still_paid", [True, False])
def test_money_on_the_buyer_s_inner_account_never_left(still_paid):
    (only,) = read(payment("1.00", returned="Y", returned_at=at("2026-10-05T12:00"), paid=still_paid))

    assert (only.returned_on, only.to_inner_account) == (None, True)


# Where money goes.


def test_a_payment_covers_its_document():
    (record,) = spread([paid("100.00", on="05")], [posted("100.00", on="03")])

    assert (record.amount, record.paid_on, record.order_number) == (Decimal("100.00"), day("05"), "1001/26")
    assert record.key.mark == "[b2:payment:1:sale:1001:7]"


def test_money_on_a_later_day_s_document_is_not_spent_again_on_an_older_one():
    older, later = posted("1000.00", on="02"), posted("600.00", on="03", shipment_id="8", _1="600.00")
    later = replace(later, is_later=True)

    assert parts(spread([paid("1000.00", on="01")], [older, later])) == [("1", "sale/1001/7", "400.00")]


def test_a_later_day_s_document_takes_nothing_yet():
    later = replace(posted("600.00", on="03", _1="100.00"), is_later=True)

    assert spread([paid("1000.00", on="01")], [later]) == []
    assert refunds([paid("100.00", on="01", returned="02")], [later]) == []


def test_an_unanswered_part_is_returned_as_it_was_sent_and_not_a_kopeck_more():
    document = replace(posted("100.00", _1="40.00"), unanswered=frozenset({"1"}))

    assert parts(spread([paid("100.00")], [document])) == [("1", "sale/1001/7", "40.00")]


def test_a_payment_that_came_before_its_document_waits_and_keeps_its_own_day():
    early = paid("100.00", on="01")

    assert spread([early], []) == []
    (record,) = spread([early], [posted("100.00", on="09")])
    assert record.paid_on == day("01")


def test_money_goes_by_date_then_to_the_sale_before_the_act_then_by_shipment():
    documents = [
        posted("1.00", on="04", shipment_id="6"),
        posted("1.00", on="03", kind="act", shipment_id="8"),
        posted("1.00", on="03", shipment_id="10"),
        posted("1.00", on="03", shipment_id="9"),
        posted("1.00", on="03", kind="act", shipment_id="7"),
    ]

    assert [place for _, place, _ in parts(spread([paid("5.00")], documents))] == [
        "sale/1001/9",
        "sale/1001/10",
        "act/1001/7",
        "act/1001/8",
        "sale/1001/6",
    ]


def test_two_payments_fill_one_document():
    records = spread([paid("400.00"), paid("600.00", payment_id="2")], [posted("1000.00")])

    assert parts(records) == [("1", "sale/1001/7", "400.00"), ("2", "sale/1001/7", "600.00")]


def test_one_payment_is_spread_over_documents_to_the_kopeck():
    documents = [posted("33.34"), posted("66.66", on="04", shipment_id="8")]

    assert parts(spread([paid("99.99")], documents)) == [
        ("1", "sale/1001/7", "33.34"),
        ("1", "sale/1001/8", "66.65"),
    ]


def test_what_is_overpaid_stays_an_advance_until_a_later_document_takes_it():
    first, second = posted("100.00"), posted("50.00", on="09", shipment_id="8")
    much = paid("130.00")
    records = spread([much], [first])

    assert parts(records) == [("1", "sale/1001/7", "100.00")]
    assert parts(spread([much], [*recorded([first], records), second])) == [("1", "sale/1001/8", "30.00")]


def test_money_goes_to_its_own_order():
    stranger = replace(paid("100.00"), order_id="1002")

    assert spread([stranger], [posted("100.00")]) == []


def test_what_stands_in_the_books_is_not_repeated():
    documents = [posted("100.00", _1="40.00"), posted("100.00", on="04", shipment_id="8")]

    assert parts(spread([paid("60.00"), paid("50.00", payment_id="2")], documents)) == [
        ("1", "sale/1001/8", "20.00"),
        ("2", "sale/1001/7", "50.00"),
    ]


def test_a_partly_paid_document_takes_only_what_it_lacks():
    assert parts(spread([paid("100.00", payment_id="2")], [posted("100.00", _1="70.00")])) == [
        ("2", "sale/1001/7", "30.00")
    ]


# Refunds.


def test_money_that_went_back_is_refunded_where_it_stands_latest_document_first():
    documents = [posted("70.00", _1="70.00"), posted("30.00", on="04", shipment_id="8", _1="30.00")]
    money = [paid("100.00", returned="09")]

    records = refunds(money, documents)

    assert parts(records) == [("1", "sale/1001/8", "30.00"), ("1", "sale/1001/7", "70.00")]
    assert {(record.key.kind, record.paid_on) for record in records} == {(MoneyKind.REFUND, day("09"))}
    assert records[0].key.mark == "[b2:refund:1:sale:1001:8]"


def test_money_that_stayed_is_not_refunded():
    assert refunds([paid("100.00")], [posted("100.00", _1="100.00")]) == []


def test_money_on_the_inner_account_is_not_refunded():
    assert refunds([paid("100.00", to_inner_account=True)], [posted("100.00", _1="100.00")]) == []


def test_money_that_went_back_before_its_document_is_neither_recorded_nor_refunded():
    gone, document = paid("100.00", on="01", returned="02"), posted("100.00", on="03")

    assert spread([gone], [document]) == []
    assert refunds([gone], [document]) == []


def test_money_that_went_back_on_the_day_of_its_document_or_later_is_recorded_and_refunded():
    gone, document = paid("100.00", on="01", returned="03"), posted("100.00", on="03")

    assert parts(spread([gone], [document])) == [("1", "sale/1001/7", "100.00")]
    assert parts(refunds([gone], recorded([document], spread([gone], [document])))) == [
        ("1", "sale/1001/7", "100.00")
    ]


def test_money_that_went_back_makes_room_for_the_money_that_replaced_it():
    first, second = paid("100.00", returned="05"), paid("100.00", on="06", payment_id="2")

    assert parts(spread([first, second], [posted("100.00", _1="100.00")])) == [("2", "sale/1001/7", "100.00")]


def test_money_that_went_back_takes_nothing_from_the_money_that_stayed():
    gone, stayed = paid("100.00", payment_id="2", returned="05"), paid("100.00")

    assert parts(spread([stayed, gone], [posted("100.00")])) == [("1", "sale/1001/7", "100.00")]


def test_money_that_never_fitted_and_went_back_does_not_take_the_place_of_other_money_that_went_back():
    first, second = paid("100.00", returned="05"), paid("100.00", on="04", payment_id="2", returned="06")

    assert spread([first, second], [posted("100.00", _1="100.00")]) == []


# Always.

roubles = st.decimals("0.01", "500.00", places=2)
october = st.integers(1, 28).map(lambda number: f"{number:02}")


@st.composite
def money(draw):
    rows = draw(st.lists(st.tuples(roubles, october, st.none() | october), max_size=4))
    found = [
        paid(str(amount), on, str(n), returned if returned and returned >= on else None)
        for n, (amount, on, returned) in enumerate(rows, start=1)
    ]
    return sorted(found, key=lambda each: (each.paid_on, int(each.payment_id)))


@st.composite
def papers(draw):
    rows = draw(st.lists(st.tuples(roubles, october, st.sampled_from(["sale", "act"])), max_size=4))
    return [posted(str(total), on, kind, str(n)) for n, (total, on, kind) in enumerate(rows, start=7)]


@given(money(), papers())
@settings(max_examples=30)
def test_parts_never_exceed_their_payment_nor_what_stays_the_document(payments, documents):
    records = spread(payments, documents)

    stays = {each.payment_id for each in payments if each.returned_on is None}
    for each in payments:
        assert sum(r.amount for r in records if r.key.payment_id == each.payment_id) <= each.amount
    for document in documents:
        mine = [r for r in records if r.key.document == document.key]
        assert sum(r.amount for r in mine if r.key.payment_id in stays) <= document.total
        assert all(Decimal(0) < r.amount <= document.total for r in mine)
    assert len({r.key for r in records}) == len(records)


@given(money(), papers())
@settings(max_examples=30)
def test_all_money_that_stays_is_recorded_as_far_as_documents_go(payments, documents):
    stayed = [each for each in payments if each.returned_on is None]

    records = spread(stayed, documents)

    money_in, room = sum(each.amount for each in stayed), sum(document.total for document in documents)
    assert sum(record.amount for record in records) == min(money_in, room)


@given(money(), papers())
@settings(max_examples=30)
def test_a_second_run_records_nothing_new(payments, documents):
    records = spread(payments, documents)

    assert spread(payments, recorded(documents, records)) == []


@given(money(), papers(), roubles, october)
@settings(max_examples=30)
def test_a_document_made_later_takes_nothing_away_from_the_others(payments, documents, total, on):
    records = spread(payments, documents)
    newer = posted(str(total), on, "sale", "99")

    later = spread(payments, [*recorded(documents, records), newer])

    assert {record.key.document for record in later} <= {newer.key}
    for each in payments:
        mine = [r for r in [*records, *later] if r.key.payment_id == each.payment_id]
        assert sum(r.amount for r in mine) <= each.amount
    stays = {each.payment_id for each in payments if each.returned_on is None}
    assert sum(r.amount for r in later if r.key.payment_id in stays) <= newer.total


@given(money(), papers())
@settings(max_examples=30)
def test_refunds_are_all_that_stands_of_the_money_that_went_back(payments, documents):
    records = spread(payments, documents)

    given_back = refunds(payments, recorded(documents, records))

    gone = {each.payment_id for each in payments if each.returned_on}
    assert sorted(parts(given_back)) == sorted(p for p in parts(records) if p[0] in gone)
