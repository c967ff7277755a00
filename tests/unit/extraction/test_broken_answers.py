"""Whatever an answer loses or garbles on its way: the day is whole, or the task fails loudly (P9)."""

import time
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.builders import MOSCOW
from tests.unit.extraction.portal import Office

from bookkeeping.companies import Shop
from bookkeeping.errors import SyncError
from bookkeeping.extraction import Portal, read_day
from sandbox.shop.uniform import uniform_shop

DAY = date(2026, 10, 1)
START = datetime(2026, 10, 1, tzinfo=MOSCOW)
COMPANY_SHOP = Shop(skip_platforms=["9"])
PORTALS = (Portal(), Portal(takes_code_arrays=True))


@pytest.fixture(scope="module")
def office():
    """Enough orders for lists of several pages, with a few older ones between them."""
    office = Office(uniform_shop(70, day=DAY, old=20, dense=False), time.time)
    yield office
    office.close()


def read(office, portal=PORTALS[0]):
    return read_day(office.client(), COMPANY_SHOP, START, START + timedelta(1), portal=portal)


@pytest.fixture(scope="module")
def truth(office):
    tables = read(office)
    assert {name: table.num_rows for name, table in tables.items()} == {
        "orders": 70,
        "lines": 210,
        "shipments": 73,
        "shipment_items": 63,
        "payments": 77,
    }
    return tables


# One answer of a batch is harmed: rows are where they were, and some are not.


def rows_of(answer):
    """Return the list of rows in an answer, None if it holds none."""
    if isinstance(answer, list):
        return answer
    lists = [rows for rows in answer.values() if isinstance(rows, list)] if isinstance(answer, dict) else []
    return lists[0] if lists else None


def drop(answers, name, _draw):
    del answers[name]


def empty(answers, name, _draw):
    if rows := rows_of(answers[name]):
        rows.clear()


def truncate(answers, name, draw):
    if rows := rows_of(answers[name]):
        del rows[draw(st.integers(0, len(rows) - 1)) :]


def lose_a_row(answers, name, draw):
    if rows := rows_of(answers[name]):
        del rows[draw(st.integers(0, len(rows) - 1))]


def repeat_a_row(answers, name, draw):
    if rows := rows_of(answers[name]):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.sampled_from(rows)))


def repeat_another(answers, name, draw):
    answers[name] = answers[draw(st.sampled_from(sorted(answers)))]


def shuffle(answers, name, draw):
    if rows := rows_of(answers[name]):
        rows[:] = draw(st.permutations(rows))


def retype(answers, name, _draw):
    for row in rows_of(answers[name]) or []:
        row.update({key: retyped(value) for key, value in row.items()})


def retyped(value):
    if isinstance(value, str) and value.isdecimal():
        return int(value) if str(int(value)) == value else value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def garble(answers, name, draw):
    answers[name] = draw(st.sampled_from([None, [], {}, "rows", 7, [None], {"rows": 1}, [["id"]], True]))


HARM = (drop, empty, truncate, lose_a_row, repeat_a_row, repeat_another, shuffle, retype, garble)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_harm_to_an_answer_makes_a_day_silently_incomplete(office, truth, data):
    harmed = data.draw(st.sets(st.integers(0, 5), min_size=1, max_size=3), "requests")
    seen = iter(range(1000))

    def harm(body):
        if next(seen) in harmed and (answers := body["result"]["result"]):
            how = data.draw(st.sampled_from(HARM), "harm")
            how(answers, data.draw(st.sampled_from(sorted(answers)), "command"), data.draw)
        return body

    office.network.change = harm
    with suppress(SyncError):
        assert read(office, data.draw(st.sampled_from(PORTALS))) == truth
    office.network.change = lambda body: body


def test_numbers_that_come_as_texts_and_texts_as_numbers_are_the_same(office, truth):
    def harm(body):
        for name in body["result"]["result"]:
            retype(body["result"]["result"], name, None)
        return body

    office.network.change = harm
    tables = read(office)
    office.network.change = lambda body: body

    assert tables == truth


@pytest.mark.parametrize("how", [drop, empty, lose_a_row, truncate])
def test_a_portal_that_harms_a_page_of_each_of_three_requests_is_outlasted(office, truth, how):
    """Each time another page: what is missing is asked for again."""
    seen = iter(range(1000))

    def harm(body):
        answers = body["result"]["result"]
        names = [name for name in sorted(answers) if isinstance(answers[name], dict)]
        if (turn := next(seen)) < 3:
            how(answers, names[turn % len(names)], lambda _: 0)
        return body

    office.network.change = harm
    tables = read(office)
    office.network.change = lambda body: body

    assert tables == truth
