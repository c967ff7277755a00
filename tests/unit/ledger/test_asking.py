"""The ledger answers for just the entries that were asked about."""

from datetime import date

from bookkeeping.domain import HoldReason
from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.ledger import utc_now

DAY = date(2026, 10, 3)


def test_an_entry_nobody_expected_is_none(ledger):
    assert ledger.entry("romashka/sale/7") is None
    assert ledger.status_of("romashka/sale/7") is None
    assert ledger.history("romashka/sale/7") == []


def test_more_keys_than_a_database_takes_at_once_are_all_found(ledger, due):
    dues = [due(f"romashka/sale/{n}") for n in range(40)]
    ledger.expect(dues)
    asked = [*(f"romashka/bill/{n}" for n in range(1990)), *(each.key for each in dues)]

    assert sorted(ledger.with_keys(asked)) == sorted(each.key for each in dues)
    assert ledger.with_keys([]) == {}


def test_entries_of_orders_are_of_this_company_and_these_kinds(ledger, due):
    ledger.expect(
        map(
            due,
            [
                "romashka/sale/7",
                "romashka/act/7",
                "romashka/bill/7",
                "romashka/sale/8",
                "romashka/sale/77",
                "vasilek/sale/7",
            ],
        )
    )

    found = ledger.of_orders("romashka", {"7", "8"}, {"sale", "act"})

    assert sorted(e.key for e in found) == ["romashka/act/7", "romashka/sale/7", "romashka/sale/8"]


def test_entries_of_a_day_are_of_this_company_these_kinds_and_this_day(ledger, due):
    ledger.expect(
        [
            due("romashka/sale/7", dated_on=DAY),
            due("romashka/act/7", dated_on=DAY),
            due("romashka/sale/8", dated_on=date(2026, 10, 4)),
            due("romashka/sale/9"),
            due("vasilek/sale/7", dated_on=DAY),
        ]
    )

    assert [entry.key for entry in ledger.dated("romashka", ["sale"], DAY, DAY)] == ["romashka/sale/7"]


def test_entries_of_a_company_are_all_or_of_the_kinds_named(ledger, due):
    ledger.expect(map(due, ["romashka/sale/7", "romashka/counterparty/7", "vasilek/sale/7"]))

    assert [entry.key for entry in ledger.of_company("romashka")] == [
        "romashka/counterparty/7",
        "romashka/sale/7",
    ]
    assert [entry.key for entry in ledger.of_company("romashka", ["counterparty"])] == [
        "romashka/counterparty/7"
    ]


def test_without_a_clock_of_its_own_a_ledger_lives_in_the_present(engine, due):
    before = utc_now()

    SyncLedger(engine).expect([due()])

    ((at, *_),) = SyncLedger(engine).history(due().key)
    assert before <= at <= utc_now()


def test_orders_that_wait_for_a_person_or_were_left_lying_are_open(ledger, due, clock):
    held = {"dated_on": DAY, "reason": HoldReason.NUMBER_TAKEN, "detail": "занят"}
    ledger.expect([due("romashka/sale/6", dated_on=DAY)])
    clock.advance(3601)
    ledger.expect(
        [
            due("romashka/sale/7", **held),
            due("romashka/sale/8", dated_on=DAY),
            due("romashka/sale/9", dated_on=DAY),
            due("romashka/sale/10", **held | {"dated_on": date(2026, 10, 4)}),
            due("vasilek/sale/11", **held),
        ]
    )
    ledger.bind(ledger.claim("romashka/sale/9"), "sale-9")

    assert ledger.open_orders("romashka", date(2026, 10, 4)) == ["6", "7"]


def test_an_order_left_to_the_next_run_is_open_at_once(ledger):
    ledger.leave_to_next_run("romashka", ["8", "7"])
    ledger.leave_to_next_run("romashka", ["7"])
    ledger.leave_to_next_run("vasilek", ["9"])
    ledger.leave_to_next_run("romashka", [])

    assert ledger.open_orders("romashka", DAY) == ["7", "8"]


def test_an_order_that_a_run_has_in_hand_stays_with_it(ledger):
    ledger.begin_orders("romashka", ["7"])

    ledger.leave_to_next_run("romashka", ["7"])

    assert ledger.open_orders("romashka", DAY) == []
