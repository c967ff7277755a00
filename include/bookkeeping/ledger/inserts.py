"""The statements that PostgreSQL and SQLite share a meaning for, and not a module."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def insert_if_absent(tx: sa.Connection, table: sa.Table) -> Any:  # noqa: ANN401 one of two dialects' inserts
    """Return an insert into *table* that leaves a row alone which is there already."""
    return dialect_insert(tx.dialect.name, table).on_conflict_do_nothing()


def insert_or_replace(tx: sa.Connection, table: sa.Table, columns: Sequence[str]) -> Any:  # noqa: ANN401 as above
    """Return an insert into *table* that replaces these columns of a row which is there already."""
    insert = dialect_insert(tx.dialect.name, table)
    replaced = {name: insert.excluded[name] for name in columns}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)


def dialect_insert(dialect: str, table: sa.Table) -> Any:  # noqa: ANN401 as above
    """Return the insert of a database, which knows what to do about a row that is there."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 one dialect at a time
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415
    return insert(table)
