"""A gap is only what lies between numbers that follow one another, and each is explained or listed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.closing.month import Cause
from bookkeeping.closing.numbers import missing, places_of
from bookkeeping.domain import DocumentKey, DocumentKind, HoldReason
from bookkeeping.outcomes import ForeignRow, Outcome


def holes(*numbers):
    """Return what is missing among numbers that all count."""
    places = list(places_of(numbers).values())
    return [(series.number(low), series.number(high)) for series, low, high in missing(places, places)]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (["7", "8", "9"], []),
        (["7", "9"], [("8", "8")]),
        (["7", "12"], [("8", "11")]),
        (["9", "10", "12"], [("11", "11")]),
        (["007", "010"], [("008", "009")]),
        (["098", "101"], [("099", "100")]),
        (["7/26", "9/26"], [("8/26", "8/26")]),
        (["26/7", "26/9"], [("26/8", "26/8")]),
        (["A-1", "B-5"], []),
        (["1", "A-5"], []),
        (["Р-2026-10-03", "Р-2026-10-05"], [("Р-2026-10-04", "Р-2026-10-04")]),
        (["1", "900000000000"], [("2", "899999999999")]),
        (["без номера", ""], []),
        ([], []),
    ],
)
def test_only_numbers_of_one_series_follow_one_another(numbers, expected):
    assert holes(*numbers) == expected


@given(
    st.sets(st.integers(0, 300), min_size=1),
    st.sampled_from(["", "A-", "ИМ ", "x_"]),
    st.sampled_from(["", "/р", "-ООО"]),
    st.sampled_from([0, 3]),
)
def test_what_is_missing_and_what_is_there_make_the_whole_run(values, before, after, width):
    numbers = [f"{before}{value:0{width}}{after}" for value in values]
    places = places_of(numbers)
    runs = list(missing(places.values(), places.values()))

    free = [value for _, low, high in runs for value in range(low, high + 1)]
    assert sorted([*values, *free]) == list(range(min(values), max(values) + 1))
    assert {series.number(value) for series, value in places.values()} == set(numbers)
    assert all(later[1] - earlier[2] > 1 for earlier, later in pairwise(runs))


@given(st.lists(st.text("0123456789/-A", max_size=12)))
def test_a_number_is_written_as_it_was_read(numbers):
    assert all(series.number(value) == number for number, (series, value) in places_of(numbers).items())


def found(closing, kind=DocumentKind.SALE):
    return {(gap.first, gap.last): gap.cause for gap in closing.gaps if gap.kind is kind}


def test_every_number_between_the_months_orders_is_explained_or_listed(october, tmp_path):
    october.sold("1001", "1010")
    october.order("1002", outcome=Outcome.NOT_DUE, explanation="заказ отменён до проведения")
    october.order("1003", october.hold("1003", HoldReason.INN_INVALID), outcome=Outcome.HELD)
    closing = october.close(tmp_path)

    assert found(closing) == {
        ("A-1004", "A-1009"): Cause.UNEXPLAINED,
        ("A-1002", "A-1002"): Cause.NO_DOCUMENT,
        ("A-1003", "A-1003"): Cause.NOT_DONE,
    }
    texts = {gap.first: gap.text for gap in closing.gaps}
    assert "заказ отменён до проведения" in texts["A-1002"]
    assert "ИНН с ошибкой" in texts["A-1003"]
    assert closing.can_be_closed is False
    assert "реализации: без заказа и документа 6" in " ".join(closing.notes).replace("\xa0", " ")


def test_orders_of_earlier_months_make_no_gap(october, tmp_path):
    october.order("900", october.post("900", "10.00"), placed_on=date(2026, 9, 30))
    october.sold("1001", "1002")

    assert found(october.close(tmp_path)) == {}


def test_a_second_shipment_is_no_number_of_its_own(october, tmp_path):
    october.sold("1001", "1002")
    second = october.post("1002", "5.00", number="A-1002/2", key=october_key("1002", "10022"))
    october.order("1002", *october.rows["1002"].documents, second)

    assert found(october.close(tmp_path)) == {}


def october_key(order_id, shipment_id):
    return DocumentKey("romashka", DocumentKind.SALE, order_id, shipment_id)


def test_an_order_in_a_summary_says_in_which(october, tmp_path):
    october.sold("1001", "1003")
    summary = october.post("day", "70.00", number="Р-2026-10-03", key=october_key("day", "2026-10-03"))
    october.order("1002", summary)
    (gap,) = october.close(tmp_path).gaps

    assert (gap.first, gap.cause) == ("A-1002", Cause.ELSEWHERE)
    assert "Р-2026-10-03" in gap.text


def test_goods_that_need_no_act_are_counted_only(october, tmp_path):
    october.settings["documents"] = ["sale", "act"]
    october.sold("1001", "1002")
    closing = october.close(tmp_path)

    assert {gap.cause for gap in closing.gaps} == {Cause.OTHER_KIND}
    assert "A-1001" not in (tmp_path / "closing.html").read_text(encoding="utf-8")


def test_where_the_books_give_the_numbers_gaps_are_documents_of_others(october, tmp_path):
    october.facts, october.settings = {"system": "elba oauth"}, {"documents": ["act"]}
    for order_id, number in {"1001": "17", "1002": "20"}.items():
        row = october.post(order_id, "10.00", kind=DocumentKind.ACT)
        october.order(order_id, numbered(row, number))
    (gap,) = october.close(tmp_path).gaps

    assert (gap.first, gap.last, gap.count, gap.cause) == ("18", "19", 2, Cause.NOT_OURS)


def numbered(row, number):
    return replace(row, number=number)


def repeated(closing):
    return [(row.kind.value, row.number, row.issued_on, row.is_ours) for row in closing.repeats]


def test_a_number_twice_in_a_year_is_a_reason_not_to_close(october, tmp_path):
    october.sold("1001", "1002")
    october.post("55", "10.00", number="A-1001", issued_on=date(2026, 3, 8))
    october.post("56", "10.00", number="A-1002", issued_on=date(2025, 12, 31))
    closing = october.close(tmp_path)

    assert repeated(closing) == [
        ("sale", "A-1001", date(2026, 3, 8), True),
        ("sale", "A-1001", date(2026, 10, 3), True),
    ]
    assert not closing.can_be_closed


def test_a_number_twice_in_another_month_is_not_this_months(october, tmp_path):
    october.sold("1001")
    for order_id in ("55", "56"):
        october.post(order_id, "10.00", number="Б-1", issued_on=date(2026, 3, 8))

    assert october.close(tmp_path).repeats == ()


def test_the_same_number_for_another_kind_is_none(october, tmp_path):
    october.sold("1001")
    bill = october.post("1001", "100.00", kind=DocumentKind.BILL)
    october.order("1001", *october.rows["1001"].documents, bill)

    assert october.close(tmp_path).repeats == ()


def test_somebody_elses_document_repeats_our_number_but_our_own_does_not(october, tmp_path):
    october.sold("1001", "1002")
    facts = (DocumentKind.SALE, "A-1001", date(2026, 10, 4), "77f0", Decimal(5), "создан не нами")
    orphan = ForeignRow(DocumentKind.SALE, "A-1002", date(2026, 10, 3), "id-1002-sale", Decimal(5), "наш")
    october.facts = {"foreign": (ForeignRow(*facts), orphan)}

    assert [row.key for row in october.close(tmp_path).repeats] == ["romashka/sale/1001/10011", "77f0"]
