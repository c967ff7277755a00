"""Line by line, what a document became; the sums of the differences are the document's (DESIGN R10)."""

from collections import Counter
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
from bookkeeping.transforms.revisions import Change, content_of, differences, head_differences

KEY = DocumentKey("romashka", DocumentKind.SALE, "7", "71")
COMPANY = Counterparty("inn:7707083893:", CounterpartyKind.COMPANY, "ООО «Вектор»", inn="7707083893")
PERSON = Counterparty("person:5f2c", CounterpartyKind.INDIVIDUAL, "Пётр Кузнецов")


def line(name="Чайник", quantity="1", price="100.00", rate=VatRate.VAT22, unit="шт", **columns):
    total = to_kopecks(Decimal(price) * Decimal(quantity))
    return DocumentLine(
        name, Decimal(quantity), unit, Decimal(price), total, rate, rate.inside(total), **columns
    )


def document(*lines, **facts):
    ordinary = {"number": "A-7", "issued_on": date(2026, 10, 3), "counterparty": COMPANY}
    return Document(KEY, lines=lines, order_number="A-7", **(ordinary | facts))


LINES = st.builds(
    line,
    st.sampled_from(["Чайник", "Лампа", "Доставка"]),
    st.sampled_from(["1", "2", "0.350", "10"]),
    st.decimals(0, 5000, places=2).map(str),
    st.sampled_from([VatRate.NONE, VatRate.VAT0, VatRate.VAT10, VatRate.VAT20, VatRate.VAT22]),
    st.sampled_from(["шт", "кг"]),
)
DOCUMENTS = st.lists(LINES, max_size=7).map(lambda lines: document(*lines))


def sums(found):
    return sum(each.total for each in found), sum(each.vat for each in found)


def told(found):
    return [(each.change, each.name, each.total, each.vat) for each in found]


@given(DOCUMENTS, DOCUMENTS)
def test_the_differences_add_up_to_the_new_sums_less_the_old(sent, due):
    assert sums(differences(content_of(sent), due)) == (due.total - sent.total, due.vat - sent.vat)


@given(DOCUMENTS, DOCUMENTS)
def test_what_was_sent_with_its_differences_is_what_is_due(sent, due):
    found = differences(content_of(sent), due)

    became = Counter(sent.lines)
    became.subtract(each.before for each in found if each.before)
    became.update(each.after for each in found if each.after)
    assert +became == Counter(due.lines)


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(sent):
    assert differences(content_of(sent), sent) == []
    assert head_differences(content_of(sent), sent) == []


@given(DOCUMENTS)
def test_a_cancellation_takes_back_the_whole_document_at_its_rates(sent):
    found = differences(content_of(sent), None)

    assert sums(found) == (-sent.total, -sent.vat)
    assert [each.before for each in found] == list(sent.lines)
    assert {each.change for each in found} <= {Change.REMOVED}
    assert head_differences(content_of(sent), None) == []


@given(DOCUMENTS, DOCUMENTS, st.randoms())
def test_the_order_of_lines_moves_no_money(sent, due, chance):
    shuffled = [
        replace(each, lines=tuple(chance.sample(each.lines, len(each.lines)))) for each in (sent, due)
    ]

    before, after = shuffled
    assert sums(differences(content_of(before), after)) == sums(differences(content_of(sent), due))
    assert differences(content_of(sent), replace(sent, lines=before.lines)) == []


@given(DOCUMENTS, DOCUMENTS)
def test_the_way_back_is_the_way_there_with_the_other_sign(sent, due):
    there, back = differences(content_of(sent), due), differences(content_of(due), sent)

    assert sums(back) == tuple(-amount for amount in sums(there))


@given(DOCUMENTS, LINES)
def test_a_line_more_is_a_line_added_and_nothing_else(sent, new):
    due = replace(sent, lines=(new, *sent.lines))

    assert told(differences(content_of(sent), due)) == [(Change.ADDED, new.name, new.total, new.vat)]


TEA, LAMP = line(), line("Лампа", "3", "250.00")
CHANGES = {
    "a quantity": ([line(quantity="2")], [(Change.CHANGED, "Чайник", "100.00", "18.04")]),
    "a price": ([line(price="99.99")], [(Change.CHANGED, "Чайник", "-0.01", "0.00")]),
    "a rate": ([line(rate=VatRate.VAT10)], [(Change.CHANGED, "Чайник", "0.00", "-8.94")]),
    "no VAT any more": ([line(rate=VatRate.NONE)], [(Change.CHANGED, "Чайник", "0.00", "-18.03")]),
    "0 % and no VAT are not the same": (
        [line(rate=VatRate.NONE)],
        [(Change.CHANGED, "Чайник", "0.00", "0.00")],
        [line(rate=VatRate.VAT0)],
    ),
    "another unit": (
        [line(unit="компл")],
        [(Change.REMOVED, "Чайник", "-100.00", "-18.03"), (Change.ADDED, "Чайник", "100.00", "18.03")],
    ),
    "one of two like lines": (
        [line(), line(price="90.00")],
        [(Change.CHANGED, "Чайник", "-10.00", "-1.80")],
        [line(), line()],
    ),
    "the like line stays, whichever of two changed": (
        [line(quantity="5"), line()],
        [(Change.CHANGED, "Чайник", "100.00", "18.03")],
        [line(), line(quantity="4")],
    ),
    "the line at the same rate goes before the one at another": (
        [line(price="80.00")],
        [(Change.REMOVED, "Чайник", "-100.00", "-9.09"), (Change.CHANGED, "Чайник", "-20.00", "-3.60")],
        [line(rate=VatRate.VAT10), line()],
    ),
    "of two lines of one name each stays at its price": (
        [line(quantity="2", price="200.00")],
        [(Change.CHANGED, "Чайник", "-200.00", "-36.07"), (Change.REMOVED, "Чайник", "-300.00", "-54.10")],
        [line(quantity="3", price="200.00"), line(quantity="3")],
    ),
    "a service is still what was sold": ([line(is_service=True)], []),
    "a quantity written otherwise": ([replace(TEA, quantity=Decimal("1.000"))], []),
}


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_as_what_it_is(case):
    after, expected, before = case if len(case) == 3 else (*case, [TEA])

    found = differences(content_of(document(*before, LAMP)), document(LAMP, *after))

    assert told(found) == [
        (change, name, Decimal(total), Decimal(vat)) for change, name, total, vat in expected
    ]


def test_the_head_is_compared_fact_by_fact():
    sent = document(TEA, pay_by=date(2026, 10, 8))
    due = replace(
        sent, number="A-7/2", issued_on=date(2026, 10, 4), counterparty=PERSON, pay_by=date(2026, 10, 9)
    )

    found = head_differences(content_of(sent), due)

    assert [(each.change, each.before, each.after) for each in found] == [
        (Change.NUMBER, "A-7", "A-7/2"),
        (Change.DATE, date(2026, 10, 3), date(2026, 10, 4)),
        (Change.BUYER, COMPANY.key, PERSON.key),
        (Change.PAY_BY, date(2026, 10, 8), date(2026, 10, 9)),
    ]


def test_of_the_buyer_a_content_knows_the_key_alone():
    buyer = replace(COMPANY, name="Иван", email="ivan@example.ru", phone="+79001234567", address="Тверь")

    told_of_it = repr(content_of(document(TEA, counterparty=buyer)))

    assert COMPANY.key in told_of_it
    assert not [secret for secret in ("Иван", "ivan@", "+7900", "Тверь") if secret in told_of_it]
