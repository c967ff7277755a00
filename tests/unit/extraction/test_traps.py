"""Each habit of a portal that has cost somebody his orders: the data are right, or the task fails (P9)."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import KEYS, Office

from bookkeeping.clients.bitrix import BitrixClient, ListQuery
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.companies import Shop
from bookkeeping.errors import MisconfiguredError, TransientError
from bookkeeping.extraction import Day, Known, read_day
from bookkeeping.extraction.lists import PROPERTIES, dated
from sandbox.app import Settings, create_app, serving
from sandbox.shop.uniform import uniform_shop

START = datetime(2026, 10, 1, tzinfo=MOSCOW)
END = START + timedelta(1)
ORDERS = 120


def make(**settings):
    return Office(uniform_shop(ORDERS, day=date(2026, 10, 1), old=30), settings=settings)


@pytest.fixture
def office():
    office = make()
    yield office
    office.close()


def read(client, known=None, **shop):
    return read_day(client, Shop(**shop), START, END, known)


def ids(tables):
    return tables["orders"]["order_id"].to_pylist()


def patient(office):
    """Return a client that waits for the portal's time itself."""
    client = office.client()
    client._http = replace(client._http, max_inline_wait=700.0)
    return client


def commands_of(office):
    """Let every batch's commands be seen."""
    seen = []
    ask = office.network.wire.ask

    def listening(request, body):
        seen.append(json.loads(body)["cmd"])
        return ask(request, body)

    object.__setattr__(office.network, "wire", type("Ear", (), {"ask": staticmethod(listening)}))
    return seen


def test_no_filter_is_misspelt_for_the_portal_drops_what_it_does_not_know(office, monkeypatch):
    """Were it so, the whole table would come, and the reading stop at the first row that does not fit."""
    assert len(ids(read(office.client()))) == ORDERS

    monkeypatch.setattr(Day, "within", lambda self, field: {f">={field.upper()}": self.start})

    with pytest.raises(MisconfiguredError, match="ignored the filter '>=DATE"):
        read(office.client())


def test_property_values_are_never_asked_for_by_an_array(office):
    seen = commands_of(office)
    tables = read(office.client())

    assert len(set(tables["orders"]["inn"].to_pylist())) > 1
    assert not [text for cmd in seen for text in cmd.values() if "propertyvalue" in text and "%40" in text]
    with pytest.raises(ValueError, match="takes no array"):
        office.client().read_lists(
            [ListQuery("p", PROPERTIES.method, "propertyValues", (), {"@orderId": [1, 2]})]
        )


def test_pages_are_asked_for_by_key_and_never_counted(office):
    seen = commands_of(office)
    read(office.client())

    lists = [text for cmd in seen for text in cmd.values() if "paysystem" not in text]
    assert all("start=-1" in text and "order%5Bid%5D=" in text for text in lists)
    assert office.sandbox.portal_counters.totals == 0


def test_a_day_on_which_nothing_happened_comes_as_empty_lists(office):
    tables = read_day(office.client(), Shop(), START + timedelta(9), START + timedelta(10))

    assert {table.num_rows for table in tables.values()} == {0}


def test_no_batch_is_longer_than_the_portal_reads(office):
    seen = commands_of(office)
    read(office.client())

    assert max(map(len, seen)) <= 50
    assert all(json.dumps(cmd).count("$") == 0 for cmd in seen)  # references are encoded like all the rest


def test_a_chain_that_is_longer_than_its_list_ends_where_the_list_does(office):
    """The portal answers a broken reference with rubbish; it is not even looked at."""
    query = ListQuery(
        "lines",
        "sale.basketitem.list",
        "basketItems",
        ("orderId",),
        {">=orderId": 1, "<=orderId": 9999},
        2000,
    )
    rows = office.client().read_lists([query])["lines"]

    assert [int(row["id"]) for row in rows] == sorted(office.shop.basket_items)


def test_one_refused_command_stops_the_day_and_the_others_do_not_count(office):
    office.sandbox.portal.scopes = frozenset({"sale"})

    with pytest.raises(MisconfiguredError, match="insufficient_scope"):
        read(office.client())


def test_a_bucket_that_is_full_slows_us_down_and_loses_nothing():
    office = make(limits=True, bitrix_rate=0.5, bitrix_burst=2)

    assert len(ids(read(office.client()))) == ORDERS
    assert office.sandbox.portal_counters.refusals[503] > 0
    assert office.clock.slept
    office.close()


def test_a_method_s_time_is_waited_for_before_it_is_used_up(office):
    """Each call takes 20 seconds of 480 in ten minutes: the properties alone need more than that."""
    office.sandbox.portal.operating_limit = 480
    office.sandbox.portal.call_cost = 20.0

    assert len(ids(read(patient(office)))) == ORDERS
    assert office.sandbox.portal_counters.refusals[429] <= 1
    assert max(office.clock.slept) > 60


