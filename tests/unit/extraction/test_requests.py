"""How few requests a day takes, and how few of its commands are in vain: the quota is the shop's (P8)."""

from datetime import date, datetime, timedelta

import pytest
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping.companies import Shop
from bookkeeping.extraction import read_day
from sandbox.shop.uniform import uniform_shop

START = datetime(2026, 10, 1, tzinfo=MOSCOW)


@pytest.mark.parametrize(("orders", "requests", "in_vain"), [(45, 3, 0.5), (1000, 10, 0.05)])
def test_a_day_takes_hardly_more_requests_than_its_pages_fill(orders, requests, in_vain):
    """Of 45 orders nearly every list has one page, which is asked for from both its ends."""
    office = Office(uniform_shop(orders, day=date(2026, 10, 1), old=500))
    tables = read_day(office.client(at_once=1), Shop(), START, START + timedelta(1))
    office.close()

    counters = office.sandbox.portal_counters
    assert {name: table.num_rows for name, table in tables.items() if name != "shipment_items"} == {
        "orders": orders,
        "lines": 3 * orders,
        "shipments": orders + -(-orders // 20),
        "payments": orders + -(-orders // 10),
    }
    assert counters.requests <= requests
    assert counters.totals == 0
    assert counters.refusals == {}
    assert counters.empty + counters.repeated <= in_vain * counters.commands
