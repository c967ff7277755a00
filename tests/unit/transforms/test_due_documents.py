"""Which documents an order asks for, with which dates, numbers and lines (DESIGN R2 to R4)."""

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.builders import at, company, due, line, one, order, payment, service, shipment, shop, shown

from bookkeeping.domain import DocumentKind
from bookkeeping.transforms.documents import due_documents

BILL, SALE, ACT = DocumentKind.BILL, DocumentKind.SALE, DocumentKind.ACT


def days(documents, kind):
    return [item.document.issued_on.isoformat() for item in documents if item.document.key.kind is kind]


def kinds(documents):
    return sorted(item.document.key.kind for item in documents)


def of_kind(documents, kind):
    return [item for item in documents if item.document.key.kind is kind]


def test_an_empty_day_asks_for_nothing():
    assert due() == []


def test_an_order_with_goods_and_services_asks_for_a_bill_a_sale_and_an_act():
    bill, sale, act = (
        of_kind(due(order(line("300.00"), service("50.00"))), kind)[0] for kind in (BILL, SALE, ACT)
    )

    assert shown(bill) == ["Чайник: 1 × 300.00", "Сборка: 1 × 50.00"]
    assert shown(sale) == ["Чайник: 1 × 300.00"]
    assert shown(act) == ["Сборка: 1 × 50.00"]


def test_a_company_gets_only_the_kinds_it_asked_for():
    assert kinds(due(order(line(), service()), documents=["act", "bill"])) == [ACT, BILL]


@pytest.mark.parametrize(
    ("zone", "shipped", "dated"),
    [
        (
            "Europe/Moscow",
            ["2025-12-31T22:30:00+00:00", "2026-10-03T00:00:00", "2026-10-03T23:59:59"],
            ["2026-01-01", "2026-10-03", "2026-10-03"],
        ),
        ("Asia/Vladivostok", ["2026-10-03T16:59:59", "2026-10-03T17:00:00"], ["2026-10-03", "2026-10-04"]),
        ("Europe/Kaliningrad", ["2026-10-03T00:59:59", "2026-10-03T01:00:00"], ["2026-10-02", "2026-10-03"]),
    ],
)
def test_a_sale_is_dated_by_the_calendar_of_the_company(zone, shipped, dated):
    sold = [
        order(line(vat=None), order_id=f"100{n}", shipments=[shipment(shipped=moment)])
        for n, moment in enumerate(shipped)
    ]

    assert days(due(*sold, timezone=zone), SALE) == dated


def test_a_bill_is_dated_by_the_day_the_order_was_placed_and_has_a_last_day_of_payment():
    bill = one(order(line(), placed_at="2026-10-01T23:30:00"), documents=["bill"], bill_due_days=5)

    assert bill.document.issued_on == date(2026, 10, 1)
    assert bill.document.pay_by == date(2026, 10, 6)


def test_only_a_bill_has_a_last_day_of_payment():
    documents = due(order(line(), service()), documents=["sale", "act"])

    assert [item.document.pay_by for item in documents] == [None, None]


def test_an_order_that_waits_for_shipping_has_only_its_bill():
    assert kinds(due(order(line(), service(), shipments=[shipment(shipped=None)]))) == [BILL]


def test_an_order_without_any_shipment_has_only_its_bill():
    assert kinds(due(order(line(), shipments=[]))) == [BILL]


def test_each_shipment_makes_one_sale_and_one_act():
    sold = order(line("10.00", "2"), service("20.00", "2"), shipments=[shipment({0: "1", 1: "1"})] * 2)

    assert kinds(due(sold)) == [ACT, ACT, BILL, SALE, SALE]


# Days: from the company's start, up to the day of the run.


def test_nothing_before_the_start_date_is_ever_made():
    shipments = [shipment({0: "1"}, shipped=f"2026-10-{day}T12:00") for day in ("01", "02", "03")]
    sold = order(line("10.00", "3"), shipments=shipments)

    assert days(due(sold, start_date="2026-10-02"), SALE) == ["2026-10-02", "2026-10-03"]


