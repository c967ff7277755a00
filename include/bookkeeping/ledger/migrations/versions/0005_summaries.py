"""Which orders of individuals a day's summary covers.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROUBLES = sa.Numeric(18, 2).with_variant(sa.String(24), "sqlite")


def upgrade() -> None:
    op.create_table(
        "summary_parts",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True, comment="sale or act"),
        sa.Column("order_id", sa.String(32), primary_key=True, comment="an individual's order"),
        sa.Column("shipment_id", sa.String(32), primary_key=True),
        sa.Column("day", sa.Date, nullable=False, comment="the day whose summary covers it"),
        sa.Column("number", sa.String(120), nullable=False, comment="the order's own"),
        sa.Column("lines", sa.Text, nullable=False, comment="JSON: what it brings; none if nothing any more"),
        sa.Column("total", ROUBLES, nullable=False, comment="roubles of these lines"),
        sa.Column(
            "sent_lines", sa.Text, comment="JSON: what stands in the books of it; empty if nothing does"
        ),
    )
    op.create_index("ix_summary_parts_day", "summary_parts", ["company", "kind", "day"])
    op.create_table(
        "summary_days",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True, comment="a day all of whose orders a run has looked at"),
        sa.Column("read_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("summary_days")
    op.drop_table("summary_parts")
