"""A past day explained again says what was so on that day, whatever has happened since (DESIGN R12)."""

from decimal import Decimal

import pytest
from tests.unit.builders import at, line, order, payment

from bookkeeping.outcomes import Outcome

LATER = "2026-10-05T12:00"
ORDERS = {
    "paid later": order(line(), payments=[payment("100.00", LATER)]),
    "paid back later": order(
        line(), order_id="1002", payments=[payment("100.00", returned="P", returned_at=at(LATER), paid=False)]
    ),
    "paid back later without a date": order(
        line(), order_id="1003", payments=[payment("100.00", returned="P")], changed_at=LATER
    ),
}


@pytest.fixture(scope="module")
def the_third(open_books):
    """Live through 3 and 5 October, then explain the third: its rows by what happened."""
    keeping = open_books(documents=["sale"])
    keeping.sync(*ORDERS.values())
    keeping.sync(*ORDERS.values(), before="2026-10-06")
    return dict(zip(ORDERS, keeping.reconcile(*ORDERS.values()).orders, strict=True))


def test_money_that_came_later_is_no_difference(the_third):
    row = the_third["paid later"]

    assert (row.outcome, row.paid_in_shop, row.paid_in_books, row.money) == (Outcome.MATCHED, 0, 0, ())


@pytest.mark.parametrize("name", ["paid back later", "paid back later without a date"])
def test_money_that_went_back_later_was_there_on_that_day(the_third, name):
    row = the_third[name]

    assert (row.outcome, row.paid_in_shop, row.paid_in_books) == (Outcome.MATCHED, Decimal(100), Decimal(100))


def test_a_bill_that_was_paid_later_is_no_difference_unless_the_sum_is(open_books):
    keeping = open_books("payments", "payments_list", "refunds", system="elba oauth", documents=["bill"])
    orders = [
        order(line(), order_id=order_id, payments=[payment("100.00", LATER)]) for order_id in ("1001", "1002")
    ]
    keeping.sync(*orders)
    keeping.books.meddle("1001", {"paid": Decimal("100.00")})
    keeping.books.meddle("1002", {"paid": Decimal("60.00")})

    outcomes = [row.outcome for row in keeping.reconcile(*orders).orders]

    assert outcomes == [Outcome.MATCHED, Outcome.PAID_IN_BOOKS_ONLY]
