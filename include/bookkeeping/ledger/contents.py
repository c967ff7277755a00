"""What documents say in the books, as it was sent: so that a difference can be told line by line."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bookkeeping.ledger.entries import Entry
from bookkeeping.ledger.inserts import insert_or_replace
from bookkeeping.ledger.line_texts import to_lines, to_text
from bookkeeping.ledger.tables import contents
from bookkeeping.transforms.revisions import Content

AT_A_TIME = 1000
"""Keys in one statement, under every database's limit of parameters."""

REPLACED = [column.name for column in contents.columns if not column.primary_key]


def keep_content(tx: sa.Connection, key: str, sent_hash: str, content: Content | None) -> None:
    """Keep what is being sent in place of what was sent before; None for what nobody knows."""
    if content is None:
        drop_content(tx, key)
        return
    row = {**vars(content), "lines": to_text(content.lines), "key": key, "content_hash": sent_hash}
    tx.execute(insert_or_replace(tx, contents, REPLACED).values(row))


def drop_content(tx: sa.Connection, key: str) -> None:
    """Forget what was sent of an entry."""
    tx.execute(sa.delete(contents).where(contents.c.key == key))


def sent_contents(engine: sa.Engine, entries: Iterable[Entry]) -> dict[str, Content]:
    """Return by key what these entries' documents say in the books, as far as it is known.

    It is not known of what was sent before the ledger kept it, nor of what was found in the books otherwise
    than we would have written it. A document that we have cancelled says what it said.
    """
    hashes = {entry.key: entry.sent_hash for entry in entries}
    keys = sorted(hashes)
    with engine.begin() as tx:
        rows = [
            dict(row)
            for start in range(0, len(keys), AT_A_TIME)
            for row in tx.execute(_of(keys[start : start + AT_A_TIME])).mappings()
        ]
    return {row["key"]: _to_content(row) for row in rows if hashes[row["key"]] in {row["content_hash"], ""}}


def _of(keys: list[str]) -> sa.Select[Any]:
    return sa.select(contents).where(contents.c.key.in_(keys))


def _to_content(row: Mapping[str, Any]) -> Content:
    facts = {name: row[name] for name in ("number", "issued_on", "counterparty_key", "pay_by")}
    return Content(**facts, lines=to_lines(row["lines"]))
