"""The one statement that PostgreSQL and SQLite share a meaning for, and not a module."""

from typing import Any

import sqlalchemy as sa


def insert_if_absent(tx: sa.Connection, table: sa.Table) -> Any:  # noqa: ANN401 one of two dialects' inserts
    """Return an insert into *table* that leaves a row alone which is there already."""
    if tx.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 one dialect at a time
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415
    return insert(table).on_conflict_do_nothing()
