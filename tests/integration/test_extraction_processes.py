"""Two companies' runs in four processes on one portal: its limit is used up, and never exceeded (P8)."""

import time

import pytest

from sandbox.app import Settings, create_app, serving

PROCESSES, SECONDS = 4, 5
RATE, BURST, AT_ONCE = 20, 10, 4


@pytest.fixture
def portal():
    settings = Settings(bitrix_rate=RATE, bitrix_burst=BURST, days=1, orders_per_day=120)
    app = create_app(settings)
    with serving(app) as origin:
        yield origin, app.state.sandbox.portal_counters


@pytest.mark.alone
def test_four_processes_that_read_two_shops_of_a_portal_use_its_limit_and_keep_it(
    at_once, portal, postgres_ledger
):
    origin, counters = portal
    began = time.monotonic()

    at_once(
        "read",
        PROCESSES,
        postgres_ledger.url,
        origin=origin,
        sites=["s1", "s2"],
        seconds=SECONDS,
        rate=RATE,
        burst=BURST,
        at_once=AT_ONCE,
    )

    assert counters.refusals == {}
    assert counters.totals == 0
    assert counters.requests - BURST >= 0.9 * RATE * SECONDS
    assert counters.requests <= BURST + RATE * (time.monotonic() - began)
    assert counters.most_at_once <= AT_ONCE
