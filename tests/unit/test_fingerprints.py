"""An order looks the same in a staged file as on the wire."""

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.unit.builders import order, shop

from bookkeeping.fingerprints import fingerprint, staged_fingerprints
from bookkeeping.ledger import Fingerprint
from bookkeeping.wire import UnreadableError

WIRE = {
    "id": 1001,
    "version": "4",
    "dateInsert": "2026-10-01T10:00:00+03:00",
    "dateUpdate": "2026-10-03T20:30:00+03:00",
    "price": Decimal("990.5"),
    "payed": "Y",
    "canceled": "N",
    "statusId": "F",
    "lid": "s1",
}
SAME = Fingerprint(
    order_id="1001",
    version=4,
    placed_at=datetime(2026, 10, 1, 7, tzinfo=UTC),
    changed_at=datetime(2026, 10, 3, 17, 30, tzinfo=UTC),
    price=Decimal("990.50"),
    paid=True,
    cancelled=False,
    status="F",
)


def test_a_staged_order_and_one_on_the_wire_look_the_same():
    staged = shop(order(version=4, paid=True, price="990.50"))

    assert staged_fingerprints(staged.orders) == [SAME] == [fingerprint(WIRE)]


def test_both_are_made_of_plain_values():
    [staged] = staged_fingerprints(shop(order()).orders)

    kinds = {field.name: type(getattr(SAME, field.name)) for field in fields(SAME)}
    assert {field.name: type(getattr(staged, field.name)) for field in fields(staged)} == kinds


def test_no_orders_are_no_fingerprints():
    assert staged_fingerprints(shop().orders) == []


@pytest.mark.parametrize("price", ["990.5000", "990.50", 990.5, "990.499999999"])
def test_roubles_are_compared_to_the_kopeck(price):
    assert fingerprint(WIRE | {"price": price}) == SAME


@pytest.mark.parametrize(("version", "read"), [(None, 0), ("", 0), (7, 7)])
def test_a_portal_without_versions_has_version_zero(version, read):
    assert fingerprint(WIRE | {"version": version}).version == read


@pytest.mark.parametrize("field", ["dateInsert", "dateUpdate"])
def test_an_order_without_its_moments_cannot_be_compared(field):
    with pytest.raises(UnreadableError, match="order 1001"):
        fingerprint(WIRE | {field: None})