def test_what_happened_after_the_run_s_day_waits_for_its_own_day():
    shipments = [shipment({0: "1"}, shipped=f"2026-10-{day}T23:59:59") for day in ("01", "02", "03")]
    sold = order(line("10.00", "3"), shipments=shipments)

    assert days(due(sold, before="2026-10-03"), SALE) == ["2026-10-01", "2026-10-02"]


def test_the_day_of_the_run_ends_at_midnight_in_the_company_s_zone():
    last_second = order(line(), shipments=[shipment(shipped="2026-10-03T16:59:59")])
    next_day = order(line(), order_id="1002", shipments=[shipment(shipped="2026-10-03T17:00:00")])

    (sale,) = due(last_second, next_day, before="2026-10-04", timezone="Asia/Vladivostok", documents=["sale"])

    assert (sale.document.key.order_id, sale.document.issued_on) == ("1001", date(2026, 10, 3))


def test_the_end_of_the_day_is_the_same_moment_in_whatever_zone_it_is_told():
    owner, last_second = company(timezone="Asia/Vladivostok"), "2026-10-03T13:59:59+00:00"
    frames = shop(order(line(), shipments=[shipment(shipped=last_second)], placed_at=last_second))

    assert kinds(due_documents(frames, owner, at("2026-10-03T14:00:00+00:00"))) == [BILL, SALE]
    assert due_documents(frames, owner, at("2026-10-03T13:00:00+00:00")) == []


def test_runs_of_many_days_in_any_order_ask_for_what_one_late_run_does():
    early = order(line(), order_id="1001", shipments=[shipment(shipped="2026-10-02T12:00")])
    late = order(line(), order_id="1002", shipments=[shipment(shipped="2026-10-05T12:00")])
    runs = [due(early, late, before=f"2026-10-{day}") for day in ("06", "03")]

    by_days = {item.document.key: item for run in runs for item in run}
    assert by_days == {item.document.key: item for item in due(early, late)}


# Numbers.


def test_documents_bear_the_order_s_number_and_later_shipments_a_place_after_it():
    sold = order(line("10.00", "3"), shipments=[shipment({0: "1"})] * 3, number="А-17")

    sales = due(sold, documents=["sale"])

    assert [item.document.number for item in sales] == ["А-17", "А-17/2", "А-17/3"]
    assert {item.document.order_number for item in sales} == {"А-17"}


def test_a_shipment_s_place_counts_those_that_wait_too():
    waiting, gone = shipment({0: "1"}, shipped=None), shipment({0: "1"})

    assert (
        one(order(line("10.00", "2"), shipments=[waiting, gone]), documents=["sale"]).document.number
        == "1001/26/2"
    )


def test_a_shipment_s_place_is_by_the_number_of_its_id_and_not_by_its_letters():
    younger, older = (shipment({0: "1"}, shipment_id=id_) for id_ in ("10", "9"))
    numbers = {
        item.document.key.shipment_id: item.document.number
        for item in due(order(line("10.00", "2"), shipments=[younger, older]), documents=["sale"])
    }

    assert numbers == {"9": "1001/26", "10": "1001/26/2"}


def test_places_are_counted_within_an_order():
    numbers = {
        item.document.number
        for item in due(order(line()), order(line(), order_id="1002"), documents=["sale"])
    }

    assert numbers == {"1001/26", "1002/26"}


def test_a_sale_and_an_act_of_one_shipment_have_one_number_and_two_marks():
    act, sale = due(order(line(), service()), documents=["sale", "act"])

    assert act.document.number == sale.document.number == "1001/26"
    assert (act.document.key.mark, sale.document.key.mark) == (
        "[b2:act:1001:100107]",
        "[b2:sale:1001:100107]",
    )


# Delivery.


def test_delivery_goes_with_the_goods():
    act, sale = due(
        order(line(), service(), shipments=[shipment(delivery="350.00")]), documents=["sale", "act"]
    )

    assert shown(act) == ["Сборка: 1 × 100.00"]
    assert shown(sale) == ["Чайник: 1 × 100.00", "Доставка: 1 × 350.00"]


def test_delivery_goes_with_the_services_if_there_are_no_goods():
    act = one(order(service(), shipments=[shipment(delivery="350.00")]), documents=["sale", "act"])

    assert shown(act) == ["Сборка: 1 × 100.00", "Доставка: 1 × 350.00"]


