"""What calls cost: time that passes for the caller, his budget, and the counts of what was in vain."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def waits():
    """The seconds for which answers were kept back."""
    return []


@pytest.fixture
def slow(open_portal, waits):
    """A portal where a page takes two seconds, and each counted row a tenth."""

    async def sleep(seconds):
        waits.append(seconds)

    portal = open_portal(sleep=sleep)
    portal.settings.page_seconds, portal.settings.counting_seconds = 2.0, 0.1
    portal.settings.call_cost = 0.0
    return portal


def test_a_page_is_kept_back_as_long_as_it_takes(slow, waits):
    time = slow.call("sale.order.list", start=-1)["time"]
    slow.call("server.time")

    assert waits == [2.0]
    assert (
        time["finish"] - time["start"] == time["duration"] == time["processing"] == time["operating"] == 2.0
    )


def test_counting_takes_time_for_every_row_that_matches(slow, waits):
    time = slow.call("sale.order.list", start=100, filter={"<id": slow.ids[120]})["time"]

    assert waits == [pytest.approx(2.0 + 0.1 * 120)]
    assert time["operating"] == pytest.approx(14.0)


def test_a_batch_takes_the_time_of_all_its_commands_one_after_the_other(slow, waits):
    answer = slow.call("batch", cmd={f"o{number}": "sale.order.list?start=-1" for number in range(50)})
    times = answer["result"]["result_time"]

    assert waits == [100.0]
    assert answer["time"]["duration"] == 100.0
    assert times["o1"]["start"] == times["o0"]["finish"] == slow.now + 2
    assert times["o49"]["operating"] == 100.0


def test_the_time_of_pages_counts_in_the_method_s_budget(slow):
    slow.settings.operating_limit = 6.0
    commands = {f"o{number}": "sale.order.list?start=-1" for number in range(5)}
    batch = slow.batch(commands | {"p": "sale.payment.list?start=-1"})

    assert set(batch["result"]) == {"o0", "o1", "o2", "p"}
    assert {error["error"] for error in batch["result_error"].values()} == {"OPERATION_TIME_LIMIT"}


def test_others_are_served_while_an_answer_is_kept_back(open_portal):
    both = asyncio.Barrier(2)
    portal = open_portal(sleep=lambda _: both.wait())
    portal.settings.page_seconds = 1.0
    with ThreadPoolExecutor(2) as callers:
        list(callers.map(portal.call, ["sale.order.list", "sale.payment.list"]))

    assert portal.counters.most_at_once == 2
    portal.call("server.time")
    assert portal.counters.most_at_once == 2


def test_lists_without_rows_and_with_rows_sent_before_are_counted(open_portal):
    portal = open_portal()
    last = portal.ids[-1]
    portal.orders(filter={">id": last})
    portal.orders(filter={">id": last - 10})
    assert (portal.counters.empty, portal.counters.repeated) == (1, 0)

    portal.orders(filter={">id": last - 5})
    portal.orders(filter={">id": last - 11})
    portal.rows("sale.payment.list", "payments")
    assert (portal.counters.empty, portal.counters.repeated) == (1, 1)
