"""The shop's client against a portal with the habits of the real one."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.clients.bitrix.lists import PAGE_SIZE
from bookkeeping.clients.failures import ApiRefusal
from bookkeeping.clients.transport import Unsigned
from bookkeeping.errors import MisconfiguredError, OutcomeUnknownError, TransientError

ORDERS = ListQuery("orders", "sale.order.list", "orders", ("accountNumber", "price"), {">=id": 1})
PAYMENTS = ListQuery("payments", "sale.payment.list", "payments", ("sum",), {">=orderId": 1})
PROPERTIES = ListQuery(
    "properties",
    "sale.propertyvalue.list",
    "propertyValues",
    ("code", "value"),
    {">=orderId": 1, "<=orderId": 999999},
)


@pytest.fixture
def shop(sandbox):
    return sandbox.parts.shop


@pytest.fixture
def client(portal):
    return BitrixClient(portal)


@pytest.fixture
def settings(sandbox):
    """The portal's own switches, put back afterwards."""
    portal = sandbox.parts.portal
    kept = {name: getattr(portal, name) for name in ("scopes", "call_cost", "operating_limit")}
    yield portal
    for name, value in kept.items():
        setattr(portal, name, value)


def ids_of(rows):
    return [int(row["id"]) for row in rows]


def test_a_check_proves_that_sales_may_be_read(client):
    assert "sales" in client.check()


@pytest.mark.parametrize(("granted", "missing"), [("pay_system", "sale"), ("sale", "pay_system")])
def test_a_check_names_the_scope_that_is_missing(client, settings, granted, missing):
    settings.scopes = frozenset({"basic", granted})

    with pytest.raises(MisconfiguredError, match=f"scope {missing} is missing"):
        client.check()


def test_a_wrong_code_is_a_setting_to_change(portal):
    wrong = replace(portal, base_url=portal.base_url.replace("sandbox-webhook", "stolen"), auth=Unsigned())

    with pytest.raises(MisconfiguredError, match=r"POST /rest/1/\*\*\*/scope: 401 invalid_credentials"):
        BitrixClient(wrong).check()


def test_lists_are_read_whole_in_the_order_of_ids_and_nothing_twice(client, shop):
    found = client.read_lists([ORDERS, PAYMENTS, PROPERTIES])

    wanted = {"orders": shop.orders, "payments": shop.payments, "properties": shop.property_values}
    for name, table in wanted.items():
        assert ids_of(found[name]) == sorted(table), name
    assert len(found["orders"]) > PAGE_SIZE
    assert set(found["orders"][0]) == {"id", "accountNumber", "price"}


def test_first_pages_of_all_lists_cost_one_request(client, sandbox):
    before = sandbox.counters()["bitrix"]["requests"]
    queries = [replace(ORDERS, name=f"q{n}", filter={"=id": 1000 + n}) for n in range(25)]

    found = client.read_lists(queries)

    assert sandbox.counters()["bitrix"]["requests"] == before + 1
    assert all(ids_of(found[f"q{n}"]) in ([], [1000 + n]) for n in range(25))


def test_more_commands_than_a_batch_holds_take_more_batches(client, sandbox, shop):
    before = sandbox.counters()["bitrix"]["requests"]
    ids = sorted(shop.orders)[:120]

    found = client.batch({str(id_): ("sale.order.get", {"id": id_}) for id_ in ids})

    assert [found[str(id_)]["order"]["id"] for id_ in ids] == ids
    assert sandbox.counters()["bitrix"]["requests"] == before + 3


def test_no_page_makes_the_portal_count(client, sandbox):
    before = sandbox.counters()["bitrix"]["totals"]

    client.read_lists([ORDERS, PAYMENTS])

    assert sandbox.counters()["bitrix"]["totals"] == before


def test_a_filter_by_moments_gives_the_day_and_no_more(client, shop):
    first, last = "2026-10-03T00:00:00+03:00", "2026-10-04T00:00:00+03:00"
    query = replace(ORDERS, filter={">=dateInsert": first, "<dateInsert": last})

    found = client.read_lists([query])["orders"]

    assert found
    assert all(first <= row["dateInsert"] < last for row in found)
    placed = [f"{shop.orders[id_].date_insert:%Y-%m-%d}" for id_ in shop.orders]
    assert len(found) == placed.count("2026-10-03")


