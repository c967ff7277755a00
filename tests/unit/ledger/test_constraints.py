"""The database itself refuses an entry in a state that must not be."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bookkeeping.domain import HoldReason, Status
from bookkeeping.ledger.tables import entries

AT = datetime(2026, 10, 5, tzinfo=UTC)

RIGHT = {
    Status.PENDING: {},
    Status.IN_FLIGHT: {"attempt": "t", "leased_until": AT},
    Status.POSTED: {"external_id": "1"},
    Status.UNKNOWN: {"unknown_since": AT},
    Status.HELD: {"reason": HoldReason.INN_INVALID},
}
"""What each status has, and no other status may have."""

BELONGS = {
    "external_id": (Status.POSTED, "1", "posted_has_id"),
    "attempt": (Status.IN_FLIGHT, "t", "in_flight_has_attempt"),
    "leased_until": (Status.IN_FLIGHT, AT, "in_flight_has_lease"),
    "unknown_since": (Status.UNKNOWN, AT, "unknown_since"),
    "reason": (Status.HELD, HoldReason.INN_INVALID, "held_has_reason"),
}


def insert(engine, **values):
    row = {"key": "k", "company": "c", "kind": "sale", "created_at": AT, "updated_at": AT}
    with engine.begin() as tx:
        tx.execute(sa.insert(entries).values(row | values))


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_right_state(engine, status):
    insert(engine, status=status, **RIGHT[status])


@pytest.mark.parametrize("column", BELONGS)
def test_a_status_without_what_belongs_to_it_is_refused(engine, column):
    status, _, constraint = BELONGS[column]

    with pytest.raises(sa.exc.IntegrityError, match=f"ck_entries_{constraint}"):
        insert(engine, status=status, **(RIGHT[status] | {column: None}))


@pytest.mark.parametrize(
    ("column", "status"), [(c, s) for c, (owner, _, _) in BELONGS.items() for s in Status if s is not owner]
)
def test_a_status_with_what_belongs_to_another_is_refused(engine, column, status):
    _, value, constraint = BELONGS[column]

    with pytest.raises(sa.exc.IntegrityError, match=f"ck_entries_{constraint}"):
        insert(engine, status=status, **(RIGHT[status] | {column: value}))


def test_a_status_that_nobody_knows_is_refused(engine):
    with pytest.raises(sa.exc.IntegrityError, match="ck_entries_status"):
        insert(engine, status="done")


def test_a_key_exists_once(engine):
    insert(engine, status=Status.PENDING)

    with pytest.raises(sa.exc.IntegrityError):
        insert(engine, status=Status.PENDING)
