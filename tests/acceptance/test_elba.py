"""What the contract of Elba's first API asks of emulator and client together, by the numbers of its list.

Notices to the accountant come with a later issue (mail): bills, acts and counterparties are tested here.
"""

import copy
import logging
import traceback
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.acceptance.office import DAY, seen, text_of
from tests.acceptance.till import FACTORY, GUEST, Till, goods, service

from bookkeeping.domain import HoldReason, Status
from bookkeeping.errors import OutcomeUnknownError, SyncError, TransientError

LOST = (OutcomeUnknownError, TransientError)
"""Either says "try again": a document whose buyer went unanswered has itself not been sent."""


@pytest.fixture
def office(sandbox, new_elba):
    return new_elba(sandbox)


@pytest.fixture
def everything(till):
    """Goods that were paid and given back, and a service, to one buyer: two bills and an act."""
    till.give_back(till.take(till.sell(goods("1000.00"))))
    till.take(till.sell(service("500.00")))
    return ["[b2:act:1002:302]", "[b2:bill:1001]", "[b2:bill:1002]"]


POSTS = {"/api/v1/counterparties": 1, "/api/v1/invoices": 2, "/api/v1/acts": 1}
"""Every POST of the flow, and how many objects of that kind there must be in the end."""


@pytest.fixture
def hundred_orders(till):
    for _ in range(100):
        till.sell(goods("100.00"))


def test_01_a_run_of_a_hundred_requests_asks_for_one_token(office, sandbox, hundred_orders):
    office.sync()

    assert len(office.rows("invoices")) == 100
    assert sandbox.asked("elba_oauth") > 100
    assert sandbox.asked("tokens") == 1


def test_01_a_token_that_is_about_to_expire_is_used_once_and_never_too_late(office, sandbox, everything):
    sandbox.behaves(**{"elba_oauth.expires_in": 30})

    office.sync()

    assert office.marks() == everything
    assert sandbox.asked("tokens") == sandbox.asked("elba_oauth")
    assert sandbox.answered("401") == 0


def test_01_a_token_that_expires_under_way_is_renewed_once_and_the_call_repeated_once(office, sandbox, till):
    till.sell(goods("1000.00"))
    expired = sandbox.breaks("expire_token", "/api/v1/invoices")

    office.sync()

    assert office.marks() == ["[b2:bill:1001]"]
    assert (sandbox.asked("tokens"), seen(expired), sandbox.answered("401")) == (2, 2, 1)


def test_02_two_guest_orders_with_one_email_make_one_counterparty(office, till):
    till.sell(goods("100.00"), buyer=GUEST)
    till.sell(goods("200.00"), buyer={"FIO": "Иван", "EMAIL": GUEST["EMAIL"].upper()})

    office.sync()

    (buyer,) = office.rows("counterparties")
    assert (buyer["type"], buyer["email"]) == ("individual", GUEST["EMAIL"])
    assert [row["counterpartyId"] for row in office.rows("invoices")] == [buyer["id"]] * 2


def test_02_a_guest_of_an_earlier_day_is_known_again(office, till):
    till.sell(goods("100.00"), buyer=GUEST)
    till.sell(goods("200.00"), buyer=GUEST, placed="2026-10-04T09:00", shipped=None)

    office.sync_days(DAY, 2)

    assert len(office.rows("invoices")) == 2
    assert len(office.rows("counterparties")) == 1


def test_02_the_same_inn_with_another_kpp_is_another_counterparty(office, till):
    till.sell(goods("100.00"))
    till.sell(
        goods("200.00"),
        buyer={**FACTORY, "KPP": "773643001"},
        placed="2026-10-04T09:00",
        shipped="2026-10-04T12:00",
    )

    office.sync_days(DAY, 2)

    kpps = {row["id"]: row["kpp"] for row in office.rows("counterparties")}
    assert sorted(kpps.values()) == ["773601001", "773643001"]
    assert {row["number"]: kpps[row["counterpartyId"]] for row in office.rows("invoices")} == {
        "1001": "773601001",
        "1002": "773643001",
    }


@pytest.fixture
def two_busy_days(open_sandbox, new_elba):
    return new_elba(open_sandbox(first_day=DAY, days=2, orders_per_day=25))


def test_03_a_rerun_of_the_same_days_writes_nothing(two_busy_days):
    office, shelf = two_busy_days, two_busy_days.sandbox.parts.shelf
    office.sync_days(DAY, 3)
    before, writes = copy.deepcopy(shelf.state()), office.sandbox.writes("elba_oauth")
    assert all(before["elba_oauth"][name] for name in ("counterparties", "invoices", "acts"))

    office.sync_days(DAY, 3)

    assert shelf.state() == before
    assert office.sandbox.writes("elba_oauth") == writes


