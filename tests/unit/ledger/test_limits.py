"""All workers of a connection together never exceed its limit, and use all of it."""

from contextlib import suppress
from itertools import pairwise

import pytest
import sqlalchemy as sa

from bookkeeping.errors import TransientError
from bookkeeping.ledger import SharedLimit
from bookkeeping.ledger.limits import LEFT_FREE, LONGEST

NEARLY = 2e-6
"""A database keeps Unix seconds to about a quarter of a microsecond, Python's clock to a whole one."""


@pytest.fixture
def limit(engine, clock):
    """Make a worker's view of a shared limit, in virtual time."""

    def make(name="books", rate=4, burst=3 + LEFT_FREE, **more):
        return SharedLimit(
            engine, name, rate=rate, burst=burst, clock=clock.time, sleep=clock.advance, **more
        )

    return make


def moments(clock, waits):
    """Return how many seconds after the start each place came."""
    start, came = clock.time(), []
    for turn in waits:
        with turn():
            came.append(clock.time() - start)
    return pytest.approx(came, abs=NEARLY)


def test_a_burst_goes_at_once_and_the_rest_at_the_rate(limit, clock):
    assert moments(clock, [limit()] * 8) == [0, 0, 0, 0.25, 0.5, 0.75, 1.0, 1.25]


def test_workers_share_one_limit_and_take_turns(limit, clock):
    one, two = limit(), limit()

    assert moments(clock, [one, two, one, two, two, one]) == [0, 0, 0, 0.25, 0.5, 0.75]


def test_connections_do_not_wait_for_each_other(limit, clock):
    assert moments(clock, [limit("books")] * 3 + [limit("shop")] * 3) == [0] * 6


def test_rest_earns_a_burst_and_never_more(limit, clock):
    worker = limit()
    moments(clock, [worker] * 3)
    clock.advance(3600)

    assert moments(clock, [worker] * 5) == [0, 0, 0, 0.25, 0.5]


def test_half_a_rest_earns_half(limit, clock):
    worker = limit()
    moments(clock, [worker] * 3)
    clock.advance(0.25)

    assert moments(clock, [worker] * 2) == [0, 0.25]


def test_a_limit_may_allow_one_at_a_time(limit, clock):
    assert moments(clock, [limit(burst=1)] * 3) == [0, 0.25, 0.5]


def test_waiting_for_the_database_earns_nothing(engine, limit, clock):
    worker = limit(rate=1, burst=1)
    with worker():
        pass
    sa.event.listen(engine, "begin", slow := lambda _: clock.advance(10))
    try:
        came = []
        for _ in range(3):
            with worker():
                came.append(clock.time())
    finally:
        sa.event.remove(engine, "begin", slow)

    assert min(later - earlier for earlier, later in pairwise(came)) >= 1


def test_only_so_many_are_under_way_at_the_same_moment(limit, clock):
    one, two, third = (limit(at_once=2) for _ in range(3))
    with one(), two():
        began = clock.time()
        with third():  # a worker that never ends gives its place back when it is surely dead
            assert clock.time() - began >= LONGEST - NEARLY


def test_a_place_is_free_again_when_its_request_is_answered_or_failed(limit, clock):
    worker = limit(at_once=1)
    began = clock.time()
    for _ in range(3):
        with suppress(ConnectionError), worker():
            raise ConnectionError

    assert clock.time() == began


def test_the_places_of_connections_are_their_own(limit, clock):
    began = clock.time()
    with limit("books", at_once=1)(), limit("shop", at_once=1)():
        assert clock.time() == began


@pytest.fixture
def broken(engine):
    """Let the database fail from now on."""

    def fail(*_):
        raise sa.exc.OperationalError("BEGIN", {}, ConnectionError("gone"))

    yield lambda: sa.event.listen(engine, "begin", fail)
    sa.event.remove(engine, "begin", fail)


@pytest.mark.parametrize("at_once", [None, 2])
def test_who_cannot_ask_for_a_turn_sends_nothing(limit, broken, at_once):
    worker = limit(at_once=at_once)
    with worker():
        pass
    broken()

    with pytest.raises(TransientError, match="Nothing was sent"), worker():
        pytest.fail("it was sent")


def test_an_answer_that_is_here_counts_though_its_place_cannot_be_given_back(limit, broken):
    answers = []
    with limit(at_once=1)():
        answers.append("201")
        broken()

    assert answers == ["201"]
