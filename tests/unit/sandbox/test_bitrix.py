"""The portal behaves as the contract says, traps included: real HTTP over loopback."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.bitrix import BitrixCounters, BitrixOAuth, PortalSettings, bitrix_routes
from sandbox.shop import Shop, build_shop

WEBHOOK = ("1", "k7s2v0h3n9q4")
APP = BitrixOAuth("local.app", "s3cret", "first-refresh")
NOON = datetime(2026, 10, 12, 9, tzinfo=UTC).timestamp()


@dataclass
class Portal:
    """One portal at an address of its own, with a clock that only tests move."""

    url: str
    shop: Shop
    http: requests.Session
    settings: PortalSettings = field(default_factory=PortalSettings)
    counters: BitrixCounters = field(default_factory=BitrixCounters)
    now: float = NOON

    def clock(self):
        return self.now

    def address(self, method):
        return f"{self.url}/rest/{'/'.join(WEBHOOK)}/{method}"

    def post(self, method, **params):
        return self.http.post(self.address(method), json=params, timeout=5)

    def call(self, method, **params):
        answer = self.post(method, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, method, **params):
        return self.call(method, **params)["result"]

    def orders(self, **params):
        return [row["id"] for row in self.result("sale.order.list", **{"start": -1, **params})["orders"]]

    def rows(self, method, wrapper, **params):
        return self.result(method, **{"start": -1, **params})[wrapper]

    def batch(self, commands, **params):
        return self.result("batch", cmd=commands, **params)

    def refusal(self, method, **params):
        answer = self.post(method, **params)
        return answer.status_code, answer.json()["error"]

    def tokens(self, **params):
        whole = {
            "grant_type": "refresh_token",
            "client_id": APP.client_id,
            "client_secret": APP.client_secret,
        }
        return self.http.get(f"{self.url}/oauth/token/", params=whole | params, timeout=5)


@pytest.fixture(scope="module")
def server():
    """An application on a free port, to which portals can be added while it runs."""
    app = Starlette()
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off", loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield app, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture(scope="module")
def open_portal(server, http):
    app, root = server
    names = count()

    def open_portal(limit=None, shop=None):
        shop = shop or build_shop(seed=7, first_day=date(2026, 10, 1), days=4, orders_per_day=45)
        portal = Portal(f"{root}/{next(names)}", shop, http)
        routes = bitrix_routes(
            shop,
            clock=portal.clock,
            webhook=WEBHOOK,
            oauth=APP,
            limit=limit,
            counters=portal.counters,
            settings=portal.settings,
        )
        app.router.routes.append(Mount(portal.url.removeprefix(root), routes=routes))
        return portal

    return open_portal


@pytest.fixture(scope="module")
def portal(open_portal):
    """A portal that no test may change."""
    return open_portal()


def ids(portal):
    return list(portal.shop.orders)


# Pages


def test_a_page_by_offset_begins_at_a_whole_page_and_counts_all_rows(portal):
    page = portal.call("sale.order.list", start=75, select=["id"])

    assert [row["id"] for row in page["result"]["orders"]] == ids(portal)[50:100]
    assert (page["total"], page["next"]) == (180, 100)


def test_the_last_page_by_offset_has_no_next(portal):
    page = portal.call("sale.order.list", start=150, select=["id"])

    assert len(page["result"]["orders"]) == 30
    assert "next" not in page


def test_keyset_pages_count_nothing_and_together_are_all_rows(portal):
    seen, page = [], [0]
    while page:
        answer = portal.call("sale.order.list", start=-1, order={"id": "asc"}, filter={">id": page[-1]})
        page = [row["id"] for row in answer["result"]["orders"]]
        assert len(page) <= 50
        assert not {"total", "next"} & set(answer)
        seen += page

    assert seen == ids(portal)


def test_only_minus_one_means_keyset(portal):
    assert portal.call("sale.order.list", start=-2)["total"] == 180


def test_rows_are_sorted_as_asked(portal):
    descending = portal.orders(order={"id": "DESC"}, select=["id"])
    by_buyer = portal.rows(
        "sale.order.list", "orders", order={"userId": "asc", "id": "desc"}, select=["id", "userId"]
    )

    assert descending == ids(portal)[:-51:-1]
    assert by_buyer == sorted(by_buyer, key=lambda row: (row["userId"], -row["id"]))


def test_only_selected_fields_come_and_unknown_ones_are_ignored(portal):
    def keys(select):
        return set(portal.rows("sale.order.list", "orders", select=select)[0])

    assert keys(["id", "sumPaid"]) == {"id"}
    assert keys([]) == keys(["*"]) >= {"id", "price", "recountFlag", "version1c"}
    assert "sumPaid" not in keys([])


# Filters


@pytest.mark.parametrize(
    "key",
    [">ID", "I_D", "sumPaid", "logic", ">", ">>id"],
)
def test_a_filter_key_that_is_not_a_field_is_dropped_without_a_word(portal, key):
    assert portal.orders(filter={key: 2147483000}) == ids(portal)[:50]


def test_a_filter_that_is_understood_can_leave_nothing(portal):
    assert portal.orders(filter={">id": 2147483000}) == []
    assert portal.orders(filter={">=dateUpdate": "2099-01-01T00:00:00+03:00"}) == []


@pytest.mark.parametrize("value", ["the day before", "2026-10-01T00:00:00 03:00", "", None])
def test_a_date_that_cannot_be_read_is_dropped_without_a_word(portal, value):
    assert portal.orders(filter={">=dateUpdate": value}) == ids(portal)[:50]


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
    assert portal.orders(filter={"=lid": "S2"}) == ids(portal)[1:150:3]


def test_what_has_no_value_passes_only_a_negation(portal):
    moment = "2026-01-01T00:00:00+03:00"
    dated = [order.id for order in portal.shop.orders.values() if order.date_canceled]

    assert portal.orders(filter={">dateCanceled": moment}) == dated
    undated = portal.orders(filter={"!dateCanceled": moment})
    assert undated == ids(portal)[:50]


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
    assert portal.orders(filter={"!@id": ids(portal)[:3]}) == ids(portal)[3:53]


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


# Encodings


def test_a_form_with_nested_keys_says_the_same_as_json(portal):
    form = {
        "filter[>=dateInsert]": "2026-10-02T00:00:00+03:00",
        "filter[@lid][0]": "s1",
        "filter[@lid][1]": "s3",
        "select[0]": "id",
        "select[]": "lid",
        "order[id]": "desc",
        "start": "-1",
    }
    params = {
        "filter": {">=dateInsert": "2026-10-02T00:00:00+03:00", "@lid": ["s1", "s3"]},
        "select": ["id", "lid"],
        "order": {"id": "desc"},
        "start": -1,
    }
    wanted = portal.result("sale.order.list", **params)
    address = portal.address("sale.order.list")

    assert len(wanted["orders"]) == 50
    assert portal.http.post(address, data=form, timeout=5).json()["result"] == wanted
    assert portal.http.get(address, params=form, timeout=5).json()["result"] == wanted
    files = {key: (None, value) for key, value in form.items()}
    assert portal.http.post(address, files=files, timeout=5).json()["result"] == wanted


def test_a_body_wins_over_the_query(portal):
    address = f"{portal.address('sale.order.list')}?start=50&select[]=id"
    rows = portal.http.post(address, json={"start": 100}, timeout=5).json()["result"]["orders"]
    assert [row["id"] for row in rows] == ids(portal)[100:150]


@pytest.mark.parametrize("body", ['{"filter": {">id": 1100', "[1]", "<html>"])
def test_a_body_that_is_not_json_means_no_parameters(portal, body):
    headers = {"Content-Type": "application/json"}
    answer = portal.http.post(portal.address("sale.order.list"), data=body, headers=headers, timeout=5)
    assert [row["id"] for row in answer.json()["result"]["orders"]] == ids(portal)[:50]


def test_a_raw_sign_inside_a_key_loses_the_filter(portal):
    address = f"{portal.address('sale.order.list')}?start=-1&filter[>=id]=1100"
    assert portal.http.get(address, timeout=5).json()["result"]["orders"][0]["id"] == ids(portal)[0]


def test_methods_have_no_case_and_may_end_in_json(portal):
    assert portal.result("SALE.Order.List.json", start=-1) == portal.result("sale.order.list", start=-1)


# Shapes


def test_types_are_mixed_as_on_a_real_portal(portal):
    shop = portal.shop
    item = portal.rows("sale.basketitem.list", "basketItems", filter={"=orderId": 1001})[0]
    shipment = portal.rows("sale.shipment.list", "shipments", filter={"=orderId": 1001})[0]
    put = portal.rows("sale.shipmentitem.list", "shipmentItems", filter={"=orderDeliveryId": shipment["id"]})[
        0
    ]
    payment = portal.rows("sale.payment.list", "payments", filter={"=orderId": 1001})[0]
    kinds = {row["type"] for row in portal.rows("sale.basketitem.list", "basketItems", start=0)}

    assert (item["id"], item["orderId"], item["setParentId"]) == ("5501", "1001", "")
    assert (put["basketId"], put["quantity"]) == (5501, f"{shop.basket_items[5501].quantity:.4f}")
    assert isinstance(shipment["id"], int)
    assert payment["priceCod"] == "0.000000"
    assert kinds >= {"", 2}


def test_numbers_are_numbers_and_absent_ones_are_null(portal):
    rows = portal.rows("sale.basketitem.list", "basketItems", filter={"@orderId": ids(portal)}, start=0)
    rates = {type(row["vatRate"]) for row in rows}
    order = portal.rows("sale.order.list", "orders")[0]

    assert rates == {float, int, type(None)}
    assert order["price"] == float(portal.shop.orders[1001].price)
    assert (order["companyId"], order["recurringId"]) == (None, "")


def test_every_table_of_the_contract_is_there_under_its_name(portal):
    tables = {
        "sale.order.list": "orders",
        "sale.basketitem.list": "basketItems",
        "sale.propertyvalue.list": "propertyValues",
        "sale.property.list": "properties",
        "sale.payment.list": "payments",
        "sale.shipment.list": "shipments",
        "sale.shipmentitem.list": "shipmentItems",
        "sale.status.list": "statuses",
        "sale.persontype.list": "personTypes",
        "sale.businessvaluepersondomain.list": "businessValuePersonDomains",
        "sale.tradeplatform.list": "tradePlatforms",
        "sale.tradebinding.list": "tradeBindings",
    }
    for method, wrapper in tables.items():
        result = portal.result(method)
        assert list(result) == [wrapper]
        assert result[wrapper], method


def test_payers_have_domains(portal):
    domains = portal.rows("sale.businessvaluepersondomain.list", "businessValuePersonDomains")
    assert domains == [{"personTypeId": 1, "domain": "I"}, {"personTypeId": 2, "domain": "E"}]


def test_a_binding_names_its_platform_by_text(portal):
    [platform] = {row["tradingPlatformId"] for row in portal.rows("sale.tradebinding.list", "tradeBindings")}
    assert platform in {str(row["id"]) for row in portal.rows("sale.tradeplatform.list", "tradePlatforms")}


def test_pay_systems_come_bare_in_upper_case_and_all_at_once(portal):
    answer = portal.call("sale.paysystem.list", FILTER={"=ENTITY_REGISTRY_TYPE": "ORDER"}, filter={"ID": 1})

    assert [row["ACTION_FILE"] for row in answer["result"]] == ["cash", "yandexcheckout", "bill", "inner"]
    assert "total" not in answer
    assert portal.result("sale.paysystem.list", SELECT=["ID"], ORDER={"ID": "desc"})[0] == {"ID": 5}


def test_a_whole_order_holds_all_that_belongs_to_it(portal):
    order = portal.result("sale.order.get", id=1001)["order"]
    shop = portal.shop

    assert [row["id"] for row in order["basketItems"]] == [str(row.id) for row in shop.basket_items.of(1001)]
    assert [row["id"] for row in order["payments"]] == [row.id for row in shop.payments.of(1001)]
    assert order["shipments"][0]["shipmentItems"][0]["basketId"] == 5501
    assert "orderId" not in order["propertyValues"][0]
    assert order["requisiteLink"] == order["clients"] == []
    assert "tradeBindings" not in order


def test_an_order_from_a_marketplace_shows_where_it_came_from(portal):
    binding = next(iter(portal.shop.trade_bindings.values()))
    order = portal.result("sale.order.get", id=str(binding.order_id))["order"]
    assert [row["externalOrderId"] for row in order["tradeBindings"]] == [binding.external_order_id]


def test_every_answer_says_when_and_how_long(portal):
    spent = portal.call("server.time")["time"]

    assert spent["date_start"] == portal.result("server.time") == "2026-10-12T12:00:00+03:00"
    assert spent["start"] == spent["finish"] == NOON
    assert spent["operating_reset_at"] == NOON + 600


# Errors


def test_what_does_not_exist_is_refused_by_the_codes_of_the_contract(portal):
    assert portal.refusal("sale.nothing.list") == (404, "ERROR_METHOD_NOT_FOUND")
    assert portal.refusal("sale.order.get", id=7) == (400, 200540400001)
    assert portal.refusal("sale.order.update", id=7, fields={}) == (400, 200540400001)
    assert portal.refusal("sale.order.get") == (400, 100)
    assert portal.refusal("sale.order.update", id=1001) == (400, 100)


def test_a_wrong_webhook_is_refused(portal):
    answer = portal.http.post(f"{portal.url}/rest/1/wrong/server.time", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "INVALID_CREDENTIALS")


def test_a_scope_that_was_not_granted_is_refused(open_portal):
    portal = open_portal()
    portal.settings.scopes = frozenset({"sale"})

    assert portal.refusal("sale.paysystem.list") == (403, "insufficient_scope")
    assert portal.result("scope") == ["basic", "sale"]
    assert "sale.paysystem.list" not in portal.result("methods")
    assert portal.result("method.get", name="sale.paysystem.list") == {
        "isExisting": True,
        "isAvailable": False,
    }
    assert portal.orders()


def test_the_portal_tells_which_methods_it_has(portal):
    assert portal.result("method.get", name="Sale.Order.List") == {"isExisting": True, "isAvailable": True}
    assert portal.result("method.get", name="crm.item.list") == {"isExisting": False, "isAvailable": False}
    assert {"sale.order.list", "batch", "server.time"} <= set(portal.result("methods"))


# Updates


def test_an_update_counts_a_save_by_the_clock_and_drops_what_is_not_to_be_written(open_portal):
    portal = open_portal()
    before = portal.result("sale.order.get", id=1001)["order"]
    fields = {"comments": "Акт 17", "id": 5, "payed": "N", "sumPaid": 1, "dateInsert": "yesterday"}
    answer = portal.result("sale.order.update", id=1001, fields=fields)["order"]
    after = portal.result("sale.order.get", id=1001)["order"]

    assert "basketItems" not in answer
    changed = {name: value for name, value in after.items() if before[name] != value}
    assert changed == {
        "comments": "Акт 17",
        "version": before["version"] + 1,
        "dateUpdate": "2026-10-12T12:00:00+03:00",
    }
    assert answer.items() <= after.items()


def test_an_update_writes_values_of_every_kind(open_portal):
    portal = open_portal()
    live = next(order.id for order in portal.shop.orders.values() if not order.canceled)
    fields = {
        "canceled": "Y",
        "statusId": "XX",
        "price": "12.50",
        "companyId": "3",
        "id1c": "00-17",
        "dateInsert": "2026-10-01T00:00:00Z",
    }
    order = portal.result("sale.order.update", id=live, fields=fields)["order"]

    assert (order["canceled"], order["dateCanceled"]) == ("Y", "2026-10-12T12:00:00+03:00")
    assert (order["statusId"], order["dateStatus"]) == ("XX", "2026-10-12T12:00:00+03:00")
    assert (order["price"], order["companyId"], order["id1c"]) == (12.5, 3, "00-17")
    assert order["dateInsert"] == "2026-10-01T03:00:00+03:00"


# Batches


KEYSET = "sale.order.list?start=-1&select[]=id&filter%5B%3Eid%5D="


def test_commands_refer_to_the_answers_before_them(portal):
    batch = portal.batch({"o0": f"{KEYSET}0", "o1": f"{KEYSET}$result[o0][orders][49][id]"})
    pages = [[row["id"] for row in batch["result"][name]["orders"]] for name in ("o0", "o1")]

    assert [*pages[0], *pages[1]] == ids(portal)[:100]
    assert batch["result_error"] == batch["result_total"] == batch["result_next"] == []
    assert set(batch["result_time"]) == {"o0", "o1"}
    assert batch["result_time"]["o1"]["operating"] > batch["result_time"]["o0"]["operating"]


def test_a_reference_beyond_a_short_page_is_the_page_itself_and_fetches_rubbish(portal):
    first = f"{KEYSET}{ids(portal)[-3]}"
    batch = portal.batch({"o0": first, "o1": f"{KEYSET}$result[o0][orders][49][id]"})

    assert len(batch["result"]["o0"]["orders"]) == 2
    assert [row["id"] for row in batch["result"]["o1"]["orders"]] == ids(portal)[:50]


def test_a_reference_inside_a_text_becomes_text_and_one_in_a_key_works_too(portal):
    batch = portal.batch(
        {
            "o0": "sale.order.list?start=0&filter[id]=1002&select[]=id",
            "key": "sale.order.list?start=-1&filter[$error[o0]]=1&filter[%3C$result[o0][orders][0][id]]=1&select[]=id",
            "part": "sale.order.get?id=$result[o0][orders][0][id]abc",
            "total": "sale.order.get?id=100$total[o0]",
        }
    )

    assert batch["result"]["part"]["order"]["id"] == 1002
    assert batch["result"]["total"]["order"]["id"] == 1001
    assert len(batch["result"]["key"]["orders"]) == 50


def test_totals_and_next_pages_are_told_by_name(portal):
    batch = portal.batch({"o0": "sale.order.list?start=0", "o1": "sale.status.list?start=0"})

    assert batch["result_total"] == {"o0": 180, "o1": 6}
    assert batch["result_next"] == {"o0": 50}


def test_a_batch_is_well_even_if_all_its_commands_are_not(portal):
    batch = portal.batch({"a": "sale.order.get?id=7", "b": "nothing", "c": "batch"})

    assert {name: error["error"] for name, error in batch["result_error"].items()} == {
        "a": 200540400001,
        "b": "ERROR_METHOD_NOT_FOUND",
        "c": "ERROR_BATCH_METHOD_NOT_ALLOWED",
    }
    assert batch["result"] == batch["result_time"] == []


@pytest.mark.parametrize(("halt", "done"), [(0, {"a", "c"}), (1, {"a"})])
def test_a_batch_halts_at_the_first_error_if_told_to(portal, halt, done):
    batch = portal.batch({"a": "server.time", "b": "nothing", "c": "scope"}, halt=halt)

    assert set(batch["result"]) == done
    assert set(batch["result_error"]) == {"b"}


def test_the_fifty_first_command_is_refused_and_the_others_run(portal):
    batch = portal.batch({f"o{number}": "server.time" for number in range(52)})

    assert len(batch["result"]) == 50
    assert {name: error["error"] for name, error in batch["result_error"].items()} == dict.fromkeys(
        ("o50", "o51"), "ERROR_BATCH_LENGTH_EXCEEDED"
    )


def test_numbers_for_names_make_lists(portal):
    now = "2026-10-12T12:00:00+03:00"

    assert portal.batch(["server.time", "server.time"])["result"] == [now, now]
    assert portal.batch({"0": "server.time"})["result"] == [now]
    assert portal.batch({})["result"] == []


def test_a_batch_can_come_as_a_form(portal):
    form = {"cmd[o0]": f"{KEYSET}1100", "halt": "0"}
    answer = portal.http.post(portal.address("batch"), data=form, timeout=5).json()
    assert answer["result"]["result"]["o0"]["orders"][0]["id"] == 1101


# Limits


def test_a_full_bucket_refuses_until_it_has_leaked(open_portal):
    portal = open_portal(limit=(2.0, 50))
    statuses = [portal.post("server.time").status_code for _ in range(51)]
    refused = portal.refusal("server.time")
    portal.now += 0.5

    assert statuses == [200] * 50 + [503]
    assert refused == (503, "QUERY_LIMIT_EXCEEDED")
    assert portal.post("server.time").status_code == 200
    assert portal.post("server.time").status_code == 503


def test_a_batch_takes_one_place_in_the_bucket(open_portal):
    portal = open_portal(limit=(2.0, 2))
    commands = {f"o{number}": "server.time" for number in range(50)}

    assert len(portal.batch(commands)["result"]) == 50
    assert portal.post("server.time").status_code == 200
    assert portal.post("server.time").status_code == 503


def test_a_method_that_used_up_its_time_rests_and_the_others_go_on(open_portal):
    portal = open_portal()
    portal.settings.call_cost = 160
    spent = [portal.call("sale.order.list")["time"] for _ in range(3)]

    assert [time["operating"] for time in spent] == [160, 320, 480]
    assert portal.refusal("sale.order.list") == (429, "OPERATION_TIME_LIMIT")
    assert portal.call("sale.payment.list")["time"]["operating"] == 160
    error = portal.batch({"o0": "sale.order.list"})["result_error"]["o0"]
    assert error["error"] == "OPERATION_TIME_LIMIT"

    portal.now = spent[-1]["operating_reset_at"] - 1
    assert portal.refusal("sale.order.list") == (429, "OPERATION_TIME_LIMIT")
    portal.now += 1
    assert portal.call("sale.order.list")["time"]["operating"] == 160


def test_a_batch_itself_costs_no_time(open_portal):
    portal = open_portal()
    portal.settings.call_cost = 300
    for _ in range(3):
        assert portal.call("batch", cmd={})["time"]["operating"] == 0


# Tokens


def by_token(portal, token, **params):
    answer = portal.http.post(f"{portal.url}/rest/sale.order.list", json={"auth": token} | params, timeout=5)
    return answer.status_code, answer.json().get("error")


def test_tokens_rotate_and_the_old_refresh_token_is_dead(open_portal):
    portal = open_portal()
    first = portal.tokens(refresh_token=APP.refresh_token).json()
    second = portal.tokens(refresh_token=first["refresh_token"]).json()
    reused = portal.tokens(refresh_token=first["refresh_token"])

    assert len({APP.refresh_token, first["refresh_token"], second["refresh_token"]}) == 3
    assert first["access_token"] != second["access_token"]
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert by_token(portal, first["access_token"]) == by_token(portal, second["access_token"]) == (200, None)


def test_an_access_token_lives_an_hour(open_portal):
    portal = open_portal()
    pair = portal.tokens(refresh_token=APP.refresh_token).json()
    portal.now += 3599
    alive = by_token(portal, pair["access_token"])
    portal.now += 1

    assert (pair["expires_in"], pair["expires"]) == (3600, NOON + 3600)
    assert alive == (200, None)
    assert by_token(portal, pair["access_token"]) == (401, "expired_token")


def test_a_token_may_come_in_the_query_and_its_answer_tells_where_to_call(open_portal):
    portal = open_portal()
    pair = portal.tokens(refresh_token=APP.refresh_token).json()
    address = f"{pair['client_endpoint']}sale.order.list.json"

    assert address.startswith(portal.url)
    answer = portal.http.get(address, params={"auth": pair["access_token"], "start": -1}, timeout=5)
    assert len(answer.json()["result"]["orders"]) == 50


def test_what_is_no_token_is_refused(portal):
    assert by_token(portal, "") == (401, "NO_AUTH_FOUND")
    assert by_token(portal, "nonsense") == (401, "invalid_token")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"refresh_token": "nonsense"}, "invalid_grant"),
        ({"client_secret": "nonsense"}, "invalid_client"),
        ({"grant_type": "password"}, "invalid_request"),
    ],
)
def test_a_wrong_request_for_tokens_is_refused(portal, change, error):
    assert portal.tokens(**{"refresh_token": APP.refresh_token} | change).json()["error"] == error


# Counters


def test_the_portal_counts_what_it_does(open_portal):
    portal = open_portal(limit=(2.0, 5))
    portal.call("sale.order.list", start=-1)
    portal.call("sale.order.list", start=150)
    portal.batch({"o0": f"{KEYSET}0", "o1": "nothing", "o2": "sale.status.list?start=0"})
    portal.post("sale.order.get", id=7)
    portal.post("server.time")
    portal.post("server.time")

    assert portal.counters.as_dict() == {
        "requests": 6,
        "commands": 3,
        "rows": 50 + 30 + 50 + 6,
        "totals": 2,
        "refusals": {"400": 1, "404": 1, "503": 1},
    }


def test_rows_that_appear_between_pages_are_seen(open_portal):
    portal = open_portal()
    last = portal.orders(filter={">id": ids(portal)[-2]})[-1]
    shop = portal.shop
    newest = shop.orders[last]
    shop.orders.add(
        type(newest)(**{name: getattr(newest, name) for name in newest.__slots__} | {"id": last + 1})
    )

    assert portal.orders(filter={">id": last}) == [last + 1]
