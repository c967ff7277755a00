"""What individuals bought on a day is one document, and every order of it is in exactly one (DESIGN R7)."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from tests.acceptance.office import DAY, KonturOffice
from tests.acceptance.till import FACTORY, GUEST, goods, service

from bookkeeping.day import due_of
from bookkeeping.domain import DAY as DAY_KEY
from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, TransientError
from bookkeeping.ledger import open_engine
from bookkeeping.outcomes import Outcome
from bookkeeping.questions import questions
from bookkeeping.reconciliation import reconcile
from bookkeeping.storage import read_shop
from bookkeeping.summaries import DailySummaries
from bookkeeping.transforms.documents import due_day
from bookkeeping.transforms.individuals import Coverage
from sandbox.shop.model import PropertyValue

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


# What must not enter a summary, and what must leave it.


def reship(shop, order, on):
    for shipment in shop.sandbox.parts.shop.shipments.of(order.id):
        shipment.deducted = on is not None
        shipment.date_deducted = on


def test_what_is_held_by_now_stays_in_the_books_as_it_was_sent(open_shop, till, three_guests):
    shop = open_shop(on_change="update")
    shop.sync()
    before = shop.documents()
    wrong = three_guests[2]
    shop.sandbox.parts.shop.basket_items.of(wrong.id)[0].price = Decimal("5000.00")
    wrong.touch(till._moment("2026-10-03T20:00"))

    shop.sync()

    assert shop.documents() == before
    rows, _ = shop.reconcile()
    outcomes = {order.id: rows[str(order.id)].outcome for order in three_guests}
    assert list(outcomes.values()) == [Outcome.MATCHED, Outcome.MATCHED, Outcome.CHANGED_AFTER_POSTING]
    assert "строки с доставкой дают 5300.00" in rows[str(wrong.id)].explanation


def test_what_is_shipped_on_another_day_leaves_the_summary_before_it_is_sold_again(
    open_shop, till, three_guests
):
    shop = open_shop(on_change="update")
    shop.sync()
    moved, moment = three_guests[2], till._moment("2026-10-04T12:00")
    reship(shop, moved, moment)
    moved.touch(moment)

    shop.sync(NEXT_DAY)
    assert shop.documents()[SALE][2] == Decimal("371.70")
    shop.sync(NEXT_DAY)

    assert shop.documents()["[b2:sale:day:2026-10-04]"][1:3] == ("2026-10-04", Decimal("420.00"))
    assert sum(total for _, _, total, _ in shop.documents().values()) == sum(o.price for o in three_guests)


def test_where_nothing_is_updated_a_shipment_of_another_day_is_told_and_not_sold_twice(
    open_shop, till, three_guests
):
    shop = open_shop()
    shop.sync()
    before = shop.documents()
    moved, moment = three_guests[2], till._moment("2026-10-04T12:00")
    reship(shop, moved, moment)
    moved.touch(moment)

    shop.sync(NEXT_DAY)
    shop.sync(NEXT_DAY)

    assert shop.documents() == before
    rows, _ = shop.reconcile(NEXT_DAY)
    row = rows[str(moved.id)]
    assert (row.outcome, row.difference) == (Outcome.CHANGED_AFTER_POSTING, Decimal("-420.00"))


def test_who_turns_out_to_be_a_company_is_told(open_shop, sandbox, till, three_guests):
    shop = open_shop(documents=["sale", "act"])
    shop.sync()
    buyer = three_guests[2]
    table = sandbox.parts.shop.property_values
    table.add(PropertyValue(table.next_id, buyer.id, 9, "INN", "INN", "7736207543"))
    buyer.touch(till._moment("2026-10-03T20:00"))

    shop.sync()

    rows, _ = shop.reconcile()
    assert rows[str(buyer.id)].outcome is Outcome.CHANGED_AFTER_POSTING
    assert len(shop.documents()) == 2


def test_a_line_that_the_books_refuse_holds_its_own_order_and_not_everybody_s_day(
    open_shop, till, three_guests
):
    endless = till.sell(replace(goods("10.00"), name="Я" * 3000), buyer=somebody("vera"))
    shop = open_shop()

    shop.sync()

    assert shop.documents()[SALE][2] == Decimal("791.70")
    rows, _ = shop.reconcile()
    assert {row.outcome for id_, row in rows.items() if id_ != str(endless.id)} == {Outcome.MATCHED}
    assert rows[str(endless.id)].outcome is Outcome.HELD


def test_a_line_that_the_books_would_refuse_by_now_leaves_what_stands_as_it_was_sent(
    open_shop, till, three_guests
):
    shop = open_shop(on_change="update")
    shop.sync()
    before = shop.documents()
    endless = three_guests[2]
    shop.sandbox.parts.shop.basket_items.of(endless.id)[0].name = "Я" * 3000
    endless.touch(till._moment("2026-10-03T20:00"))

    shop.sync()

    assert shop.documents() == before
    assert shop.entry(own_sale(shop, endless)[4:-1].replace(":", "/")) is None


def test_a_refused_change_is_told_with_the_books_own_words_and_not_sent_by_other_days_runs(
    open_shop, sandbox, till, three_guests
):
    till.take(three_guests[0])
    shop = open_shop(on_change="update")
    shop.sync()
    changed = three_guests[2]
    changed.canceled = True
    changed.touch(till._moment("2026-10-03T20:00"))
    shop.sync()
    before = sandbox.writes("kontur")

    shop.sync(NEXT_DAY)
    shop.sync(date(2026, 10, 2))

    assert sandbox.writes("kontur") == before
    shop.sync()
    rows, _ = shop.reconcile()
    assert "изменить нельзя" in rows[str(changed.id)].explanation


def test_a_day_that_is_not_over_is_not_summed_up(open_shop, till):
    till.sell(goods("10.00"), buyer=GUEST, placed="2026-10-05T09:00", shipped="2026-10-05T10:00")
    shop = open_shop()

    shop.sync(date(2026, 10, 5))  # by our clock it is noon

    assert shop.documents() == {}
    assert shop.entry("sale/day/2026-10-05").reason is HoldReason.DAY_NOT_READ


def test_a_run_of_some_orders_sends_nobody_else_s_sales(open_shop, three_guests):
    shop = open_shop()
    end = shop._midnight_after(DAY)
    shop._extract(DAY, end)
    shop._transform(end)  # and the books were not reached

    due = list(due_of([read_shop(shop.staging)], shop.company, end, shop.ledger, is_whole=False))

    assert due == []
    assert shop.entry("sale/day/2026-10-03").status is Status.PENDING


def test_an_unanswered_summary_is_asked_about(open_shop, sandbox, three_guests):
    shop = open_shop(capabilities={"search_documents": False})
    sandbox.breaks("500_after", "*/documents/saleinvoices")
    with suppress(OutcomeUnknownError):
        shop.sync()
    shop.clock.advance(600)
    shop.ledger.expire()

    (question,) = questions(shop.ledger, shop.company.id, {DAY_KEY}, shop.open_books().capabilities)

    assert question.key == "romashka/sale/day/2026-10-03"


def test_a_summary_that_a_lost_ledger_finds_otherwise_may_say_anything_of_anybody(
    open_shop, sandbox, till, three_guests, clock, tmp_path
):
    open_shop().sync()
    three_guests[2].canceled = True
    three_guests[2].touch(till._moment("2026-10-03T20:00"))
    engine = open_engine(f"sqlite:///{tmp_path}/second.db")
    shop = Shop(sandbox, engine, clock, tmp_path, **DAILY)

    shop.sync()

    rows, _ = shop.reconcile()
    outcomes = [rows[str(order.id)].outcome for order in three_guests[:2]]
    assert outcomes == [Outcome.CHANGED_AFTER_POSTING] * 2
    engine.dispose()


# Two runs at once.


def test_a_summary_is_never_sent_without_what_another_run_has_put_into_it(open_shop, till, three_guests):
    shop = open_shop()
    end = shop._midnight_after(DAY)
    shop._extract(DAY, end)
    shop._transform(end)
    staged = {path.name: path.read_bytes() for path in shop.staging.glob("*.parquet")}
    late = till.sell(goods("77.00"), buyer=somebody("vera"))
    late.touch(till._moment("2026-10-03T21:00"))
    shop._extract(DAY, end)
    day = due_day(read_shop(shop.staging), shop.company, end)
    summaries = DailySummaries(shop.ledger, shop.company)
    summaries.take_up(day, [str(late.id)], Coverage(), DAY + timedelta(1))  # another run, slow to go on
    for name, content in staged.items():
        (shop.staging / name).write_bytes(content)

    with pytest.raises(TransientError):
        shop._post()
    assert SALE not in shop.documents()
    shop.sync_to_the_end()

    assert shop.documents()[SALE][2] == Decimal("868.70")


def test_what_comes_while_the_summary_is_sent_gets_a_document_of_its_own(open_shop, till, three_guests):
    shop = open_shop()
    end = shop._midnight_after(DAY)
    shop._extract(DAY, end)
    shop._transform(end)
    late = till.sell(goods("77.00"), buyer=somebody("vera"))
    till.take(late)
    summaries = DailySummaries(shop.ledger, shop.company)
    coverage = summaries.coverage([str(late.id)])
    shop._post()
    shop._extract(DAY, end)
    day = due_day(read_shop(shop.staging), shop.company, end, coverage=coverage)
    summaries.take_up(day, [str(late.id)], coverage, DAY + timedelta(1))

    shop.sync()

    assert shop.documents()[SALE][2] == Decimal("791.70")
    assert shop.documents()[own_sale(shop, late)][2] == Decimal("77.00")
    rows, _ = shop.reconcile()
    assert {row.outcome for row in rows.values()} == {Outcome.MATCHED}
