"""The filters for some orders cover each of them once, and as few strangers as is worth it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.extraction.ranges import A_LIST_MORE, ARRAY, LONG_RUN, LONGEST, beyond, cover

IDS = st.lists(st.integers(1, 5000), min_size=1, max_size=400, unique=True).map(sorted)
ROWS = st.sampled_from([0.5, 1, 1.1, 3, 10, 40])


def covered(filter_, ids):
    """Return which of the ids a filter lets through, as a portal would."""
    (signs, limits) = zip(*filter_.items(), strict=True)
    if signs == ("orderId",):
        return [id_ for id_ in ids if id_ == limits[0]]
    if signs == ("@orderId",):
        return [id_ for id_ in ids if id_ in limits[0]]
    low, high = (filter_.get(key, 0) for key in (">=orderId", "<=orderId"))
    return [id_ for id_ in ids if low <= id_ <= high]


@given(IDS, ROWS, st.sampled_from(["", "@orderId"]))
def test_every_order_is_asked_for_once(ids, rows_each, several):
    parts = cover(ids, "orderId", several, rows_each)

    assert sorted(id_ for part in parts for id_ in covered(part.filter, ids)) == ids


@given(IDS, ROWS)
def test_a_range_has_no_gap_that_is_dearer_than_a_list_more(ids, rows_each):
    for part in cover(ids, "orderId", "", rows_each):
        own = covered(part.filter, ids)
        gaps = [later - earlier - 1 for earlier, later in pairwise(own)]
        assert all(gap * rows_each < A_LIST_MORE for gap in gaps)
        assert len(own) * rows_each <= LONGEST + rows_each or len(own) == 1


@given(IDS, ROWS)
def test_arrays_are_short_enough_for_php(ids, rows_each):
    for part in cover(ids, "orderId", "@orderId", rows_each):
        assert len(part.filter.get("@orderId", ())) <= ARRAY


@pytest.mark.parametrize(
    ("ids", "rows_each", "several", "filters"),
    [
        (range(1, 1001), 10, "", 5),
        (range(1, 1001), 3, "@orderId", 2),
        (range(1, 40_001, 400), 10, "", 100),
        (range(1, 40_001, 400), 3, "@orderId", 1),
        (range(1, 3001, 3), 1, "@orderId", 5),
    ],
)
def test_dense_ids_make_few_ranges_and_sparse_ones_few_arrays(ids, rows_each, several, filters):
    assert len(cover(ids, "orderId", several, rows_each)) == filters


@given(
    st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 2 * LONG_RUN)), min_size=1, max_size=5),
    st.integers(1, 20_000),
)
def test_what_lies_beyond_long_runs_misses_no_stranger(runs, stranger):
    ids, last = [], 0
    for gap, length in runs:
        ids += range(last + gap + 1, last + gap + length + 1)
        last = ids[-1]

    found = sum(
        all(stranger < limit if sign.startswith("<") else stranger > limit for sign, limit in filter_.items())
        for filter_ in beyond(ids, "orderId")
    )

    assert found == 1 or (found == 0 and stranger in ids)
