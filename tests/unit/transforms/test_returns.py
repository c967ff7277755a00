"""Goods that came back are told from every other change, and leave what is asked for to the kopeck."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.domain import (
    Counterparty,
    CounterpartyKind,
    Document,
    DocumentKey,
    DocumentKind,
    DocumentLine,
    VatRate,
    to_kopecks,
)
from bookkeeping.transforms.returns import goods_back
from bookkeeping.transforms.revisions import content_of, differences

BUYER = Counterparty("inn:7707083893:", CounterpartyKind.COMPANY, "ООО «Вектор»", inn="7707083893")
OTHER = replace(BUYER, key="retail")


def line(name, quantity, price="100.00", rate=VatRate.VAT22, **facts):
    total = to_kopecks(Decimal(price) * Decimal(quantity))
    vat = rate.inside(total)
    return DocumentLine(name, Decimal(quantity), "шт", Decimal(price), total, rate, vat, **facts)


def sale(*lines, number="1045", issued_on=date(2026, 10, 3), buyer=BUYER):
    key = DocumentKey("romashka", DocumentKind.SALE, "512", "733")
    return Document(key, number, issued_on, buyer, lines, "1045")


SENT = content_of(sale(line("Чайник", "3"), line("Чашка", "6", "33.33"), line("Сахар", "0.500", "80.00")))


def back(*lines, **head):
    found = goods_back(SENT, sale(*lines, **head))
    return found and [(each.place, str(each.quantity), str(each.price)) for each in found.lines]


@pytest.mark.parametrize(
    ("lines", "came_back"),
    [
        ([line("Чайник", "1"), line("Чашка", "6", "33.33"), line("Сахар", "0.500", "80.00")], [(1, "1")]),
        ([line("Чашка", "6", "33.33"), line("Сахар", "0.500", "80.00")], [(1, "0")]),
        ([line("Сахар", "0.250", "80.00"), line("Чайник", "3")], [(2, "0"), (3, "0.250")]),
    ],
)
def test_less_of_the_same_came_back(lines, came_back):
    assert [found[:2] for found in back(*lines)] == came_back


@pytest.mark.parametrize(
    "due",
    [
        pytest.param(sale(line("Чайник", "4"), line("Чашка", "1", "33.33")), id="more of something"),
        pytest.param(sale(line("Чайник", "1", "99.00"), line("Чашка", "6", "33.33")), id="cheaper"),
        pytest.param(sale(line("Чайник", "1", rate=VatRate.VAT10)), id="another rate"),
        pytest.param(sale(line("Чайник", "1"), line("Ложка", "1")), id="something new"),
        pytest.param(sale(line("Чайник", "1"), number="1046"), id="another number"),
        pytest.param(sale(line("Чайник", "1"), issued_on=date(2026, 10, 4)), id="another day"),
        pytest.param(sale(line("Чайник", "1"), buyer=OTHER), id="another buyer"),
        pytest.param(sale(*SENT.lines), id="nothing at all"),
    ],
)
def test_any_other_change_is_no_return(due):
    assert goods_back(SENT, due) is None


def test_what_came_back_whole_keeps_its_place_for_the_next_return():
    first = goods_back(SENT, sale(line("Чашка", "6", "33.33"), line("Сахар", "0.500", "80.00")))
    second = goods_back(first.content, sale(line("Чашка", "2", "33.33")))

    assert [(each.place, str(each.quantity)) for each in second.lines] == [(2, "2"), (3, "0")]
    assert goods_back(second.content, sale(line("Чайник", "1"), line("Чашка", "2", "33.33"))) is None


def test_of_two_lines_of_one_name_the_one_at_its_price_came_back():
    sent = content_of(sale(line("Чайник", "3"), line("Чайник", "3", "200.00")))

    found = goods_back(sent, sale(line("Чайник", "2", "200.00")))

    assert [(each.place, str(each.quantity)) for each in found.lines] == [(1, "0"), (2, "2")]


DELIVERY = line("Доставка", "1", "350.00", is_service=True)


@pytest.mark.parametrize(
    ("sent", "due", "elsewhere"),
    [
        pytest.param([line("Чайник", "3"), DELIVERY], [line("Чайник", "3")], (), id="delivery forgiven"),
        pytest.param(
            [line("Чайник", "3"), replace(DELIVERY, is_service=False)],
            [line("Чайник", "3")],
            {"Доставка"},
            id="delivery forgiven, kept without its kind",
        ),
        pytest.param(
            [line("Сборка", "3")], [line("Сборка", "1", is_service=True)], (), id="less of a service by now"
        ),
        pytest.param([line("Чайник", "3")], [line("Чайник", "1")], {"Чайник"}, id="sold elsewhere"),
    ],
)
def test_what_is_no_goods_or_moved_did_not_come_back(sent, due, elsewhere):
    assert goods_back(content_of(sale(*sent)), sale(*due), elsewhere) is None


def test_goods_come_back_beside_a_delivery_that_stays():
    sent = content_of(sale(line("Чайник", "3"), DELIVERY))

    found = goods_back(sent, sale(line("Чайник", "1"), DELIVERY), {"Доставка"})

    assert [(each.place, str(each.quantity)) for each in found.lines] == [(1, "1")]


lines = st.builds(
    line,
    st.sampled_from(["Чайник", "Чашка", "Ложка"]),
    st.integers(1, 9).map(str),
    st.integers(1, 99_999).map(lambda kopecks: str(Decimal(kopecks) / 100)),
    st.sampled_from([VatRate.VAT22, VatRate.VAT10, VatRate.NONE]),
)


@given(st.lists(lines, min_size=1, max_size=8), st.data())
def test_whatever_is_left_is_what_is_asked_for(sent, data):
    kept = [data.draw(st.integers(0, int(each.quantity))) for each in sent]
    left = [line(s.name, str(q), str(s.price), s.vat_rate) for s, q in zip(sent, kept, strict=True) if q]
    before, due = content_of(sale(*sent)), sale(*left)
    found = goods_back(before, due)

    if found is None:  # nothing came back, or alike lines may be paired so that one of them grew
        assert left == sent or len({(s.name, s.vat_rate) for s in sent}) < len(sent)
        return
    assert (found.content.total, found.content.vat) == (due.total, due.vat)
    assert differences(found.content, due) == []
    assert len(found.content.lines) == len(sent)
    corrected = {each.place: each.quantity for each in found.lines}
    for place, (was, now) in enumerate(zip(sent, found.content.lines, strict=True), 1):
        assert now.quantity == corrected.get(place, was.quantity) <= was.quantity
