"""The first ledger: entries, events and buckets.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROUBLES = sa.Numeric(18, 2).with_variant(sa.String(24), "sqlite")
STATUSES = "'pending', 'in_flight', 'posted', 'unknown', 'held'"


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column(
            "key", sa.String(200), primary_key=True, comment="company/kind/order[/shipment]; never changes"
        ),
        sa.Column("company", sa.String(64), nullable=False),
        sa.Column(
            "kind", sa.String(16), nullable=False, comment="bill, sale, act, counterparty, payment, refund"
        ),
        sa.Column(
            "status", sa.String(16), nullable=False, comment="pending, in_flight, posted, unknown or held"
        ),
        sa.Column("order_id", sa.String(32), nullable=False, server_default=""),
        sa.Column("shipment_id", sa.String(32), nullable=False, server_default=""),
        sa.Column("payment_id", sa.String(32), nullable=False, server_default=""),
        sa.Column(
            "document_key", sa.String(200), nullable=False, server_default="", comment="what money was put on"
        ),
        sa.Column("counterparty_key", sa.String(200), nullable=False, server_default=""),
        sa.Column(
            "number", sa.String(120), nullable=False, server_default="", comment="the number people see"
        ),
        sa.Column("dated_on", sa.Date, comment="the document's date in the company's zone"),
        sa.Column("total", ROUBLES, comment="roubles, VAT inside"),
        sa.Column("vat", ROUBLES, comment="roubles of VAT in the total"),
        sa.Column(
            "due_hash", sa.String(64), nullable=False, server_default="", comment="what the shop says now"
        ),
        sa.Column(
            "sent_hash", sa.String(64), nullable=False, server_default="", comment="what was last sent"
        ),
        sa.Column("external_id", sa.String(100), comment="the id in the books"),
        sa.Column("reason", sa.String(40), comment="why it is held"),
        sa.Column("detail", sa.String(1000), nullable=False, server_default=""),
        sa.Column("attempt", sa.String(32), comment="the token of the attempt in flight"),
        sa.Column("leased_until", MOMENT, comment="after this the attempt in flight counts as unknown"),
        sa.Column("unknown_since", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_entries_status")),
        sa.CheckConstraint(
            "(status = 'posted') = (external_id IS NOT NULL)", name=op.f("ck_entries_posted_has_id")
        ),
        sa.CheckConstraint(
            "(status = 'in_flight') = (attempt IS NOT NULL)", name=op.f("ck_entries_in_flight_has_attempt")
        ),
        sa.CheckConstraint(
            "(status = 'in_flight') = (leased_until IS NOT NULL)", name=op.f("ck_entries_in_flight_has_lease")
        ),
        sa.CheckConstraint(
            "(status = 'unknown') = (unknown_since IS NOT NULL)", name=op.f("ck_entries_unknown_since")
        ),
        sa.CheckConstraint(
            "(status = 'held') = (reason IS NOT NULL)", name=op.f("ck_entries_held_has_reason")
        ),
    )
    op.create_index("ix_entries_order", "entries", ["company", "order_id"])
    op.create_index("ix_entries_status", "entries", ["company", "status"])
    op.create_index("ix_entries_day", "entries", ["company", "kind", "dated_on"])
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("was", sa.String(16), comment="the status before; empty for a new entry"),
        sa.Column("became", sa.String(16), comment="the status after; empty for a withdrawn entry"),
        sa.Column(
            "run", sa.String(250), nullable=False, server_default="", comment="the Airflow run and task"
        ),
        sa.Column("evidence", sa.String(1000), nullable=False, server_default=""),
    )
    op.create_index("ix_events_key", "events", ["key"])
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(200), primary_key=True, comment="the connection whose rate is shared"),
        sa.Column(
            "full_at", sa.Double, nullable=False, comment="Unix seconds: theoretical arrival time of the GCRA"
        ),
    )


def downgrade() -> None:
    for table in ("buckets", "events", "entries"):
        op.drop_table(table)
