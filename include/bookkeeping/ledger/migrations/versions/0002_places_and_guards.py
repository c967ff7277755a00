"""Places for requests at once, orders in hand; and the database refuses what must never happen.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ILLEGAL_MOVE = """
    OLD.status = 'posted' AND (NEW.status <> 'posted' OR NEW.external_id <> OLD.external_id)
    OR OLD.status = 'unknown' AND NEW.status NOT IN ('unknown', 'posted', 'pending')
    OR OLD.status = 'held' AND NEW.status NOT IN ('held', 'pending')
    OR OLD.status = 'pending' AND NEW.status NOT IN ('pending', 'held', 'in_flight')
    OR NEW.key <> OLD.key
"""
LOST = "OLD.status NOT IN ('pending', 'held')"
GUARDS = {
    "entries_move": ("UPDATE ON entries", ILLEGAL_MOVE, "an entry never goes this way"),
    "entries_stay": ("DELETE ON entries", LOST, "what may be in the books is never forgotten"),
    "events_stay": ("UPDATE ON events", "1 = 1", "the history is never rewritten"),
    "events_last": ("DELETE ON events", "1 = 1", "the history is never forgotten"),
}


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("name", sa.String(200), primary_key=True, comment="the connection whose places are shared"),
        sa.Column(
            "place", sa.Integer, primary_key=True, comment="0, 1, … up to what the service takes at once"
        ),
        sa.Column("holder", sa.String(32), nullable=False, comment="the request that occupies it"),
        sa.Column(
            "taken_until",
            sa.Double,
            nullable=False,
            comment="Unix seconds; free after them",
        ),
    )
    op.create_table(
        "in_hand",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column(
            "order_id", sa.String(32), primary_key=True, comment="an order that a run has not finished"
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="when a run took it in hand"),
    )
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    for name, (event, illegal, why) in GUARDS.items():
        guard(name, event, illegal, why)


def downgrade() -> None:
    for name, (event, _, _) in GUARDS.items():
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {name} {event[event.index('ON') :]}")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("in_hand")
    op.drop_table("places")


def _guard_postgresql(name: str, event: str, illegal: str, why: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN ({illegal}) EXECUTE FUNCTION {name}()"
    )


def _guard_sqlite(name: str, event: str, illegal: str, why: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN ({illegal}) "
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )
