"""What individuals bought on a day is one document, and every order of it is in exactly one (DESIGN R7)."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from tests.acceptance.office import DAY, KonturOffice
from tests.acceptance.till import FACTORY, GUEST, goods, service

from bookkeeping.domain import HoldReason, Status
from bookkeeping.outcomes import Outcome
from bookkeeping.reconciliation import reconcile
from bookkeeping.storage import read_shop

NEXT_DAY = date(2026, 10, 4)
LATE = "2026-10-04T09:00"
DAILY = {"individuals": "daily_summary"}


class Shop(KonturOffice):
    """A seller who sums individuals up, and asks how a day ended."""

    def reconcile(self, day=DAY):
        end = self._midnight_after(day)
        made = reconcile(read_shop(self.staging), self.company, day, end, self.ledger, self.open_books())
        return {row.order_id: row for row in made.orders}, made.foreign

    def documents(self):
        """Return what stands in the books, by mark: number, day, sum and lines."""
        return {
            row["comment"].split()[-1]: (row["number"], row["date"], row["totalAmount"], len(row["items"]))
            for row in self.rows("documents")
            if row["status"] != "cancelled"
        }

    def becomes(self, **settings):
        """Return the same seller under other settings."""
        return Shop(
            self.sandbox, self.ledger.engine, self.clock, self.staging, **{**self.ordinary(), **settings}
        )


@pytest.fixture
def open_shop(sandbox, engine, clock, tmp_path):
    return lambda **settings: Shop(sandbox, engine, clock, tmp_path, **{**DAILY, **settings})


def own_sale(shop, order):
    """Return the mark of an order's own sale."""
    (shipment,) = shop.sandbox.parts.shop.shipments.of(order.id)
    return f"[b2:sale:{order.id}:{shipment.id}]"


def somebody(name):
    return {"FIO": name, "EMAIL": f"{name}@example.ru"}


@pytest.fixture
def three_guests(till):
    return [
        till.sell(goods("100.00", "2"), service("50.00"), buyer=somebody("anna")),
        till.sell(goods("100.00"), goods("23.90", "3", vat="0.10"), buyer=somebody("boris")),
        till.sell(goods("120.00"), buyer=GUEST, delivery="300.00"),
    ]


SALE, ACT = "[b2:sale:day:2026-10-03]", "[b2:act:day:2026-10-03]"


def test_a_day_of_individuals_is_one_sale_and_one_act_and_no_bill(open_shop, till, three_guests):
    firm = till.sell(goods("10.00"), buyer=FACTORY)
    shop = open_shop()

    shop.sync()

    assert shop.documents() == {
        SALE: ("Р-2026-10-03", "2026-10-03", Decimal("791.70"), 4),
        ACT: ("Р-2026-10-03", "2026-10-03", Decimal("50.00"), 1),
        f"[b2:bill:{firm.id}]": (str(firm.id), "2026-10-03", Decimal("10.00"), 1),
        own_sale(shop, firm): (str(firm.id), "2026-10-03", Decimal("10.00"), 1),
    }
    (buyer,) = {row["counterpartyId"] for row in shop.rows("documents") if ":day:" in row["comment"]}
    assert [row["name"] for row in shop.rows("counterparties") if row["id"] == buyer] == [
        "Розничный покупатель"
    ]


def test_equal_things_at_equal_prices_are_one_line(open_shop, three_guests):
    shop = open_shop()

    shop.sync()

    (items,) = [row["items"] for row in shop.rows("documents") if SALE in row["comment"]]
    lines = sorted((i["name"], str(i["quantity"]), str(i["price"]), i["vatRate"]) for i in items)
    assert [line for line in lines if line[0] == "Чайник"] == [
        ("Чайник", "1", "120.00", "vat22"),
        ("Чайник", "3", "100.00", "vat22"),
        ("Чайник", "3", "23.90", "vat10"),
    ]


def test_every_order_is_explained_by_its_own_part(open_shop, three_guests):
    shop = open_shop()
    shop.sync()

    rows, foreign = shop.reconcile()

    assert {row.outcome for row in rows.values()} == {Outcome.MATCHED}
    assert {row.documents_total for row in rows.values()} == {o.price for o in three_guests}
    assert not foreign


def test_a_second_run_writes_nothing(open_shop, sandbox, three_guests):
    shop = open_shop()
    shop.sync()
    before = sandbox.writes("kontur")

    shop.sync()
    shop.sync(NEXT_DAY)

    assert sandbox.writes("kontur") == before


def test_payments_of_covered_orders_are_recorded_on_the_summary(open_shop, sandbox, till, three_guests):
    paid = [till.take(order) for order in three_guests]
    shop = open_shop()

    shop.sync()
    shop.sync()

    records = {row["comment"].split()[-1]: row["amount"] for row in shop.rows("payments")}
    assert sum(records.values()) == sum(order.price for order in three_guests)
    assert f"[b2:payment:{paid[2].id}:sale:day:2026-10-03]" in records
    rows, _ = shop.reconcile()
    assert {row.outcome for row in rows.values()} == {Outcome.MATCHED}


@pytest.mark.parametrize("days", list(permutations([2, 3, 4])))
def test_the_order_of_days_makes_no_difference(open_shop, till, days):
    for day in (2, 3, 4):
        for name in ("anna", "boris"):
            order = till.sell(goods("100.00"), buyer=somebody(name), shipped=None, placed="2026-10-02T09:00")
            till.send(order, f"2026-10-0{day}T12:00")
            order.touch(till._moment("2026-10-04T20:00"))  # so that the last day's run sees all of them
    shop = open_shop()

    for day in days:
        shop.sync_to_the_end(date(2026, 10, day))

    assert shop.documents() == {
        f"[b2:sale:day:2026-10-0{day}]": (f"Р-2026-10-0{day}", f"2026-10-0{day}", Decimal("200.00"), 1)
        for day in (2, 3, 4)
    }


