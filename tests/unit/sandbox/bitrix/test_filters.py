"""What a filter does, and what it silently does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.bitrix.listings import LISTINGS
from sandbox.bitrix.query import page_of
from sandbox.shop.model import PropertyValue


@pytest.mark.parametrize(
    "key",
    [">ID", "I_D", "sumPaid", "logic", ">", ">>id"],
)
def test_a_filter_key_that_is_not_a_field_is_dropped_without_a_word(portal, key):
    assert portal.orders(filter={key: 2147483000}) == portal.ids[:50]


def test_a_filter_that_is_understood_can_leave_nothing(portal):
    assert portal.orders(filter={">id": 2147483000}) == []
    assert portal.orders(filter={">=dateUpdate": "2099-01-01T00:00:00+03:00"}) == []


@pytest.mark.parametrize("value", ["the day before", "2026-10-01T00:00:00 03:00", "", None])
def test_a_date_that_cannot_be_read_is_dropped_without_a_word(portal, value):
    assert portal.orders(filter={">=dateUpdate": value}) == portal.ids[:50]


@pytest.mark.parametrize(
    "start", ["2026-10-02T00:00:00+03:00", "2026-10-01T21:00:00Z", "2026-10-02 00:00:00", "02.10.2026"]
)
def test_a_date_is_compared_as_a_moment(portal, start):
    wanted = [order.id for order in portal.shop.orders.values() if order.date_insert.day == 2]
    assert portal.orders(filter={">=dateInsert": start, "<dateInsert": "2026-10-03T00:00:00+03:00"}) == wanted


SIGNS = {
    "id": lambda order: order.id == 1007,
    "=id": lambda order: order.id == 1007,
    "!id": lambda order: order.id != 1007,
    "!=id": lambda order: order.id != 1007,
    ">id": lambda order: order.id > 1007,
    ">=id": lambda order: order.id >= 1007,
    "<id": lambda order: order.id < 1007,
    "<=id": lambda order: order.id <= 1007,
}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("value", [1007, "1007"])
def test_a_sign_means_what_the_contract_says(portal, sign, value):
    wanted = [order.id for order in portal.shop.orders.values() if SIGNS[sign](order)]
    assert portal.orders(filter={sign: value}) == wanted[:50]


@pytest.mark.parametrize(
    ("key", "value", "passes"),
    [
        ("%accountNumber", "/2", lambda number: "/2" in number),
        ("!%accountNumber", "/2", lambda number: "/2" not in number),
        ("=%accountNumber", "%/26", lambda number: number.endswith("/26")),
        ("%=accountNumber", "1003%", lambda number: number.startswith("1003")),
        ("!=%accountNumber", "%/26", lambda number: not number.endswith("/26")),
        ("!%=accountNumber", "%/26", lambda number: not number.endswith("/26")),
    ],
)
def test_texts_are_found_by_parts_and_patterns(portal, key, value, passes):
    wanted = [order.id for order in portal.shop.orders.values() if passes(order.account_number)]
    assert portal.orders(filter={key: value}) == wanted[:50]


def test_flags_and_texts_are_equal_whatever_their_case(portal):
    cancelled = [order.id for order in portal.shop.orders.values() if order.canceled]

    assert cancelled
    assert portal.orders(filter={"canceled": "Y"}) == cancelled
    assert portal.orders(filter={"=lid": "S2"}) == portal.ids[1:150:3]


def test_what_has_no_value_passes_only_a_negation(portal):
    moment = "2026-01-01T00:00:00+03:00"
    dated = [order.id for order in portal.shop.orders.values() if order.date_canceled]

    assert portal.orders(filter={">dateCanceled": moment}) == dated
    undated = portal.orders(filter={"!dateCanceled": moment})
    assert undated == portal.ids[:50]


@pytest.mark.parametrize("sign", ["", "=", "@"])
@pytest.mark.parametrize(
    ("method", "wrapper"),
    [
        ("sale.basketitem.list", "basketItems"),
        ("sale.payment.list", "payments"),
        ("sale.shipment.list", "shipments"),
    ],
)
def test_tables_of_entities_take_arrays_for_ids(portal, method, wrapper, sign):
    rows = portal.rows(method, wrapper, filter={f"{sign}orderId": [1003, 1009]})
    assert {int(row["orderId"]) for row in rows} == {1003, 1009}


def test_ids_can_be_left_out_by_an_array(portal):
    assert portal.orders(filter={"!@id": portal.ids[:3]}) == portal.ids[3:53]


@pytest.mark.parametrize("sign", ["", "=", "@"])
def test_property_values_make_one_of_an_array(portal, sign):
    def found(order_id):
        return portal.rows("sale.propertyvalue.list", "propertyValues", filter={f"{sign}orderId": order_id})

    assert {row["orderId"] for row in found(1003)} == {1003}
    assert found([1003, 1009]) == []


def test_property_values_take_a_range_of_orders_and_an_array_of_codes(portal):
    rows = portal.rows(
        "sale.propertyvalue.list",
        "propertyValues",
        filter={">=orderId": 1003, "<=orderId": 1006, "@code": ["FIO", "EMAIL"]},
    )

    assert {row["orderId"] for row in rows} == {1003, 1004, 1005, 1006}
    assert {row["code"] for row in rows} == {"FIO", "EMAIL"}


def test_a_new_row_is_found_by_whoever_asked_for_its_family_before(open_portal):
    portal = open_portal()
    answers = portal.shop.property_values
    wanted = {"filter": {">=orderId": 1003, "<=orderId": 1004, ">id": answers.next_id - 1}}
    before = portal.rows("sale.propertyvalue.list", "propertyValues", **wanted)
    answers.add(PropertyValue(answers.next_id, 1003, 9, "COMPANY_ADR", "Адрес", "Москва"))

    assert before == []
    assert portal.rows("sale.propertyvalue.list", "propertyValues", **wanted)[0]["value"] == "Москва"


def test_conditions_on_ids_hold_together(portal):
    first, last = portal.ids[0], portal.ids[-1]
    ids = [first + 7, first + 1, last + 1]

    assert portal.orders(filter={"@id": ids, ">id": first + 1, "<id": last}) == [first + 7]
    assert portal.orders(filter={"<id": first + 3}, order={"id": "desc"}) == [first + 2, first + 1, first]
    assert portal.orders(filter={"@id": ids, "=id": first + 7}) == [first + 7]


@pytest.mark.parametrize(
    "strange",
    [
        {"filter": {">price": "NaN"}},
        {"filter": {">dateUpdate": "0001-01-01T00:00:00+14:00"}},
        {"filter": {">id": "9" * 5000}, "start": "9" * 5000},
        {"filter": "id", "order": ["id"], "select": {"id": {}}, "start": [1]},
    ],
)
def test_strange_values_do_not_break_the_server(portal, strange):
    assert "orders" in portal.result("sale.order.list", **strange)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
ANYTHING = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=3)
KEYS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "!", "=", "!=", ">", ">=", "<", "<=", "@", "!@", "%", "!%", "=%", "!=%"]),
        st.sampled_from(["id", "price", "dateUpdate", "dateCanceled", "payed", "lid", "nothing"]),
    ),
)


@settings(max_examples=60, deadline=None)
@given(filter_=st.dictionaries(KEYS, ANYTHING, max_size=3), order=ANYTHING, select=ANYTHING, start=SCALARS)
def test_no_request_is_so_strange_that_the_server_breaks(portal, filter_, order, select, start):
    params = {"filter": filter_, "order": order, "select": select, "start": start}
    assert len(page_of(LISTINGS["sale.order.list"], portal.shop, params).rows) <= 50
