"""Money comes back to the kopeck and moments come back in UTC, whatever the database."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookkeeping.ledger import SyncLedger
from bookkeeping.ledger.tables import entries

LARGEST = Decimal("1000000000000.00")

sums = st.decimals(0, LARGEST, places=2)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 the zone is drawn apart
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-12), timedelta(hours=14))),
)
# Every example writes its own rows or replaces the same ones: nothing is left over for the next.
on_one_ledger = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@on_one_ledger
@given(st.lists(st.tuples(sums, sums), min_size=1, max_size=5))
def test_money_comes_back_to_the_kopeck(ledger, due, pairs):
    dues = [due(f"romashka/sale/{n}", total=total, vat=vat) for n, (total, vat) in enumerate(pairs)]

    ledger.expect(dues)

    kept = ledger.with_keys([each.key for each in dues])
    assert [(kept[each.key].total, kept[each.key].vat) for each in dues] == pairs


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("300.00000000", "300.00"),
        ("3E+2", "300.00"),
        ("0", "0.00"),
        ("0.005", "0.01"),
        ("999999999999.995", "1000000000000.00"),
    ],
)
def test_money_is_kept_in_one_form(ledger, due, told, kept):
    ledger.expect([due(total=Decimal(told))])

    assert str(ledger.entry(due().key).total) == kept


def test_no_sum_is_not_a_sum_of_zero(ledger, due):
    ledger.expect([due(total=None, vat=Decimal(0))])

    entry = ledger.entry(due().key)
    assert (entry.total, entry.vat) == (None, Decimal(0))


@on_one_ledger
@given(moments)
def test_moments_come_back_as_the_same_moment_in_utc(engine, due, moment):
    ledger = SyncLedger(engine, clock=lambda: moment)
    ledger.expect([due()])
    with engine.begin() as tx:
        tx.execute(sa.update(entries).values(updated_at=moment))
        kept = tx.execute(sa.select(entries.c.updated_at)).scalar_one()

    assert (kept, kept.tzinfo) == (moment, UTC)


def test_history_is_told_in_utc(engine, due):
    moment = datetime(2026, 10, 5, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    ledger = SyncLedger(engine, clock=lambda: moment)

    ledger.expect([due()])

    ((at, *_),) = ledger.history(due().key)
    assert (at.isoformat(), at.tzinfo) == ("2026-10-04T22:30:00+00:00", UTC)
