"""A list is read whole and nothing twice, though it changes under our hands."""

import pytest

from bookkeeping.clients.answers import Answer
from bookkeeping.clients.pages import PAGE_SIZE, Page, read_all, to_page
from bookkeeping.errors import MisconfiguredError, TransientError


def rows(first, last):
    return [{"id": str(number)} for number in range(first, last)]


def ids(found):
    return [int(row["id"]) for row in found]


def paged(everything, total=None):
    return lambda offset: Page(everything[offset : offset + PAGE_SIZE], total)


@pytest.mark.parametrize("length", [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE])
@pytest.mark.parametrize("tells_total", [True, False])
def test_a_list_of_any_length_is_read_whole(length, tells_total):
    everything = rows(0, length)

    assert read_all(paged(everything, length if tells_total else None)) == everything


def test_a_known_total_spares_the_last_empty_page():
    asked = []

    def fetch(offset):
        asked.append(offset)
        return paged(rows(0, PAGE_SIZE), PAGE_SIZE)(offset)

    read_all(fetch)

    assert asked == [0]


def test_a_row_that_slips_over_a_border_is_taken_once():
    slipped = rows(0, PAGE_SIZE) + rows(PAGE_SIZE - 1, 2 * PAGE_SIZE)

    assert ids(read_all(paged(slipped, 2 * PAGE_SIZE))) == list(range(2 * PAGE_SIZE))


def test_a_server_that_ignores_the_offset_is_not_read_for_ever():
    assert ids(read_all(lambda _: Page(rows(0, PAGE_SIZE)))) == list(range(PAGE_SIZE))


def test_a_list_that_grew_meanwhile_is_read_again():
    pages = iter([Page(rows(0, 60), 61), Page(rows(0, 61), 61)])

    assert ids(read_all(lambda _: next(pages))) == list(range(61))


def test_a_list_that_never_adds_up_is_not_taken_for_whole():
    with pytest.raises(TransientError, match="61 rows gave 60"):
        read_all(lambda _: Page(rows(0, 60), 61))


@pytest.mark.parametrize(
    ("body", "headers", "total"),
    [
        ({"items": rows(0, 2), "totalCount": 7}, {}, 7),
        ({"items": rows(0, 2)}, {}, None),
        (rows(0, 2), {"X-Total-Count": "7"}, 7),
        (rows(0, 2), {}, None),
    ],
)
def test_a_page_of_any_shape_is_understood(body, headers, total):
    page = to_page(Answer(200, body, headers))

    assert (ids(page.rows), page.total) == ([0, 1], total)


def test_nothing_at_all_is_half_an_answer():
    with pytest.raises(TransientError, match="without a single byte"):
        to_page(Answer(200, None))


@pytest.mark.parametrize("body", [{}, {"items": None}, "text", [1], [{"name": "no id"}]])
def test_what_is_no_page_is_not_an_empty_one(body):
    with pytest.raises(MisconfiguredError, match="without rows"):
        to_page(Answer(200, body))
