"""An order that is updated, and one that comes while others are read."""

from dataclasses import replace
from datetime import UTC, datetime


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


def test_a_row_that_is_updated_between_pages_moves_the_others_to_earlier_pages(open_portal):
    portal = open_portal()
    wanted = {"filter": {"<dateUpdate": "2027-01-01T00:00:00+03:00"}, "order": {"dateUpdate": "desc"}}
    portal.now = datetime(2027, 6, 1, tzinfo=UTC).timestamp()
    before = portal.orders(start=50, **wanted)
    first, *_ = portal.orders(start=0, **wanted)
    portal.result("sale.order.update", id=first, fields={})

    assert portal.orders(start=50, **wanted)[:49] == before[1:]


def test_rows_that_appear_between_pages_are_seen(open_portal):
    portal = open_portal()
    last = portal.orders(filter={">id": portal.ids[-2]})[-1]
    shop = portal.shop
    shop.orders.add(replace(shop.orders[last], id=last + 1))

    assert portal.orders(filter={">id": last}) == [last + 1]