@pytest.mark.parametrize(("path", "objects"), POSTS.items())
def test_04_a_lost_answer_to_any_post_leaves_exactly_one_object(office, sandbox, everything, path, objects):
    lost = sandbox.breaks("timeout_after", path)

    with pytest.raises(LOST):
        office.sync()
    office.sync_to_the_end()

    assert office.marks() == everything
    assert len(office.rows("counterparties")) == 1
    assert seen(lost) == objects


SEED_ONLY = dict.fromkeys(("search_documents", "read_status", "update_invoice", "links"), False)


@pytest.fixture
def seed_only(sandbox, new_elba):
    sandbox.behaves(**{"elba_oauth.seed_only": "on"})
    return new_elba(sandbox, capabilities=SEED_ONLY)


def test_04_a_lost_guest_that_cannot_be_looked_up_waits_for_a_person(seed_only, sandbox, till):
    till.sell(goods("100.00"), buyer=GUEST)
    lost = sandbox.breaks("timeout_after", "/api/v1/counterparties")

    for _ in range(3):
        seed_only.sync_to_the_end()
        seed_only.clock.advance(24 * 3600)

    bill = seed_only.entry("bill/1001")
    assert (bill.status, bill.reason) == (Status.HELD, HoldReason.OUTCOME_UNKNOWN)
    assert (len(seed_only.rows("counterparties")), seen(lost)) == (1, 1)
    assert seed_only.marks() == []


def test_04_a_lost_guest_is_found_by_email_where_the_books_search_by_it(new_elba, sandbox, till):
    office = new_elba(sandbox, capabilities={"search_by_email": True})
    till.sell(goods("100.00"), buyer=GUEST)
    lost = sandbox.breaks("timeout_after", "/api/v1/counterparties")

    office.sync_to_the_end()

    assert office.marks() == ["[b2:bill:1001]"]
    assert (len(office.rows("counterparties")), seen(lost)) == (1, 1)


@pytest.mark.parametrize(("path", "objects"), [("/api/v1/invoices", 2), ("/api/v1/acts", 1)])
def test_04_a_lost_document_that_cannot_be_looked_up_waits_for_a_person(
    seed_only, sandbox, everything, path, objects
):
    lost = sandbox.breaks("timeout_after", path)

    for _ in range(3):
        seed_only.sync()
        seed_only.clock.advance(24 * 3600)

    assert seed_only.marks() == everything
    assert seen(lost) == objects
    assert len(seed_only.ledger.in_status(Status.UNKNOWN)) == 1


def test_05_a_bill_is_the_orders_price_with_delivery_to_the_kopeck(two_busy_days):
    office, shop = two_busy_days, two_busy_days.sandbox.parts.shop
    office.sync_days(DAY, 2)

    sums = {row["number"]: sum(item["sum"] for item in row["items"]) for row in office.rows("invoices")}

    sound = [
        order
        for order in shop.orders.values()
        if order.price and not (order.canceled or order.id in shop.oddities)
    ]
    delivered = [order for order in sound if any(s.price_delivery for s in shop.shipments.of(order.id))]
    assert delivered
    assert sums == {order.account_number: order.price for order in sound}


@pytest.fixture
def exempt(new_elba, sandbox, till):
    till.sell(goods("122.00", vat="0.22"))
    return new_elba(sandbox, vat=[{"from": "2019-01-01", "mode": "none"}])


def test_06_an_exempt_seller_bills_without_vat_whatever_the_shop_says(exempt):
    exempt.sync()

    (bill,) = exempt.rows("invoices")
    assert [item["ndsRate"] for item in bill["items"]] == ["NoNds"]
    assert (bill["total"], bill["ndsTotal"]) == (Decimal("122.00"), Decimal("0.00"))


def test_06_an_exempt_seller_is_warned_of_a_shop_that_charges_vat(exempt, caplog):
    exempt.sync()

    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("1001" in warning for warning in warnings)


@pytest.fixture
def new_year(till):
    """An order with the old rate, placed in the first minutes of 2026."""
    till.sell(goods("122.00", vat="0.2"), placed="2026-01-01T00:05", shipped=None)
    return date(2026, 1, 1)


@pytest.mark.parametrize(("on_stale_vat", "billed_at"), [("hold", []), ("recompute", ["Nds22"])])
def test_07_20_percent_is_never_sent_in_2026(new_elba, sandbox, new_year, on_stale_vat, billed_at):
    office = new_elba(sandbox, on_stale_vat=on_stale_vat)

    office.sync_days(new_year - timedelta(1), 2)

    assert [item["ndsRate"] for row in office.rows("invoices") for item in row["items"]] == billed_at
    assert sandbox.answered("400") == 0


