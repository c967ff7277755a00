"""What documents say in the books, as it was sent.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("key", sa.String(200), primary_key=True, comment="the document's entry"),
        sa.Column(
            "content_hash",
            sa.String(64),
            nullable=False,
            comment="the sent_hash of the entry whose content this is; with another one it is not known",
        ),
        sa.Column("number", sa.String(120), nullable=False, comment="the number people see"),
        sa.Column("issued_on", sa.Date, nullable=False, comment="the date on the document"),
        sa.Column("counterparty_key", sa.String(200), nullable=False, comment="who buys, in no words"),
        sa.Column("pay_by", sa.Date, comment="a bill's last day of payment"),
        sa.Column(
            "lines",
            sa.Text,
            nullable=False,
            comment="JSON: name, quantity, unit, price, total, vat_rate and vat of each line; VAT inside",
        ),
    )


def downgrade() -> None:
    op.drop_table("contents")
