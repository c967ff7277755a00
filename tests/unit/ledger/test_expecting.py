"""What is due is remembered once, refreshed while it waits, and dropped when it is no longer asked for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError

KEY = "romashka/sale/7/71"
THE_3RD, THE_4TH, THE_5TH = (date(2026, 10, day) for day in (3, 4, 5))
SALES = ["sale"]


@pytest.fixture
def standing(ledger, due):
    """Bring an entry of the 3rd into a status that no longer waits."""

    def stand(status, **changes):
        ledger.expect([due(KEY, dated_on=THE_3RD, total=Decimal("10.00"), **changes)])
        attempt = ledger.claim(KEY)
        if status is Status.POSTED:
            ledger.bind(attempt, "17")
        if status is Status.UNKNOWN:
            ledger.release(attempt, OutcomeUnknownError("no answer"))

    return stand


SENT = [Status.IN_FLIGHT, Status.UNKNOWN, Status.POSTED]


def steps(ledger, key=KEY):
    return [(was, became) for _, was, became, _ in ledger.history(key)]


def test_everything_said_of_a_due_is_remembered(ledger, due):
    said = due(
        KEY,
        shipment_id="71",
        payment_id="9",
        document_key="romashka/sale/7/70",
        counterparty_key="inn:7707083893:",
        number="A-7/2",
        dated_on=THE_3RD,
        total=Decimal("990.00"),
        vat=Decimal("178.52"),
    )

    ledger.expect([said])

    entry = ledger.entry(KEY)
    kept = {name: getattr(entry, name) for name in vars(said)}
    assert kept == vars(said)
    assert (entry.status, entry.sent_hash, entry.external_id) == (Status.PENDING, "", None)


def test_a_due_with_a_reason_is_held_with_its_words(ledger, due):
    ledger.expect([due(KEY, reason=HoldReason.INN_INVALID, detail="ИНН 770")])

    entry = ledger.entry(KEY)
    assert (entry.status, entry.reason, entry.detail) == (Status.HELD, HoldReason.INN_INVALID, "ИНН 770")
    assert [(*step, words) for _, *step, words in ledger.history(KEY)] == [(None, Status.HELD, "ИНН 770")]


@pytest.mark.parametrize("reason", [None, *HoldReason])
def test_expecting_the_same_again_changes_nothing(ledger, due, reason):
    said = due(KEY, reason=reason, detail="слова" if reason else "")
    ledger.expect([said])
    before, told = ledger.entry(KEY), ledger.history(KEY)

    ledger.expect([said, said])

    assert (ledger.entry(KEY), ledger.history(KEY)) == (before, told)


def test_what_waits_is_refreshed_with_what_the_shop_says_now(ledger, due):
    first = due(KEY, number="A-7", dated_on=THE_3RD, total=Decimal("10.00"))
    ledger.expect([first])

    ledger.expect([replace(first, dated_on=THE_4TH, total=Decimal("12.50"), due_hash="second")])

    entry = ledger.entry(KEY)
    assert (entry.dated_on, entry.total, entry.due_hash) == (THE_4TH, Decimal("12.50"), "second")
    assert (entry.number, entry.status) == ("A-7", Status.PENDING)


def test_held_waits_again_once_its_reason_is_gone(ledger, due):
    ledger.expect([due(KEY, reason=HoldReason.INN_INVALID, detail="ИНН 770")])

    ledger.expect([due(KEY)])

    entry = ledger.entry(KEY)
    assert (entry.status, entry.reason, entry.detail) == (Status.PENDING, None, "")
    assert steps(ledger) == [(None, Status.HELD), (Status.HELD, Status.PENDING)]


def test_what_waits_is_held_once_there_is_a_reason(ledger, due):
    ledger.expect([due(KEY)])

    ledger.expect([due(KEY, reason=HoldReason.PERIOD_CLOSED, detail="закрыт")])

    assert ledger.entry(KEY).reason is HoldReason.PERIOD_CLOSED
    assert ledger.claim(KEY) is None
    assert steps(ledger) == [(None, Status.PENDING), (Status.PENDING, Status.HELD)]


def test_another_reason_is_remembered_as_a_step(ledger, due):
    ledger.expect([due(KEY, reason=HoldReason.INN_INVALID)])

    ledger.expect([due(KEY, reason=HoldReason.TOTAL_MISMATCH)])

    assert ledger.entry(KEY).reason is HoldReason.TOTAL_MISMATCH
    assert steps(ledger)[1:] == [(Status.HELD, Status.HELD)]


@pytest.mark.parametrize("status", SENT)
def test_what_was_sent_keeps_saying_what_was_sent(ledger, due, standing, status):
    standing(status)
    before = ledger.entry(KEY)

    ledger.expect(
        [
            due(
                KEY,
                dated_on=THE_4TH,
                total=Decimal("12.50"),
                due_hash="second",
                reason=HoldReason.TOTAL_MISMATCH,
            )
        ]
    )

    assert ledger.entry(KEY) == replace(before, due_hash="second")


def test_a_change_is_seen_on_what_is_posted_and_goes_away_when_taken_back(ledger, due, standing):
    standing(Status.POSTED)
    assert not ledger.entry(KEY).changed

    ledger.expect([due(KEY, due_hash="second")])
    assert ledger.entry(KEY).changed

    ledger.expect([due(KEY, due_hash="first")])
    assert not ledger.entry(KEY).changed


@pytest.mark.parametrize("status", [Status.IN_FLIGHT, Status.UNKNOWN])
def test_a_change_while_nobody_knew_is_seen_once_it_is_known(ledger, due, standing, clock, status):
    standing(status)
    ledger.expect([due(KEY, due_hash="second")])
    assert not ledger.entry(KEY).changed

    clock.advance(3600)
    ledger.expire()
    ledger.confirm(KEY, "17", "seen")

    assert ledger.entry(KEY).changed


def test_what_is_sent_after_a_change_is_not_changed(ledger, due):
    ledger.expect([due(KEY)])
    ledger.expect([due(KEY, due_hash="second")])

    ledger.bind(ledger.claim(KEY), "17")

    assert not ledger.entry(KEY).changed


def test_words_and_numbers_as_long_as_the_shop_allows_stop_nobody(ledger, due):
    ledger.expect(
        [
            due("romashka/sale/8", number="9" * 102, reason=HoldReason.INN_INVALID, detail="\0ж" * 3000),
            due(KEY),
        ]
    )

    assert ledger.entry("romashka/sale/8").detail == "ж" * 1000
    assert ledger.status_of(KEY) is Status.PENDING


@pytest.mark.parametrize("reason", [None, HoldReason.INN_INVALID])
def test_what_waits_and_is_no_longer_due_is_dropped_with_a_trace(ledger, due, reason):
    ledger.expect([due(KEY, dated_on=THE_3RD, reason=reason)])

    assert ledger.withdraw("romashka", ["7"], SALES, THE_4TH, due=set()) == 1

    assert ledger.entry(KEY) is None
    was = Status.HELD if reason else Status.PENDING
    assert steps(ledger)[-1] == (was, None)


def test_what_was_dropped_can_be_due_again(ledger, due):
    ledger.expect([due(KEY, dated_on=THE_3RD)])
    ledger.withdraw("romashka", ["7"], SALES, THE_4TH, due=set())

    ledger.expect([due(KEY, dated_on=THE_3RD)])

    assert ledger.status_of(KEY) is Status.PENDING
    assert steps(ledger) == [(None, Status.PENDING), (Status.PENDING, None), (None, Status.PENDING)]


@pytest.mark.parametrize(
    "asked",
    [
        {"due": {KEY}},
        {"before": THE_3RD},
        {"order_ids": ["8"]},
        {"order_ids": []},
        {"kinds": ["bill", "act"]},
        {"company": "vasilek"},
    ],
    ids=["still due", "dated on the day", "another order", "no order", "other kinds", "another company"],
)
def test_what_was_not_asked_about_is_not_dropped(ledger, due, asked):
    ledger.expect([due(KEY, dated_on=THE_3RD)])
    arguments = {
        "company": "romashka",
        "order_ids": ["7"],
        "kinds": SALES,
        "before": THE_4TH,
        "due": set(),
    }

    assert ledger.withdraw(**(arguments | asked)) == 0

    assert ledger.status_of(KEY) is Status.PENDING


def test_what_has_no_date_is_not_dropped(ledger, due):
    ledger.expect([due(KEY, dated_on=None)])

    assert ledger.withdraw("romashka", ["7"], SALES, THE_5TH, due=set()) == 0


@pytest.mark.parametrize("status", SENT)
def test_what_was_sent_is_never_dropped_and_counts_as_changed(ledger, standing, clock, status):
    standing(status)

    assert ledger.withdraw("romashka", ["7"], SALES, THE_4TH, due=set()) == 0

    assert ledger.status_of(KEY) is status
    clock.advance(3600)
    ledger.expire()
    ledger.confirm(KEY, "17", "seen")
    assert ledger.entry(KEY).changed


def test_what_was_sent_and_is_due_again_is_no_longer_changed(ledger, due, standing):
    standing(Status.POSTED)
    ledger.withdraw("romashka", ["7"], SALES, THE_4TH, due=set())

    ledger.expect([due(KEY, dated_on=THE_3RD)])

    assert not ledger.entry(KEY).changed
