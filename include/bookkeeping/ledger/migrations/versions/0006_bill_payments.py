"""What the books say of money on bills, and how far their news have been read; what hangs on a document.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROUBLES = sa.Numeric(18, 2).with_variant(sa.String(24), "sqlite")


def upgrade() -> None:
    op.create_index("ix_entries_document", "entries", ["document_key"])
    op.create_table(
        "bill_payments",
        sa.Column("company", sa.String(64), primary_key=True),
        sa.Column(
            "external_id", sa.String(100), primary_key=True, comment="a bill in the books, ours or not"
        ),
        sa.Column("paid", ROUBLES, comment="roubles that came for it so far; empty if the books do not say"),
        sa.Column(
            "status",
            sa.String(32),
            nullable=False,
            comment="in the books' own words; empty for a bill that is gone",
        ),
        sa.Column("news_id", sa.BigInteger, comment="the youngest piece of news that told of it"),
        sa.Column("changed_at", MOMENT, nullable=False, comment="when we saw its sum or status change"),
        sa.Column("seen_at", MOMENT, nullable=False, comment="when the books were last asked about it"),
    )
    op.create_index("ix_bill_payments_changed", "bill_payments", ["company", "changed_at"])
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(200), primary_key=True, comment="company/feed of news in the books"),
        sa.Column("position", sa.BigInteger, nullable=False, comment="how many pieces of news we know"),
        sa.Column("last_id", sa.BigInteger, nullable=False, comment="the youngest of them"),
        sa.Column("moved_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("cursors")
    op.drop_table("bill_payments")
    op.drop_index("ix_entries_document", "entries")
