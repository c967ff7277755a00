"""A filter of the bank's list that the books ignore is seen, and nothing is taken (DESIGN P9)."""

from datetime import date

import pytest

from bookkeeping.clients.kontur.bank import list_incoming
from bookkeeping.clients.transport import Transport, Unsigned
from bookkeeping.errors import MisconfiguredError

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 3)
ROW = {"id": "1", "date": "2026-10-03", "direction": "in", "amount": 300.5}


def listed(wire, *rows):
    wire.answers(body={"items": rows})
    return list_incoming(Transport(wire.url, auth=Unsigned(), timeout=(1, 1)), "/bank", FIRST, LAST)


def test_what_the_filters_let_through_is_taken(wire):
    assert [each.external_id for each in listed(wire, ROW)] == ["1"]
    for asked in ("dateFrom=2026-10-01", "dateTo=2026-10-03", "direction=in"):
        assert asked in wire.received[0].path


@pytest.mark.parametrize(
    ("stranger", "ignored"),
    [
        ({"direction": "out"}, "direction"),
        ({"direction": None}, "direction"),
        ({"date": "2026-09-30"}, "dateFrom"),
        ({"date": "2026-10-04"}, "dateTo"),
    ],
)
def test_what_they_should_not_let_through_is_told(wire, stranger, ignored):
    with pytest.raises(MisconfiguredError, match=f"ignored the filter.*{ignored}"):
        listed(wire, ROW, ROW | {"id": "2"} | stranger)
