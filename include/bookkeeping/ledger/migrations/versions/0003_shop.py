"""What we remember of the shop: its orders as a run took them up, its days, its portal; and warnings.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROUBLES = sa.Numeric(18, 2).with_variant(sa.String(24), "sqlite")


def upgrade() -> None:
    op.create_table(
        "shop_orders",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.String(32), primary_key=True, comment="an order as a run last took it up"),
        sa.Column(
            "version", sa.BigInteger, nullable=False, comment="how often the shop had saved it by then"
        ),
        sa.Column("own_version", sa.BigInteger, comment="the version that our own write made"),
        sa.Column("own_made_of", sa.BigInteger, comment="the version that our own write changed"),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("price", ROUBLES, nullable=False, comment="roubles"),
        sa.Column("paid", sa.Boolean, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(32), nullable=False, comment="the shop's own status"),
    )
    op.create_index("ix_shop_orders_placed", "shop_orders", ["company", "placed_at"])
    op.create_table(
        "shop_days",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True, comment="in the company's zone"),
        sa.Column(
            "orders", sa.Integer, nullable=False, comment="orders placed on the day, as it was last read"
        ),
    )
    op.create_table(
        "warnings",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True, comment="the day whose report shows it"),
        sa.Column(
            "kind", sa.String(32), primary_key=True, comment="missed_orders, vanished_orders, few_orders"
        ),
        sa.Column("text", sa.Text, nullable=False, comment="in words for the accountant"),
        sa.Column("raised_at", MOMENT, nullable=False),
    )
    op.create_table(
        "portals",
        sa.Column("portal", sa.String(200), primary_key=True),
        sa.Column("facts", sa.Text, nullable=False, comment="JSON: what start-up probes found out"),
        sa.Column("kept_at", MOMENT, nullable=False, comment="when they found it out"),
    )


def downgrade() -> None:
    for table in ("portals", "warnings", "shop_days", "shop_orders"):
        op.drop_table(table)
