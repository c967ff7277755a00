"""The time of a portal's methods is spent to the limit and never above it."""

import pytest

from bookkeeping.clients.bitrix.budget import A_FEW, LIMIT, NOT_BEFORE, Budget

NOW = 1_790_000_000.0
METHOD = "sale.order.list"


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budget(clock):
    return Budget(clock)


def spent(seconds, resets_in=300, duration=1.0):
    return {"operating": seconds, "operating_reset_at": NOW + resets_in, "duration": duration}


def test_a_method_that_nobody_has_called_yet_is_free(budget):
    assert budget.room(METHOD, 50) == 50


@pytest.mark.parametrize("time", [None, [], {}, {"operating": 0}])
def test_a_portal_that_does_not_count_is_not_counted_against(budget, time):
    budget.learn(METHOD, time)

    assert budget.room(METHOD, 50) == 50


def test_only_as_many_calls_leave_as_their_time_allows(budget):
    budget.learn(METHOD, spent(LIMIT - 20))

    assert budget.room(METHOD, 50) == 20

    budget.begin([METHOD] * 15)

    assert budget.room(METHOD, 50) == 5

    budget.end([METHOD] * 15)

    assert budget.room(METHOD, 50) == 20


def test_another_method_has_time_of_its_own(budget):
    budget.learn(METHOD, spent(LIMIT))

    assert budget.room(METHOD, 50) == 0
    assert budget.room("sale.payment.list", 50) == 50


def test_once_some_time_has_come_back_a_few_calls_find_out_how_much(budget, clock):
    budget.learn(METHOD, spent(LIMIT, resets_in=40))

    assert budget.wait([METHOD]) == 40

    clock.now += 41

    assert budget.room(METHOD, 50) == A_FEW

    budget.learn(METHOD, spent(10, resets_in=100))

    assert budget.room(METHOD, 50) == 50


def test_a_rest_that_pays_for_no_call_is_over_when_time_comes_back(budget, clock):
    budget.learn(METHOD, spent(LIMIT - 2, resets_in=40, duration=3.0))

    assert budget.room(METHOD, 50) == 0

    clock.now += 41

    assert budget.room(METHOD, 50) == A_FEW


def test_a_portal_that_tells_no_single_cost_is_believed_all_the_same(budget):
    budget.learn(METHOD, {"operating": LIMIT + 20, "operating_reset_at": NOW + 300})

    assert budget.room(METHOD, 50) == 0


def test_a_part_of_a_method_s_time_pays_for_some_calls_and_for_one_at_least(budget):
    budget.learn(METHOD, spent(10, duration=2.0))

    assert budget.affordable(METHOD, 100, at_most=1000) == 50
    assert budget.affordable(METHOD, 1, at_most=1000) == 1
    assert budget.affordable("another", 1, at_most=1000) == 1000


def test_a_refused_method_is_left_alone_until_the_portal_said(budget):
    budget.learn(METHOD, spent(100, resets_in=200))
    budget.exhaust(METHOD)

    assert budget.room(METHOD, 50) == 0
    assert budget.wait([METHOD]) == 200


def test_a_refused_method_of_which_nothing_is_known_rests_a_minute(budget):
    budget.exhaust(METHOD)

    assert (budget.room(METHOD, 50), budget.wait([METHOD])) == (0, NOT_BEFORE)


def test_a_slow_portal_gets_smaller_batches(budget):
    assert budget.commands_in(30, 50) == 50

    budget.learn(METHOD, spent(10, duration=2.0))

    assert budget.commands_in(30, 50) == 15

    budget.learn(METHOD, spent(10, duration=100.0))

    assert budget.commands_in(30, 50) == 1