def test_a_day_that_no_run_has_read_is_held_until_one_does(open_shop, till):
    order = till.sell(goods("100.00"), buyer=GUEST)
    order.touch(till._moment(LATE))
    shop = open_shop()

    shop.sync(NEXT_DAY)

    entry = shop.entry("sale/day/2026-10-03")
    assert (entry.status, entry.reason) == (Status.HELD, HoldReason.DAY_NOT_READ)
    rows, _ = shop.reconcile(NEXT_DAY)
    assert rows[str(order.id)].outcome is Outcome.HELD

    shop.sync()

    assert list(shop.documents()) == [SALE]


def test_who_comes_too_late_gets_a_document_of_his_own(open_shop, till, three_guests):
    shop = open_shop()
    shop.sync()
    before = shop.documents()

    late = till.sell(goods("77.00"), buyer=somebody("late"))
    late.touch(till._moment(LATE))
    shop.sync(NEXT_DAY)

    own = {own_sale(shop, late): (str(late.id), "2026-10-03", Decimal("77.00"), 1)}
    assert shop.documents() == before | own
    shop.sync()
    assert shop.documents() == before | own


def test_a_held_order_stays_out_of_the_summary_and_is_posted_alone_once_it_is_right(
    open_shop, till, three_guests
):
    wrong = till.sell(goods("77.00"), buyer=somebody("wrong"))
    wrong.price += 1
    shop = open_shop()
    shop.sync()
    before = shop.documents()
    rows, _ = shop.reconcile()
    assert (rows[str(wrong.id)].outcome, len(before)) == (Outcome.HELD, 2)

    wrong.price -= 1
    wrong.touch(till._moment(LATE))
    shop.sync(NEXT_DAY)

    assert shop.documents().keys() - before.keys() == {own_sale(shop, wrong)}


def test_an_order_that_changed_is_shown_and_the_others_of_its_day_are_not(open_shop, till, three_guests):
    shop = open_shop()
    shop.sync()
    changed = three_guests[2]
    changed.canceled = True
    changed.touch(till._moment("2026-10-03T20:00"))

    shop.sync()

    rows, _ = shop.reconcile()
    outcomes = {order.id: rows[str(order.id)].outcome for order in three_guests}
    assert list(outcomes.values()) == [Outcome.MATCHED, Outcome.MATCHED, Outcome.CANCELLED_AFTER_POSTING]
    assert rows[str(changed.id)].difference == Decimal("420.00")


def test_with_update_the_summary_follows_its_orders(open_shop, till, three_guests):
    shop = open_shop(on_change="update")
    shop.sync()
    three_guests[2].canceled = True
    three_guests[2].touch(till._moment("2026-10-03T20:00"))

    shop.sync()

    assert shop.documents()[SALE][2] == Decimal("371.70")
    rows, _ = shop.reconcile()
    outcomes = [rows[str(order.id)].outcome for order in three_guests]
    assert outcomes == [Outcome.MATCHED, Outcome.MATCHED, Outcome.NOT_DUE]


def test_what_an_accountant_changes_in_a_summary_is_found_once(open_shop, three_guests):
    shop = open_shop()
    shop.sync()
    (sale,) = [
        row for row in shop.sandbox.parts.shelf.state()["kontur"]["documents"] if SALE in row["comment"]
    ]
    body = {**sale, "items": sale["items"][:1]}
    body["totalAmount"] = body["items"][0]["amount"]
    assert shop.ask("PUT", f"/documents/saleinvoices/{sale['id']}", body).ok

    rows, _ = shop.reconcile()

    differing = [row for row in rows.values() if row.outcome is Outcome.DOCUMENT_DIFFERS]
    assert [row.difference for row in differing] == [body["totalAmount"] - Decimal("791.70")]


def test_a_change_of_policy_doubles_nothing(open_shop, till):
    placed = [till.sell(goods("100.00"), buyer=somebody(name)) for name in ("anna", "boris")]
    apart = open_shop(individuals="per_order")
    apart.sync()
    before = apart.documents()
    assert len(before) == 4

    summed = apart.becomes(**DAILY)
    late = till.sell(goods("10.00"), buyer=somebody("vera"))
    summed.sync()

    after = summed.documents()
    assert after == before | {SALE: ("Р-2026-10-03", "2026-10-03", Decimal("10.00"), 1)}
    apart.sync()
    again = apart.documents()
    assert again == after | {f"[b2:bill:{late.id}]": (str(late.id), "2026-10-03", Decimal("10.00"), 1)}
    rows, _ = apart.reconcile()
    assert {rows[str(order.id)].outcome for order in placed} == {Outcome.MATCHED}


def test_a_policy_of_some_day_on_is_of_the_documents_days(open_shop, till):
    early = till.sell(goods("100.00"), buyer=somebody("anna"))
    late = till.sell(goods("10.00"), buyer=somebody("boris"), placed=LATE, shipped="2026-10-04T12:00")
    periods = [{"from": "2025-01-01", "mode": "per_order"}, {"from": "2026-10-04", "mode": "daily_summary"}]
    shop = open_shop(individuals=periods, documents=["sale"])

    shop.sync(NEXT_DAY)
    shop.sync()
    shop.sync(NEXT_DAY)

    assert set(shop.documents()) == {own_sale(shop, early), "[b2:sale:day:2026-10-04]"}
    assert late.id != early.id