def test_07_a_rate_that_the_books_do_not_know_is_held_in_clear_words(new_elba, sandbox, till):
    sandbox.behaves(**{"elba_oauth.vat": "seed"})
    office = new_elba(sandbox, capabilities={"extended_vat": False})
    till.sell(goods("122.00", vat="0.22"))
    till.sell(goods("110.00", vat="0.1"))

    office.sync()

    held = office.entry("bill/1001")
    assert (held.status, held.reason) == (Status.HELD, HoldReason.VAT_RATE_NOT_SUPPORTED)
    assert "НДС 22 %" in held.detail
    assert office.marks() == ["[b2:bill:1002]"]
    assert sandbox.answered("400") == 0


def limit(sandbox, form):
    """Refuse two reads and two writes with 429, and say how long to wait in this form."""
    sandbox.behaves(**{"elba_oauth.retry_after": form})
    for path, method in (("*/acts", "GET"), ("*/invoices", "POST")):
        sandbox.breaks("429", path, method, times=2, seconds=7)


@pytest.mark.parametrize("form", ["seconds", "http_date"])
def test_08_a_429_is_waited_out_as_long_as_it_asks(office, sandbox, everything, form):
    limit(sandbox, form)

    office.sync()

    assert office.marks() == everything
    assert len([nap for nap in office.naps if nap >= 7]) == 4
    assert sandbox.answered("429") == 4


def test_08_a_429_that_names_no_wait_loses_nothing(office, sandbox, everything):
    limit(sandbox, "absent")

    office.sync_to_the_end()

    assert office.marks() == everything
    assert sandbox.answered("429") == 4


@pytest.fixture
def short_of_quota(open_sandbox, new_elba):
    """Books that take eight requests a day, and ten bills to be made."""
    sandbox = open_sandbox(limits=True, profiles={"elba_oauth.quota_day": 8})
    till = Till(sandbox.parts.shop)
    for _ in range(10):
        till.sell(goods("100.00"))
    return new_elba(sandbox)


@pytest.mark.parametrize("form", ["seconds", "http_date"])
def test_08_a_daily_quota_is_not_slept_out_but_left_to_the_next_day(short_of_quota, form):
    # That Airflow then gives the slot back is another test's: here it is told for how long.
    office = short_of_quota
    office.sandbox.behaves(**{"elba_oauth.retry_after": form})

    for _ in range(2):
        with pytest.raises(TransientError) as caught:
            office.sync()
        made = office.marks()
        assert 0 < len(made) < 10
        pending = office.ledger.in_status(Status.PENDING)
        assert len([entry for entry in pending if entry.kind == "bill"]) == 10 - len(made)
    assert caught.value.retry_after > 3600
    assert sum(office.naps) < 60

    office.clock.advance(caught.value.retry_after)
    office.sync()

    assert office.marks() == sorted(f"[b2:bill:{number}]" for number in range(1001, 1011))
    assert len(office.rows("counterparties")) == 1


def test_09_no_request_ever_asks_for_payments(office, sandbox, everything):
    any_path, *money = (sandbox.watches(f"/api/v1/*{word}*") for word in ("", "pay", "refund", "money"))

    for _ in range(2):
        office.sync()

    assert office.marks() == everything
    assert seen(any_path) == sandbox.asked("elba_oauth") > 0
    assert [seen(rule) for rule in money] == [0, 0, 0]


def error_of(office):
    """Return all that the error of a failing day says, with what caused it."""
    with pytest.raises(SyncError) as caught:
        office.sync()
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "500", "method": "GET", "path": "/api/v1/*", "times": None},
        {"fault": "timeout_after", "path": "/api/v1/*"},
        {"fault": "truncate_body", "path": "/api/v1/*"},
        {"fault": "expire_token", "method": "*", "path": "/api/v1/*", "times": None},
        {"fault": "drop_before", "path": "/connect/token", "times": None},
        {"fault": "truncate_body", "path": "/connect/token", "times": None},
    ],
    ids=lambda rule: f"{rule['fault']}-{rule['path'][1:4]}",
)
def test_10_secrets_show_in_no_log_and_no_error(office, sandbox, everything, caplog, ledger_file, rule):
    caplog.set_level(logging.DEBUG)
    sandbox.breaks(**rule)
    told = error_of(office)
    sandbox.parts.faults.clear()
    office.sync_to_the_end()

    said = caplog.text + told + text_of(ledger_file)
    assert "/connect/token" in caplog.text
    assert sandbox.keys.elba_client_secret not in said
    assert "sandbox-token-" not in said


def test_10_a_secret_that_is_refused_shows_no_more_than_others(new_elba, sandbox, everything, caplog):
    caplog.set_level(logging.DEBUG)
    office = new_elba(sandbox, secret="canary-that-opens-nothing")

    told = error_of(office)

    assert "invalid_client" in told
    assert "canary" not in caplog.text + told
    assert office.rows("invoices") == []
