from decimal import Decimal
from types import SimpleNamespace

from bookkeeping.reconciliation.verdict import worth


def entries(**totals):
    return [SimpleNamespace(kind=kind, total=Decimal(total)) for kind, total in totals.items()]


def test_what_was_billed_and_sold_is_counted_once():
    assert worth(entries(bill="1586.73", sale="1286.73", act="300.00")) == Decimal("1586.73")


def test_a_bill_says_what_was_sold_where_only_services_get_an_act():
    assert worth(entries(bill="1586.73", act="300.00")) == Decimal("1586.73")


def test_what_is_sold_without_a_bill_counts_as_it_is():
    assert worth(entries(sale="1286.73", act="300.00")) == Decimal("1586.73")
    assert worth([]) == 0
