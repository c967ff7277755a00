"""The ledger's tables: what must exist in the books, how far it got, and everything that happened to it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from bookkeeping.domain import Status, to_kopecks


class Roubles(sa.TypeDecorator[Decimal]):
    """Exact money on every database: NUMERIC where it is exact, text on SQLite, whose numbers are floats."""

    impl = sa.Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose text on SQLite."""
        return dialect.type_descriptor(sa.String(24) if dialect.name == "sqlite" else sa.Numeric(18, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:  # noqa: ANN401 a driver's type
        """Send kopecks, as text to SQLite: 300, 3E+2 and 300.00000000 are one sum and look the same."""
        if value is None:
            return None
        return str(to_kopecks(value)) if dialect.name == "sqlite" else to_kopecks(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401, ARG002
        """Return a ``Decimal``."""
        return None if value is None else Decimal(value)


class Moment(sa.TypeDecorator[datetime]):
    """An aware UTC moment, also on SQLite, which forgets time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s", "ix": "ix_%(column_0_label)s"}
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column(
        "key", sa.String(200), primary_key=True, comment="company/kind/order[/shipment]; never changes"
    ),
    sa.Column("company", sa.String(64), nullable=False),
    sa.Column(
        "kind", sa.String(16), nullable=False, comment="bill, sale, act, counterparty, payment, refund"
    ),
    sa.Column("status", sa.String(16), nullable=False, comment="pending, in_flight, posted, unknown or held"),
    sa.Column("order_id", sa.String(32), nullable=False, server_default=""),
    sa.Column("shipment_id", sa.String(32), nullable=False, server_default=""),
    sa.Column("payment_id", sa.String(32), nullable=False, server_default=""),
    sa.Column(
        "document_key", sa.String(200), nullable=False, server_default="", comment="what money was put on"
    ),
    sa.Column("counterparty_key", sa.String(200), nullable=False, server_default=""),
    sa.Column("number", sa.String(120), nullable=False, server_default="", comment="the number people see"),
    sa.Column("dated_on", sa.Date, comment="the document's date in the company's zone"),
    sa.Column("total", Roubles, comment="roubles, VAT inside"),
    sa.Column("vat", Roubles, comment="roubles of VAT in the total"),
    sa.Column("due_hash", sa.String(64), nullable=False, server_default="", comment="what the shop says now"),
    sa.Column("sent_hash", sa.String(64), nullable=False, server_default="", comment="what was last sent"),
    sa.Column("external_id", sa.String(100), comment="the id in the books"),
    sa.Column("reason", sa.String(40), comment="why it is held"),
    sa.Column("detail", sa.String(1000), nullable=False, server_default=""),
    sa.Column("attempt", sa.String(32), comment="the token of the attempt in flight"),
    sa.Column("leased_until", Moment, comment="after this the attempt in flight counts as unknown"),
    sa.Column("unknown_since", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.CheckConstraint(f"status IN ({', '.join(repr(s.value) for s in Status)})", name="status"),
    sa.CheckConstraint("(status = 'posted') = (external_id IS NOT NULL)", name="posted_has_id"),
    sa.CheckConstraint("(status = 'in_flight') = (attempt IS NOT NULL)", name="in_flight_has_attempt"),
    sa.CheckConstraint("(status = 'in_flight') = (leased_until IS NOT NULL)", name="in_flight_has_lease"),
    sa.CheckConstraint("(status = 'unknown') = (unknown_since IS NOT NULL)", name="unknown_since"),
    sa.CheckConstraint("(status = 'held') = (reason IS NOT NULL)", name="held_has_reason"),
    sa.Index("ix_entries_order", "company", "order_id"),
    sa.Index("ix_entries_status", "company", "status"),
    sa.Index("ix_entries_day", "company", "kind", "dated_on"),
    sa.Index("ix_entries_document", "document_key"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(200), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("was", sa.String(16), comment="the status before; empty for a new entry"),
    sa.Column("became", sa.String(16), comment="the status after; empty for a withdrawn entry"),
    sa.Column("run", sa.String(250), nullable=False, server_default="", comment="the Airflow run and task"),
    sa.Column("evidence", sa.String(1000), nullable=False, server_default=""),
)

contents = sa.Table(
    "contents",
    metadata,
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

buckets = sa.Table(
    "buckets",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True, comment="the connection whose rate is shared"),
    sa.Column(
        "full_at", sa.Double, nullable=False, comment="Unix seconds: theoretical arrival time of the GCRA"
    ),
)

in_hand = sa.Table(
    "in_hand",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(32), primary_key=True, comment="an order that a run has not finished"),
    sa.Column("since", Moment, nullable=False, comment="when a run took it in hand"),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True, comment="the connection whose places are shared"),
    sa.Column("place", sa.Integer, primary_key=True, comment="0, 1, … up to what the service takes at once"),
    sa.Column("holder", sa.String(32), nullable=False, comment="the request that occupies it"),
    sa.Column("taken_until", sa.Double, nullable=False, comment="Unix seconds; free after them"),
)

shop_orders = sa.Table(
    "shop_orders",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(32), primary_key=True, comment="an order as a run last took it up"),
    sa.Column("version", sa.BigInteger, nullable=False, comment="how often the shop had saved it by then"),
    sa.Column("own_version", sa.BigInteger, comment="the version that our own write made"),
    sa.Column("own_made_of", sa.BigInteger, comment="the version that our own write changed"),
    sa.Column("placed_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("price", Roubles, nullable=False, comment="roubles"),
    sa.Column("paid", sa.Boolean, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(32), nullable=False, comment="the shop's own status"),
    sa.Index("ix_shop_orders_placed", "company", "placed_at"),
)

shop_days = sa.Table(
    "shop_days",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="in the company's zone"),
    sa.Column("orders", sa.Integer, nullable=False, comment="orders placed on the day, as it was last read"),
)

warnings = sa.Table(
    "warnings",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="the day whose report shows it"),
    sa.Column("kind", sa.String(32), primary_key=True, comment="missed_orders, vanished_orders, few_orders"),
    sa.Column("text", sa.Text, nullable=False, comment="in words for the accountant"),
    sa.Column("raised_at", Moment, nullable=False),
)

portals = sa.Table(
    "portals",
    metadata,
    sa.Column("portal", sa.String(200), primary_key=True),
    sa.Column("facts", sa.Text, nullable=False, comment="JSON: what start-up probes found out"),
    sa.Column("kept_at", Moment, nullable=False, comment="when they found it out"),
)

summary_parts = sa.Table(
    "summary_parts",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True, comment="sale or act"),
    sa.Column("order_id", sa.String(32), primary_key=True, comment="an individual's order"),
    sa.Column("shipment_id", sa.String(32), primary_key=True),
    sa.Column("day", sa.Date, nullable=False, comment="the day whose summary covers it"),
    sa.Column("number", sa.String(120), nullable=False, comment="the order's own"),
    sa.Column("lines", sa.Text, nullable=False, comment="JSON: what it brings; none if nothing any more"),
    sa.Column("total", Roubles, nullable=False, comment="roubles of these lines"),
    sa.Column("sent_lines", sa.Text, comment="JSON: what stands in the books of it; empty if nothing does"),
    sa.Index("ix_summary_parts_day", "company", "kind", "day"),
)

summary_days = sa.Table(
    "summary_days",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="a day all of whose orders a run has looked at"),
    sa.Column("read_at", Moment, nullable=False),
)

bill_payments = sa.Table(
    "bill_payments",
    metadata,
    sa.Column("company", sa.String(64), primary_key=True),
    sa.Column("external_id", sa.String(100), primary_key=True, comment="a bill in the books, ours or not"),
    sa.Column("paid", Roubles, comment="roubles that came for it so far; empty if the books do not say"),
    sa.Column(
        "status",
        sa.String(32),
        nullable=False,
        comment="in the books' own words; empty for a bill that is gone",
    ),
    sa.Column("news_id", sa.BigInteger, comment="the youngest piece of news that told of it"),
    sa.Column("changed_at", Moment, nullable=False, comment="when we saw its sum or status change"),
    sa.Column("seen_at", Moment, nullable=False, comment="when the books were last asked about it"),
    sa.Index("ix_bill_payments_changed", "company", "changed_at"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True, comment="company/feed of news in the books"),
    sa.Column("position", sa.BigInteger, nullable=False, comment="how many pieces of news we know"),
    sa.Column("last_id", sa.BigInteger, nullable=False, comment="the youngest of them"),
    sa.Column("moved_at", Moment, nullable=False),
)