def test_delivery_alone_is_a_sale():
    alone = order(line("10.00"), shipments=[shipment(), shipment({}, delivery="350.00")])

    sales = due(alone, documents=["sale", "act"])

    assert [(item.document.number, shown(item)) for item in sales] == [
        ("1001/26", ["Чайник: 1 × 10.00"]),
        ("1001/26/2", ["Доставка: 1 × 350.00"]),
    ]


def test_delivery_alone_is_an_act_for_a_company_that_makes_no_sales():
    alone = order(line("10.00"), shipments=[shipment(), shipment({}, delivery="350.00")])

    act = one(alone, documents=["bill", "act"], start_date="2026-10-02")

    assert (act.document.key.kind, shown(act)) == (ACT, ["Доставка: 1 × 350.00"])


def test_a_bill_has_the_delivery_of_all_shipments_as_one_line():
    shipments = [shipment({0: "1"}, delivery="100.00"), shipment({0: "1"}, delivery="250.50", shipped=None)]
    bill = one(order(line("10.00", "2"), shipments=shipments), documents=["bill"])

    assert shown(bill) == ["Чайник: 2 × 10.00", "Доставка: 1 × 350.50"]


def test_free_delivery_is_not_a_line():
    assert shown(one(order(line()), documents=["sale"])) == ["Чайник: 1 × 100.00"]


def test_delivery_is_called_as_the_company_wants():
    delivery = {"name": "Перевозка", "unit": "рейс"}
    bill = one(order(line(), shipments=[shipment(delivery="5.00")]), documents=["bill"], delivery=delivery)

    assert [(row.name, row.unit) for row in bill.document.lines] == [("Чайник", "шт"), ("Перевозка", "рейс")]


# Bundles, parts, gifts and nothing.


def test_a_bundle_is_one_line_and_its_parts_are_none_whether_or_not_it_is_called_its_own_parent():
    orders = [
        order(
            line("500.00", name="Набор", line_id=id_, parent_id=parent),
            line("300.00", name="Чашка", parent_id=id_),
            line("400.00", name="Блюдце", parent_id=id_),
            order_id=order_id,
        )
        for order_id, id_, parent in [("1001", "1", "1"), ("1002", "2", "")]
    ]

    documents = due(*orders, documents=["bill", "sale"])

    assert [(item.reason, shown(item)) for item in documents] == [(None, ["Набор: 1 × 500.00"])] * 4


def test_a_shipment_s_documents_have_only_what_is_in_it():
    first, second = shipment({0: "2"}), shipment({0: "1", 1: "1"})

    sales = due(
        order(line("10.00", "3"), line("7.00", name="Кружка"), shipments=[first, second]), documents=["sale"]
    )

    assert [shown(item) for item in sales] == [
        ["Чайник: 2 × 10.00"],
        ["Чайник: 1 × 10.00", "Кружка: 1 × 7.00"],
    ]


def test_a_line_of_nothing_in_a_shipment_is_not_in_its_documents():
    sale = one(order(line(), line("7.00"), shipments=[shipment({0: "1", 1: "0"})]), documents=["sale"])

    assert shown(sale) == ["Чайник: 1 × 100.00"]


def test_a_gift_stays_a_line_of_nothing_inside_its_document():
    sale = one(order(line("100.00"), line("0.00", "2", name="Открытка")), documents=["sale"])

    assert shown(sale) == ["Чайник: 1 × 100.00", "Открытка: 2 × 0.00"]


def test_an_order_of_nothing_has_no_documents_whatever_else_is_wrong_with_it():
    troubles = [{}, {"inn": "123"}, {"company": ""}]
    orders = [
        order(line("0.00"), service("0.00"), order_id=f"100{n}", **trouble)
        for n, trouble in enumerate(troubles)
    ]

    assert due(*orders) == []


def test_a_shipment_of_nothing_has_no_documents_whatever_else_is_wrong_with_its_order():
    shipments = [shipment({0: "1"}), shipment({1: "1"})]
    orders = [
        order(line("9.00"), line("0.00"), order_id=f"100{n}", shipments=shipments, **trouble)
        for n, trouble in enumerate([{}, {"inn": "123"}])
    ]

    assert [item.document.number for item in due(*orders, documents=["sale"])] == ["1000/26", "1001/26"]