def test_a_wait_that_is_too_long_for_a_worker_is_left_to_the_scheduler(office):
    office.sandbox.portal.operating_limit = 480
    office.sandbox.portal.call_cost = 20.0

    with pytest.raises(TransientError, match="time for sale") as error:
        read(office.client())

    assert 60 < error.value.retry_after <= 600


def test_other_methods_go_on_while_one_is_out_of_time(office):
    spent = office.sandbox.portal
    spent.operating_limit = 480
    exhausted = []

    def refuse_properties(body):
        parts = body["result"]
        for name, rows in list(parts["result"].items()):
            if isinstance(rows, dict) and "propertyValues" in rows and not exhausted:
                parts["result_error"] = {name: {"error": "OPERATION_TIME_LIMIT"}}
                del parts["result"][name]
                exhausted.append(name)
        return body

    office.network.change = refuse_properties
    seen = commands_of(office)
    client = patient(office)

    assert len(ids(read(client))) == ORDERS
    assert exhausted
    refused = next(n for n, cmd in enumerate(seen) if any("propertyvalue" in text for text in cmd.values()))
    assert "shipmentitem" in str(seen[refused + 1])
    assert "propertyvalue" not in str(seen[refused + 1])
    assert max(office.clock.slept) > 60


def test_a_renamed_portal_is_followed_over_a_real_network():
    app = create_app(Settings(limits=False), shop=uniform_shop(ORDERS, day=date(2026, 10, 1)))
    with serving(app) as origin:
        app.state.sandbox.portal.moved_to = origin.replace("http://127.0.0.1", "localhost")
        webhook = f"{origin}/rest/{KEYS.bitrix_user}/{KEYS.bitrix_webhook}"
        client = BitrixClient(Transport(webhook, auth=Unsigned((KEYS.bitrix_webhook,))), at_once=3)

        assert len(ids(read(client))) == ORDERS
    assert client.host == app.state.sandbox.portal.moved_to


def test_a_portal_that_reads_no_json_is_sent_forms(office):
    tables = read(office.client(speaks_json=False))

    assert tables == read(office.client())


def test_html_in_the_middle_of_a_day_is_asked_again(office):
    office.sandbox.faults.add({"fault": "html", "path": "*/batch", "after": 1, "times": 2})

    assert len(ids(read(office.client()))) == ORDERS


def test_a_page_that_is_cut_off_in_the_middle_is_asked_again(office):
    office.sandbox.faults.add({"fault": "truncate_body", "path": "*/batch", "after": 1, "times": 2})

    assert len(ids(read(office.client()))) == ORDERS


def test_an_order_that_only_we_have_changed_is_not_news(office):
    """Our own line in its comments counts a version up, and dates the order today."""
    order = next(iter(office.shop.orders.values()))
    assert order.date_update < START
    order.touch(START + timedelta(hours=3))
    ours = {str(order.id): order.version}
    known = Known(own_versions=lambda order_ids: {id_: ours[id_] for id_ in order_ids if id_ in ours})

    assert str(order.id) in ids(read(office.client()))
    assert str(order.id) not in ids(read(office.client(), known))

    order.touch(START + timedelta(hours=4))

    assert str(order.id) in ids(read(office.client(), known))


def test_an_order_that_only_we_have_changed_is_read_if_it_was_placed_or_paid_or_is_waited_for(office):
    old, new = next(iter(office.shop.orders.values())), list(office.shop.orders.values())[-1]
    old.touch(START + timedelta(hours=3))
    everything = Known(
        own_versions=lambda order_ids: {id_: office.shop.orders[int(id_)].version for id_ in order_ids}
    )

    assert str(old.id) not in ids(read(office.client(), everything))
    assert str(new.id) in ids(read(office.client(), everything))

    (payment, *_) = office.shop.payments.of(old.id)
    payment.paid, payment.date_paid = True, START + timedelta(hours=2)

    assert str(old.id) in ids(read(office.client(), everything))

    payment.date_paid = None
    waiting = Known([str(old.id)], everything.own_versions)

    assert str(old.id) in ids(read(office.client(), waiting))


def test_a_list_of_later_changes_is_asked_for_after_the_day_s_own(office):
    """So an order that somebody changes while we read is in one of them at least."""
    order = list(office.shop.orders.values())[-1]

    def change_after_the_first():
        if office.network.batches == 1:
            order.touch(END + timedelta(hours=1))

    office.network.before = change_after_the_first
    later = [query.name for query in dated(Day(START, END), Shop(), later=True)]

    assert later
    assert str(order.id) in ids(read(office.client()))


def test_a_deleted_order_is_left_out_whole(office, caplog):
    order = list(office.shop.orders.values())[-1]

    def delete_after_the_first():
        if office.network.batches == 2 and order.id in office.shop.orders:
            shop = office.shop
            for table in (shop.basket_items, shop.payments, shop.shipments, shop.property_values):
                for row in list(table.of(order.id)):
                    table.remove(row.id)
            shop.orders.remove(order.id)

    office.network.before = delete_after_the_first
    tables = read(office.client())

    assert str(order.id) not in ids(tables)
    assert "Deleted while they were read" in caplog.text
