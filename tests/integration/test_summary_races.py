"""Runs at once decide differently of individuals' orders: each shipment is sold once all the same (P1)."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date

import pytest
from tests.unit.builders import company, line, midnight, order, shipment, shop

from bookkeeping.day import documents_of, poster_for
from bookkeeping.errors import TransientError
from bookkeeping.ledger import SyncLedger, open_engine
from bookkeeping.transforms.documents import due_day

FIRST, SECOND = date(2026, 10, 3), date(2026, 10, 4)
AFTER = {FIRST: "2026-10-04", SECOND: "2026-10-05"}

APART, SUMMED = (company(individuals=mode, documents=["sale"]) for mode in ("per_order", "daily_summary"))

ORDERS, WORKERS, RUNS, ROUNDS = 8, 4, 4, 3
ALL = 2**ORDERS - 1


def sold_on(day, places):
    """Make orders of individuals, each dearer than all before it together: a sum tells whose it is."""
    shipped = [shipment(shipped=f"{day}T12:00")]
    return [
        order(
            line(price=f"{2**place}.00"),
            order_id=str(1001 + place),
            shipments=shipped,
            inn="",
            kpp="",
            company="",
            name=f"Покупатель {place}",
        )
        for place in places
    ]


DAYS = {FIRST: range(ORDERS // 2), SECOND: range(ORDERS // 2, ORDERS)}
SHOP = shop(*(each for day, places in DAYS.items() for each in sold_on(day, places)))


WORKED_OUT = {}


def worked_out(frames, *facts):
    """Work out once what is asked for often: the workers are to meet at the ledger, not to reckon."""
    asked = repr(facts)
    if asked not in WORKED_OUT:
        WORKED_OUT[asked] = due_day(frames, *facts)
    return WORKED_OUT[asked]


def run(seller, day, ledger, books, tries=1):
    """Do what the tasks of a day do; what waits after so many tries is left to the next run."""
    documents = documents_of(SHOP, seller, midnight(AFTER[day], seller), ledger, worked_out)
    for _ in range(tries):
        with suppress(TransientError):
            poster_for(seller, books, ledger, sleep=lambda _: time.sleep(0.001)).post_documents(documents)


def at_once(url, clock, books, choices):
    """Let each worker, with a connection of its own, do what it chooses a few times."""
    together = threading.Barrier(WORKERS)

    def work(number):
        engine, chance = open_engine(url), random.Random(number)
        together.wait()
        for _ in range(RUNS):
            seller, day = chance.choice(choices)
            run(seller, day, SyncLedger(engine, clock=clock), books, tries=2)
        engine.dispose()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))


def sold(books):
    """Return what is sold alone, and what with each day, as sums of roubles."""
    sums = dict.fromkeys(["alone", *map(str, AFTER)], 0)
    for document in books.documents:
        _, day_or_order, rest = document.comment.strip("[]").removeprefix("b2:").split(":")
        sums[rest if day_or_order == "day" else "alone"] += int(document.total)
    return sums


def assert_nothing_is_sold_twice(books):
    alone, *of_days = sold(books).values()
    for seen, places in zip(of_days, DAYS.values(), strict=True):
        assert seen & ~sum(1 << place for place in places) == 0
        assert seen & alone == 0
    assert len(books.marks) == len(set(books.marks))


CHOICES = {
    "two policies": [(APART, SECOND), (SUMMED, SECOND)],
    "two days": [(SUMMED, FIRST), (SUMMED, SECOND)],
    "both": [(APART, FIRST), (APART, SECOND), (SUMMED, FIRST), (SUMMED, SECOND)],
}


@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES)
def test_runs_that_decide_differently_sell_each_order_once(choices, postgres_ledger, clock, new_books, empty):
    for _ in range(ROUNDS):
        books, ledger = new_books(), SyncLedger(empty(postgres_ledger), clock=clock)

        at_once(postgres_ledger.url, clock, books, choices)

        assert_nothing_is_sold_twice(books)
        for day in (*AFTER, *AFTER):
            run(SUMMED, day, ledger, books)
        assert_nothing_is_sold_twice(books)
        assert sum(sold(books).values()) == ALL
