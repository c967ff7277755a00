"""A day of the shop over HTTP: every order with an event in it, each whole, and no other (DESIGN R1)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.unit.builders import MOSCOW, company, midnight

from bookkeeping.clients.bitrix import BitrixClient
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Shop
from bookkeeping.domain import HoldReason
from bookkeeping.errors import SyncError
from bookkeeping.extraction import read_day
from bookkeeping.extraction.rows import to_rows
from bookkeeping.transforms.columns import SCHEMAS, ShopFrames
from bookkeeping.transforms.documents import due_documents
from sandbox.app import Settings, create_app, serving
from sandbox.shop.model import Oddity, PropertyValue

FIRST, DAYS = date(2026, 10, 1), 2
EMPTY = date(2030, 5, 5)
"""A day on which nothing happens unless a test makes it happen."""
ALWAYS = (date(2026, 9, 1), date(2027, 9, 1))


@pytest.fixture(scope="module")
def portal():
    """A portal that serves a shop with the habits of a real one, odd orders included."""
    app = create_app(Settings(limits=False, first_day=FIRST, days=DAYS, orders_per_day=125))
    with serving(app) as origin:
        yield app.state.sandbox, origin


@pytest.fixture(scope="module")
def shop(portal):
    return portal[0].shop


@pytest.fixture(scope="module")
def read(portal):
    """Read the days from one to another, the last one left out; return the rows by table."""
    sandbox, origin = portal
    keys = sandbox.settings.credentials
    address = f"{origin}/rest/{keys.bitrix_user}/{keys.bitrix_webhook}"
    client = BitrixClient(Transport(address, auth=Unsigned((keys.bitrix_webhook,)), timeout=(1, 10)))

    def read_days(first, last=None, **settings):
        start, end = (
            datetime(each.year, each.month, each.day, tzinfo=MOSCOW)
            for each in (first, last or first + timedelta(1))
        )
        return read_day(client, Shop(**settings), start, end)

    return read_days


@pytest.fixture(scope="module")
def tables_of_all(read):
    return read(*ALWAYS)


@pytest.fixture(scope="module")
def everything(tables_of_all):
    return {name: table.to_pylist() for name, table in tables_of_all.items()}


def ids(tables):
    return tables["orders"]["order_id"].to_pylist()


def of_order(rows, order_id):
    return [row for row in rows if row["order_id"] == str(order_id)]


# Which orders.


def events_of(shop, order):
    payments, shipments = shop.payments.of(order.id), shop.shipments.of(order.id)
    return [
        order.date_insert,
        order.date_update,
        *(payment.date_paid for payment in payments),
        *(payment.pay_return_date for payment in payments),
        *(shipment.date_deducted for shipment in shipments),
    ]


@pytest.mark.parametrize("days_later", [0, 4])
def test_a_day_brings_every_order_with_an_event_in_it_and_no_other(read, shop, days_later):
    day = FIRST + timedelta(days_later)

    happened = [
        str(order.id)
        for order in shop.orders.values()
        if any(moment and moment.astimezone(MOSCOW).date() == day for moment in events_of(shop, order))
    ]

    assert ids(read(day)) == happened != []


@pytest.fixture
def kept(shop):
    """Let a test change rows of the shop, and put them back."""
    before = []

    def change(row, **changes):
        before.extend((row, name, getattr(row, name)) for name in changes)
        for name, value in changes.items():
            setattr(row, name, value)

    yield change
    for row, name, value in reversed(before):
        setattr(row, name, value)


EVENTS = {
    "placed": lambda shop, id_: (shop.orders[id_], "date_insert"),
    "changed": lambda shop, id_: (shop.orders[id_], "date_update"),
    "shipped": lambda shop, id_: (shop.shipments.of(id_)[0], "date_deducted"),
    "paid": lambda shop, id_: (shop.payments.of(id_)[0], "date_paid"),
    "returned": lambda shop, id_: (shop.payments.of(id_)[0], "pay_return_date"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_an_order_is_found_by_each_kind_of_event(read, shop, kept, event):
    row, field = EVENTS[event](shop, 1020)
    kept(row, **{field: datetime(2030, 5, 5, 12, tzinfo=MOSCOW)})

    assert ids(read(EMPTY)) == ["1020"]


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2030-05-04T23:59:59+03:00", []),
        ("2030-05-05T00:00:00+03:00", ["1020"]),
        ("2030-05-05T23:59:59+03:00", ["1020"]),
        ("2030-05-06T00:00:00+03:00", []),
    ],
)
def test_a_day_has_its_first_second_and_not_the_next_day_s(read, shop, kept, moment, found):
    kept(shop.orders[1020], date_update=datetime.fromisoformat(moment))

    assert ids(read(EMPTY)) == found


@pytest.mark.parametrize(("settings", "found"), [({}, []), ({"shipped_when": {"status": ["F"]}}, ["1020"])])
def test_a_change_of_status_is_an_event_where_a_status_means_shipped(read, shop, kept, settings, found):
    kept(shop.orders[1020], date_status=datetime(2030, 5, 5, 12, tzinfo=MOSCOW))

    assert ids(read(EMPTY, **settings)) == found


def test_only_orders_of_the_company_s_site_are_read(read, shop):
    own = {str(order.id) for order in shop.orders.values() if order.lid == "s2"}

    tables = {name: table.to_pylist() for name, table in read(FIRST, site="s2").items()}

    read_ids = {
        row["order_id"] for name in ("orders", "lines", "shipments", "payments") for row in tables[name]
    }
    assert len(tables["orders"]) > 20
    assert read_ids == {row["order_id"] for row in tables["orders"]} < own


def test_a_day_without_events_has_all_tables_and_no_rows(read):
    tables = read(EMPTY)

    assert {name: table.num_rows for name, table in tables.items()} == dict.fromkeys(SCHEMAS, 0)
    assert ShopFrames.of(tables).orders.empty


# Each order whole.


def test_orders_are_read_to_the_kopeck_with_numbers_moments_and_flags(everything, shop):
    for row, order in zip(everything["orders"], shop.orders.values(), strict=True):
        assert (row["order_id"], row["number"], row["status"]) == (
            str(order.id),
            order.account_number,
            order.status_id,
        )
        assert (row["price"], row["currency"], row["cancelled"]) == (
            order.price,
            order.currency,
            order.canceled,
        )
        assert (row["placed_at"], row["changed_at"]) == (order.date_insert, order.date_update)


def test_all_lines_are_read_with_their_vat_or_without_any(everything, shop):
    for row, item in zip(everything["lines"], shop.basket_items.values(), strict=True):
        assert (row["line_id"], row["order_id"], row["name"]) == (str(item.id), str(item.order_id), item.name)
        assert (row["price"], row["quantity"]) == (item.price, item.quantity)
        assert (row["vat_fraction"], row["vat_inside"]) == (item.vat_rate, item.vat_included)
        assert (row["parent_id"], row["is_service"]) == (str(item.set_parent_id or ""), item.type == 2)
    assert {None, Decimal("0.22")} < {row["vat_fraction"] for row in everything["lines"]}


def test_all_shipments_are_read_with_what_is_in_them(everything, shop):
    for row, sent in zip(everything["shipments"], shop.shipments.values(), strict=True):
        assert (row["shipment_id"], row["delivery_price"]) == (str(sent.id), sent.price_delivery)
        assert (row["shipped"], row["shipped_at"]) == (sent.deducted, sent.date_deducted)


def test_what_is_in_shipments_is_read_of_every_order_of_which_anything_left(everything, shop):
    gone = {sent.order_id for sent in shop.shipments.values() if sent.deducted and not sent.canceled}
    parts = {(row["shipment_id"], row["line_id"]): row["quantity"] for row in everything["shipment_items"]}

    assert parts == {
        (str(item.order_delivery_id), str(item.basket_id)): item.quantity
        for item in shop.shipment_items.values()
        if shop.shipments[item.order_delivery_id].order_id in gone
    }
    assert len(parts) < len(shop.shipment_items)


def test_all_payments_are_read_and_store_credit_is_told_from_money(everything, shop):
    inner = {system.id for system in shop.pay_systems if system.action_file == "inner"}
    for row, paid in zip(everything["payments"], shop.payments.values(), strict=True):
        assert (row["payment_id"], row["amount"], row["paid"]) == (str(paid.id), paid.sum, paid.paid)
        assert (row["paid_at"], row["returned"]) == (paid.date_paid, paid.is_return)
        assert (row["is_cash"], row["is_card"], row["is_inner"]) == (
            paid.pay_system_is_cash == "Y",
            paid.pay_system_is_cash == "A",
            paid.pay_system_id in inner,
        )
    for told in ("is_cash", "is_card", "is_inner"):
        assert {row[told] for row in everything["payments"]} == {True, False}


def test_a_return_is_read_with_its_date_if_somebody_wrote_it_down(everything, shop):
    returned = {
        row["payment_id"]: row["returned_at"] for row in everything["payments"] if row["returned"] == "P"
    }

    assert returned == {id_: shop.payments[int(id_)].pay_return_date for id_ in returned}
    assert None in returned.values()
    assert set(returned.values()) - {None}


# Buyers.


def test_a_buyer_is_read_from_the_properties_that_the_company_names(everything, shop):
    answers = {(each.order_id, each.code): each.value for each in shop.property_values.values()}
    codes = {"inn": "INN", "kpp": "KPP", "company": "COMPANY", "address": "COMPANY_ADR", "name": "FIO"}

    for row in everything["orders"]:
        for column, code in codes.items():
            assert row[column] == (answers.get((int(row["order_id"]), code)) or "").strip()
    assert len({row["inn"] for row in everything["orders"]}) > 10


def test_a_shop_may_keep_the_inn_under_another_name_and_say_it_twice(read, shop, kept):
    kept(shop.orders[1020], date_update=datetime(2030, 5, 5, 12, tzinfo=MOSCOW))
    for value in ("", "081206022988", "7707083893"):
        id_ = shop.property_values.next_id
        shop.property_values.add(PropertyValue(id_, 1020, 77, "BUYER_INN", "ИНН", value))

    (row,) = read(EMPTY, properties={"inn": "BUYER_INN"})["orders"].to_pylist()

    assert row["inn"] == "081206022988"


def test_the_platform_of_an_order_is_asked_for_only_if_one_is_skipped(read, shop, everything):
    rows = read(FIRST, skip_platforms=["9"])["orders"].to_pylist()

    assert {row["platform"] for row in rows} == {"", "9"}
    for row in rows:
        bindings = shop.trade_bindings.of(int(row["order_id"]))
        assert [row["platform"]] == ([str(each.trading_platform_id) for each in bindings] or [""])
    assert {row["platform"] for row in everything["orders"]} == {""}


# Shipments.


def shipments_of(tables, order_id):
    return of_order(tables["shipments"].to_pylist(), order_id)


def test_a_cancelled_shipment_costs_nothing_never_leaves_and_keeps_its_place(read, shop, kept):
    order_id = next(id_ for id_ in shop.orders if len(shop.shipments.of(id_)) == 2)
    first, second = shop.shipments.of(order_id)
    kept(second, deducted=True, date_deducted=datetime(2026, 10, 3, 12, tzinfo=MOSCOW))
    kept(shop.orders[order_id], date_update=datetime(2030, 5, 5, 12, tzinfo=MOSCOW))
    kept(first, canceled=True, deducted=True, price_delivery=Decimal("300.00"))

    tables = read(EMPTY)

    assert [
        (row["shipment_id"], row["delivery_price"], row["shipped"]) for row in shipments_of(tables, order_id)
    ] == [
        (str(first.id), Decimal(0), False),
        (str(second.id), second.price_delivery, second.deducted),
    ]
    assert set(tables["shipment_items"]["shipment_id"].to_pylist()) == {str(second.id)}


@pytest.mark.parametrize(("status", "shipped"), [("F", True), ("D", True), ("P", False)])
def test_a_company_may_call_an_order_shipped_by_its_status(read, shop, kept, status, shipped):
    moment = datetime(2030, 5, 5, 12, tzinfo=MOSCOW)
    kept(shop.orders[1020], status_id=status, date_status=moment)

    rows = shipments_of(read(EMPTY, shipped_when={"status": ["D", "F"]}), 1020)

    assert {(row["shipped"], row["shipped_at"]) for row in rows} == {(shipped, moment)}


# The shapes of other builds.

ORDER = {
    "id": "7",
    "accountNumber": "",
    "lid": None,
    "statusId": "N",
    "price": "100.0000",
    "currency": "RUB",
    "canceled": "",
    "payed": None,
    "version": "3",
    "dateInsert": "2026-10-01T10:00:00+03:00",
    "dateUpdate": "2026-10-01T10:00:00+03:00",
    "dateStatus": None,
}
LINE = {
    "id": "55",
    "orderId": "7",
    "setParentId": "",
    "name": "Чайник",
    "measureName": None,
    "quantity": "2.0000",
    "price": Decimal("17.925000000000001"),
    "vatRate": None,
    "vatIncluded": "Y",
    "type": "2",
}
SHIPMENT = {
    "id": 33,
    "orderId": 7,
    "priceDelivery": "10.005",
    "deducted": "Y",
    "dateDeducted": None,
    "canceled": None,
}
PAYMENT = {
    "id": 9,
    "orderId": 7,
    "paid": "Y",
    "datePaid": "2026-10-01T10:00:00+03:00",
    "sum": Decimal("100.0049"),
    "paySystemIsCash": "A",
    "isReturn": None,
    "payReturnDate": "",
    "paySystemId": 3,
}


def rows(**changes):
    """Read one order as some build sends it."""
    sent = {"lines": LINE, "shipments": SHIPMENT, "payments": PAYMENT}
    children = {name: [row | changes.get(name, {})] for name, row in sent.items()}
    nothing = {name: [] for name in ("properties", "platforms", "items")}
    return to_rows([ORDER | changes.get("orders", {})], children | nothing, Shop(), frozenset())


def test_ids_that_come_as_texts_are_the_same_ids():
    read = rows()

    assert {
        row["order_id"] for name in ("orders", "lines", "shipments", "payments") for row in read[name]
    } == {"7"}


def test_an_order_without_a_number_is_called_by_its_id():
    assert rows()["orders"][0]["number"] == "7"


def test_an_order_without_properties_has_a_buyer_of_empty_texts():
    (read,) = rows()["orders"]

    assert {read[name] for name in ("inn", "kpp", "company", "address", "name", "email", "phone")} == {""}


def test_a_line_without_a_measure_is_counted_in_pieces_and_a_float_s_noise_is_no_price():
    (read,) = rows()["lines"]

    assert (read["unit"], read["price"], read["is_service"]) == ("шт", Decimal("17.925"), True)


def test_sums_of_their_own_are_rounded_to_the_kopeck():
    read = rows()

    assert (read["shipments"][0]["delivery_price"], read["payments"][0]["amount"]) == (
        Decimal("10.01"),
        Decimal("100.00"),
    )


@pytest.mark.parametrize(
    ("sent", "is_cash", "is_card"),
    [("Y", True, False), ("N", False, False), ("A", False, True), (None, False, False), ("", False, False)],
)
def test_cash_and_cards_are_what_the_pay_system_says(sent, is_cash, is_card):
    (read,) = rows(payments={"paySystemIsCash": sent})["payments"]

    assert (read["is_cash"], read["is_card"]) == (is_cash, is_card)


def test_a_shipment_that_left_at_no_time_has_not_left():
    assert rows()["shipments"][0]["shipped"] is False


@pytest.mark.parametrize(
    "nonsense",
    [
        {"orders": {"price": "сто"}},
        {"orders": {"dateInsert": "01.10.2026"}},
        {"lines": {"quantity": "NaN"}},
        {"shipments": {"dateDeducted": "2026-10-01T10:00:00"}},
        {"payments": {"sum": "1 000"}},
    ],
)
def test_a_value_that_nobody_can_read_stops_the_day(nonsense):
    with pytest.raises(SyncError):
        rows(**nonsense)


# All the way to documents.


@pytest.fixture(scope="module")
def documents(tables_of_all):
    owner = company(documents=["bill", "sale", "act"])
    return due_documents(ShopFrames.of(tables_of_all), owner, midnight("2027-09-01", owner))


REASONS = {
    Oddity.INN_CHECK_DIGIT: HoldReason.INN_INVALID,
    Oddity.KPP_LENGTH: HoldReason.KPP_INVALID,
    Oddity.NAMELESS_COMPANY: HoldReason.COUNTERPARTY_NAME_MISSING,
    Oddity.CURRENCY: HoldReason.UNSUPPORTED_CURRENCY,
    Oddity.WRONG_TOTAL: HoldReason.TOTAL_MISMATCH,
    Oddity.STALE_VAT: HoldReason.VAT_RATE_NOT_VALID_ON_DATE,
    Oddity.NEGATIVE_LINE: HoldReason.NEGATIVE_AMOUNT,
}


def test_every_sound_order_is_billed_for_its_price_and_nothing_of_it_is_held(documents, shop):
    bills = {int(item.document.key.order_id): item for item in documents if item.document.key.kind == "bill"}
    sound = [o for o in shop.orders.values() if o.id not in shop.oddities and o.price and not o.canceled]

    assert len(sound) > 200
    for order in sound:
        assert (bills[order.id].reason, bills[order.id].document.total) == (None, order.price)


def test_every_odd_order_is_held_for_what_is_odd_about_it(documents, shop):
    held = {(int(item.document.key.order_id), item.reason) for item in documents if item.reason}

    assert held == {(order_id, REASONS[oddity]) for order_id, oddity in shop.oddities.items()}
    assert {reason for _, reason in held} == set(REASONS.values())


def test_an_order_that_left_whole_is_in_sales_and_acts_for_its_price(documents, shop):
    sent = [
        order
        for order in shop.orders.values()
        if order.deducted and not order.canceled and order.id not in shop.oddities
    ]

    assert len(sent) > 150
    for order in sent:
        mine = [item.document for item in documents if item.document.key.order_id == str(order.id)]
        assert sum(each.total for each in mine if each.key.kind != "bill") == order.price