# Orders that are never documents.


def test_a_cancelled_order_has_no_documents_even_if_it_was_shipped():
    assert due(order(line(), service(), cancelled=True)) == []


def test_orders_in_statuses_that_the_company_skips_have_no_documents():
    draft, ready = order(line(), status="DR"), order(line(), order_id="1002", status="F")

    documents = due(draft, ready, shop={"skip_statuses": ["DR", "T"]})

    assert {item.document.key.order_id for item in documents} == {"1002"}


def test_orders_of_marketplaces_are_ordinary_unless_the_company_skips_theirs():
    orders = [
        order(line(), order_id=order_id, platform=platform)
        for order_id, platform in [("1001", "9"), ("1002", "1"), ("1003", "")]
    ]

    documents = due(*orders, shop={"skip_platforms": ["9"]})

    assert {item.document.key.order_id for item in documents} == {"1002", "1003"}


def test_individuals_are_skipped_if_the_company_says_so():
    person = order(line(), inn=" ", kpp="", company="", name="Пётр", email="p@example.ru")
    firm = order(line(), order_id="1002", inn="7707 083893")

    documents = due(person, firm, individuals="skip")

    assert {item.document.key.order_id for item in documents} == {"1002"}


# What changes a document, and what does not.


ORDINARY = {"number": "1001", "shipments": [shipment()]}
OTHER = {
    "a price": order(line("101.00"), order_id="2001", **ORDINARY),
    "a name": order(line("100.00", name="Чашка"), order_id="2002", **ORDINARY),
    "a unit": order(line("100.00", unit="кг"), order_id="2003", **ORDINARY),
    "a rate": order(line("100.00", vat="0.1"), order_id="2004", **ORDINARY),
    "a quantity": order(line("50.00", "2"), order_id="2005", **ORDINARY),
    "a buyer": order(line("100.00"), order_id="2006", kpp="773602001", **ORDINARY),
    "a number": order(line("100.00"), order_id="2007", **ORDINARY | {"number": "1001-Б"}),
    "a day": order(
        line("100.00"), order_id="2008", **ORDINARY | {"shipments": [shipment(shipped="2026-10-04T12:00")]}
    ),
    "delivery": order(
        line("100.00"), order_id="2009", **ORDINARY | {"shipments": [shipment(delivery="1.00")]}
    ),
}
SAME = {
    "nothing": order(line("100.00"), order_id="3001", **ORDINARY),
    "zeros": order(line("100.0000", "1.000"), order_id="3002", **ORDINARY),
    "its status": order(
        line("100.00"), order_id="3003", status="P", changed_at="2026-10-09T12:00", **ORDINARY
    ),
    "money": order(line("100.00"), order_id="3004", payments=[payment("100.00")], **ORDINARY),
    "the hour": order(
        line("100.00"), order_id="3005", **ORDINARY | {"shipments": [shipment(shipped="2026-10-03T18:00")]}
    ),
}


@pytest.fixture(scope="module")
def hashes():
    """Return the content of each order's sale, as if all of them were one and the same sale."""
    sales = due(*OTHER.values(), *SAME.values(), documents=["sale"])
    alike = (replace(item, document=replace(item.document, key=sales[0].document.key)) for item in sales)
    return dict(zip([*OTHER, *SAME], [item.document.content_hash for item in alike], strict=True))


@pytest.mark.parametrize("what", OTHER)
def test_whatever_would_stand_in_the_books_changes_the_content(hashes, what):
    assert hashes[what] != hashes["nothing"]


@pytest.mark.parametrize("what", SAME)
def test_what_does_not_stand_in_the_books_leaves_the_content_as_it_is(hashes, what):
    assert hashes[what] == hashes["nothing"]


def test_content_is_told_apart_by_the_document_it_is_of():
    one_sale, another = due(SAME["nothing"], SAME["zeros"], documents=["sale"])

    assert one_sale.document.content_hash != another.document.content_hash
