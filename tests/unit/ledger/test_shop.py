"""What is remembered of the shop tells a change by somebody else from nothing new and from our own write."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.shop import Fingerprint, OwnWrite, ShopMemory

COMPANY, OTHER = "romashka", "vasilek"
THE_3RD, THE_4TH, THE_5TH = (date(2026, 10, day) for day in (3, 4, 5))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PLACED = datetime(2026, 10, 3, 9, 30, tzinfo=UTC)
LATER = PLACED + timedelta(hours=5)

LAMP = Fingerprint(
    order_id="7",
    version=3,
    placed_at=PLACED,
    changed_at=PLACED + timedelta(minutes=20),
    price=Decimal("990.00"),
    paid=False,
    cancelled=False,
    status="N",
)


@pytest.fixture
def memory(ledger):
    return ShopMemory(ledger)


def only(memory, company=COMPANY):
    """Return the one order that is known."""
    (known,) = memory.known(company, LONG_AGO).values()
    return known


def test_an_order_is_remembered_as_it_was_taken_up(memory):
    memory.take_up(COMPANY, [LAMP])

    assert memory.known(COMPANY, LONG_AGO) == {"7": LAMP}


def test_of_an_order_taken_up_again_the_last_look_counts(memory):
    changed = replace(LAMP, version=4, changed_at=LATER, price=Decimal("1080.50"), paid=True, status="P")

    memory.take_up(COMPANY, [LAMP])
    memory.take_up(COMPANY, [changed])

    assert only(memory) == changed


def test_an_old_file_that_is_taken_up_late_is_what_the_ledger_was_told_last(memory):
    memory.take_up(COMPANY, [replace(LAMP, version=5)])
    memory.take_up(COMPANY, [LAMP])

    assert only(memory) == LAMP


def test_companies_do_not_know_each_others_orders(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.take_up(OTHER, [replace(LAMP, version=9)])

    assert only(memory) == LAMP


def test_only_orders_placed_since_the_moment_are_returned(memory):
    older = replace(LAMP, order_id="6", placed_at=PLACED - timedelta(seconds=1))

    memory.take_up(COMPANY, [LAMP, older])

    assert list(memory.known(COMPANY, PLACED)) == ["7"]


def test_nothing_taken_up_is_nothing_remembered(memory):
    memory.take_up(COMPANY, [])

    assert memory.known(COMPANY, LONG_AGO) == {}


def test_thousands_of_orders_are_taken_up_at_once(memory):
    ids = [str(number) for number in range(2500)]

    memory.take_up(COMPANY, (replace(LAMP, order_id=id_) for id_ in ids))
    for id_ in ids[::500]:
        memory.wrote(COMPANY, id_, OwnWrite(3, 4, LATER), LATER)

    assert set(memory.known(COMPANY, LONG_AGO)) == set(ids)
    assert memory.own_versions(COMPANY, ids) == dict.fromkeys(ids[::500], 4)


def test_our_own_write_is_the_newest_that_we_know(memory):
    memory.take_up(COMPANY, [LAMP])

    assert memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    assert only(memory) == replace(LAMP, version=4, changed_at=LATER)
    assert memory.own_versions(COMPANY, ["7", "8"]) == {"7": 4}
    assert memory.own_versions(OTHER, ["7"]) == {}
    assert memory.own_versions(COMPANY, ["8"]) == {}


def test_a_write_after_somebody_elses_change_does_not_hide_that_change(memory):
    memory.take_up(COMPANY, [LAMP])

    assert not memory.wrote(COMPANY, "7", OwnWrite(4, 5, LATER), LATER)

    assert only(memory) == LAMP
    assert memory.own_versions(COMPANY, ["7"]) == {}


def test_a_change_after_the_day_that_was_run_is_left_to_the_next_day_s_run(memory):
    """It may have brought a refund without a date: seen already, and not due before its own day."""
    memory.take_up(COMPANY, [LAMP])

    assert not memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), day_ended=LAMP.changed_at)
    assert memory.own_versions(COMPANY, ["7"]) == {}


def test_a_second_line_of_ours_is_ours_too(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    assert memory.wrote(COMPANY, "7", OwnWrite(4, 5, LATER), day_ended=LAMP.changed_at)
    assert memory.own_versions(COMPANY, ["7"]) == {"7": 5}


def test_an_order_that_was_never_taken_up_has_no_own_version(memory):
    assert not memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)


def test_our_own_version_taken_up_stays_ours(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    memory.take_up(COMPANY, [replace(LAMP, version=4, changed_at=LATER)])

    assert memory.own_versions(COMPANY, ["7"]) == {"7": 4}


def test_the_version_before_our_write_is_no_news_when_a_task_is_cleared(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    memory.take_up(COMPANY, [LAMP])

    assert only(memory).version == 4
    assert memory.own_versions(COMPANY, ["7"]) == {"7": 4}


def test_a_newer_version_is_not_ours(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    memory.take_up(COMPANY, [replace(LAMP, version=5)])

    assert only(memory).version == 5
    assert memory.own_versions(COMPANY, ["7"]) == {}


def test_after_an_even_older_look_our_write_is_not_the_newest_any_more(memory):
    memory.take_up(COMPANY, [LAMP])
    memory.wrote(COMPANY, "7", OwnWrite(3, 4, LATER), LATER)

    memory.take_up(COMPANY, [replace(LAMP, version=2)])

    assert only(memory).version == 2
    assert memory.own_versions(COMPANY, ["7"]) == {}


def test_days_are_remembered_as_they_were_read_last(memory):
    memory.remember_day(COMPANY, THE_3RD, 40)
    memory.remember_day(COMPANY, THE_4TH, 0)
    memory.remember_day(COMPANY, THE_4TH, 38)
    memory.remember_day(COMPANY, THE_5TH, 41)
    memory.remember_day(OTHER, THE_3RD, 7)

    assert memory.days(COMPANY, THE_3RD, THE_5TH) == {THE_3RD: 40, THE_4TH: 38}


def test_a_warning_is_given_once_a_day_and_kind_in_its_last_words(memory):
    memory.warn(COMPANY, THE_3RD, "few_orders", "заказов 0")
    memory.warn(COMPANY, THE_3RD, "few_orders", "заказов 2")
    memory.warn(COMPANY, THE_3RD, "missed_orders", "пропущен 1 заказ")
    memory.warn(COMPANY, THE_4TH, "few_orders", "заказов 1")
    memory.warn(OTHER, THE_3RD, "few_orders", "заказов 3")

    assert memory.warnings(COMPANY, THE_3RD) == [
        ("few_orders", "заказов 2"),
        ("missed_orders", "пропущен 1 заказ"),
    ]


def test_a_settled_warning_is_gone_and_no_other(memory):
    memory.warn(COMPANY, THE_3RD, "few_orders", "заказов 0")
    memory.warn(COMPANY, THE_3RD, "missed_orders", "пропущен 1 заказ")
    memory.warn(COMPANY, THE_4TH, "few_orders", "заказов 1")

    memory.settle_warning(COMPANY, THE_3RD, "few_orders")
    memory.settle_warning(OTHER, THE_4TH, "few_orders")

    assert memory.warnings(COMPANY, THE_3RD) == [("missed_orders", "пропущен 1 заказ")]
    assert memory.warnings(COMPANY, THE_4TH) == [("few_orders", "заказов 1")]


def test_facts_of_a_portal_are_kept_until_they_are_too_old(memory, clock):
    facts = {"dates": "iso", "arrays": True, "skew": -1.5, "methods": ["sale.order.list"], "имя": None}

    memory.keep_facts("https://shop.example.ru", facts)

    assert memory.facts("https://shop.example.ru", clock()) == facts
    assert memory.facts("https://shop.example.ru", clock() + timedelta(seconds=1)) is None
    assert memory.facts("https://other.example.ru", LONG_AGO) is None


def test_newer_facts_replace_the_old_ones(memory, clock):
    memory.keep_facts("shop", {"arrays": True})
    clock.advance(60)
    memory.keep_facts("shop", {"arrays": False})

    assert memory.facts("shop", clock()) == {"arrays": False}


def test_another_worker_remembers_the_same(memory, engine):
    memory.take_up(COMPANY, [LAMP])

    assert ShopMemory(SyncLedger(engine)).known(COMPANY, LONG_AGO) == {"7": LAMP}