def test_a_list_of_ids_is_a_filter_where_the_core_takes_one(client, shop):
    wanted = sorted(shop.orders)[3:7]

    assert ids_of(client.read_lists([replace(ORDERS, filter={"@id": wanted})])["orders"]) == wanted
    by_order = replace(PAYMENTS, filter={"=orderId": [str(id_) for id_ in wanted]})
    assert {row["orderId"] for row in client.read_lists([by_order])["payments"]} <= set(wanted)


@pytest.mark.parametrize(
    "query",
    [
        replace(ORDERS, name="wrong", filter={">=DATEUPDATE": "2099-01-01T00:00:00+03:00"}),
        replace(ORDERS, name="wrong", filter={"=accountNumbr": "1001"}),
        replace(PAYMENTS, name="wrong", filter={"@order_ID": [1001, 1002]}),
    ],
    ids=["upper case", "a typo", "a typo in a list of ids"],
)
def test_a_filter_that_the_portal_ignores_stops_the_reading(client, query):
    key = next(iter(query.filter))

    with pytest.raises(MisconfiguredError) as caught:
        client.read_lists([ORDERS, query])

    assert query.method in str(caught.value)
    assert repr(key) in str(caught.value)


def test_an_array_that_would_become_a_one_is_refused_before_it_is_sent(client, sandbox):
    asked = sandbox.requests()

    with pytest.raises(ValueError, match="takes no array"):
        client.read_lists([replace(PROPERTIES, filter={"@orderId": [1001, 1002]})])

    assert sandbox.requests() == asked


def test_rows_that_change_between_pages_are_neither_lost_nor_repeated(client, shop, portal):
    manager, first = BitrixClient(portal), min(shop.orders)
    versions = [shop.orders[first].version]

    def change_the_first_order():
        manager.call("sale.order.update", {"id": first, "fields": {"comments": str(versions)}})
        versions.append(shop.orders[first].version)
        return nullcontext()

    reader = BitrixClient(replace(portal, limit=change_the_first_order))

    assert ids_of(reader.read_lists([ORDERS])["orders"]) == sorted(shop.orders)
    assert len(set(versions)) > 2


def test_a_missing_object_is_a_refusal_alone_and_none_in_a_batch(client):
    with pytest.raises(ApiRefusal) as caught:
        client.call("sale.order.get", {"id": 999999})

    assert caught.value.codes == ("200540400001",)
    assert client.batch({"gone": ("sale.order.get", {"id": 999999})}) == {"gone": None}


def test_a_method_that_is_not_there_is_a_setting_to_change(client):
    with pytest.raises(MisconfiguredError, match="error_method_not_found"):
        client.call("sale.nothing.list")
    with pytest.raises(MisconfiguredError, match=r"sale.nothing.list: 400 error_method_not_found"):
        client.batch({"a": ("scope", {}), "b": ("sale.nothing.list", {})})


@pytest.mark.parametrize("fault", ["503", "500", "html", "truncate_body", "drop_before", "empty"])
def test_a_reading_survives_passing_failures(client, sandbox, shop, fault):
    sandbox.breaks(fault, "/rest/*", after=1, times=2)

    if fault == "empty":
        with pytest.raises(TransientError, match="without a result"):
            client.read_lists([ORDERS])
        return

    assert len(client.read_lists([ORDERS])["orders"]) == len(list(shop.orders))


def test_a_method_that_used_up_its_time_says_when_to_come_back(portal, settings):
    settings.operating_limit, settings.call_cost = 2.5, 1.0
    client = BitrixClient(portal)

    with pytest.raises(TransientError) as caught:
        client.batch({str(n): ("sale.status.list", {"select": ["id"]}) for n in range(6)})

    assert 60 < caught.value.retry_after <= 600
    assert "operation_time_limit" in str(caught.value)


def test_an_update_is_sent_once_and_its_lost_answer_is_unknown(client, sandbox, shop):
    order = min(shop.orders)
    version = shop.orders[order].version
    sandbox.breaks("reset_after", "*/sale.order.update")

    with pytest.raises(OutcomeUnknownError):
        client.call("sale.order.update", {"id": order, "fields": {"comments": "№ 1045"}})

    assert shop.orders[order].version == version + 1


def test_a_batch_that_would_write_is_refused(client):
    with pytest.raises(ValueError, match=r"sale\.order\.update"):
        client.batch({"a": ("sale.order.update", {"id": 1})})
