"""Which filters ask for the rows of just these parents: ranges where ids lie close, arrays elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bookkeeping.clients.answers import Json

A_LIST_MORE = 75
"""Rows that one more list costs: both its ends are pages that are not full."""

LONGEST = 2450
"""Rows of one list: as many as a batch brings, so that several lists are read side by side."""

LONG_RUN = 500
"""Orders in a row that are worth leaving out of a list, which then is two."""

ARRAY = 200
"""Values in one array: PHP takes a thousand parameters, and each page of a chain repeats them all."""


class Part(NamedTuple):
    """A filter, and how many parents it covers, strangers among them."""

    filter: dict[str, Json]
    parents: int


def cover(
    ids: Sequence[int], parent: str, several: str, rows_each: float, usual: float = 0
) -> Sequence[Part]:
    """Return filters that together cover every id once; a range also covers strangers between them.

    >>> [part.filter for part in cover([7, 8, 9, 400], "orderId", "", rows_each=10)]
    [{'>=orderId': 7, '<=orderId': 9}, {'orderId': 400}]
    >>> [part.filter for part in cover([7, 100, 400], "orderId", "@orderId", rows_each=3)]
    [{'@orderId': [7, 100, 400]}]

    :param ids: ascending, none twice.
    :param several: the key of a filter that takes an array; empty if there is none.
    :param rows_each: how many rows a parent has on average.
    :param usual: how many a stranger may have, if that is more: nobody has seen any of them.
    """
    runs = _runs(ids, max(rows_each, usual))
    ranges = [Part(_range(parent, piece), piece[-1] - piece[0] + 1) for piece in _pieces(runs, rows_each)]
    arrays = [Part({several: list(chunk)}, len(chunk)) for chunk in _chunks(ids, ARRAY)]
    are_better = bool(several) and _cost(arrays, rows_each) <= _cost(ranges, max(rows_each, usual))
    return arrays if are_better else ranges


def beyond(ids: Sequence[int], parent: str) -> Iterator[dict[str, Json]]:
    """Yield filters for all parents but those in long unbroken runs of these ids.

    >>> list(beyond([7, 8, 9], "orderId"))
    [{}]
    >>> list(beyond(range(1000, 2000), "orderId"))
    [{'<orderId': 1000}, {'>orderId': 1999}]
    """
    last: dict[str, Json] = {}
    for run in _unbroken(ids):
        if len(run) >= LONG_RUN:
            yield {**last, f"<{parent}": run[0]}
            last = {f">{parent}": run[-1]}
    yield last


def _unbroken(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    first = 0
    for place in range(1, len(ids) + 1):
        if place == len(ids) or ids[place] != ids[place - 1] + 1:
            yield ids[first:place]
            first = place


def _cost(parts: Sequence[Part], rows_each: float) -> float:
    """Return about how many rows are sent for these filters, and what could have been sent beside them."""
    return sum(part.parents * rows_each + A_LIST_MORE for part in parts)


def _runs(ids: Sequence[int], rows_each: float) -> Iterator[Sequence[int]]:
    """Cut where so many strangers lie between two ids that reading them would cost more than a cut."""
    first = 0
    for place in range(1, len(ids) + 1):
        if place == len(ids) or (ids[place] - ids[place - 1] - 1) * rows_each >= A_LIST_MORE:
            yield ids[first:place]
            first = place


def _pieces(runs: Iterable[Sequence[int]], rows_each: float) -> Iterator[Sequence[int]]:
    """Cut long runs into equal pieces."""
    for run in runs:
        count = max(1, -(-int(len(run) * rows_each) // LONGEST))
        yield from _chunks(run, -(-len(run) // count))


def _range(parent: str, ids: Sequence[int]) -> dict[str, Json]:
    return {parent: ids[0]} if len(ids) == 1 else {f">={parent}": ids[0], f"<={parent}": ids[-1]}


def _chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
