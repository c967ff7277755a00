"""What we remember of the shop: its orders as we took them up, how busy its days were, and what is odd."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa

from bookkeeping.ledger.inserts import dialect_insert, insert_or_replace
from bookkeeping.ledger.ledger import SyncLedger
from bookkeeping.ledger.tables import portals, shop_days, shop_orders, warnings

AT_A_TIME = 1000
"""Ids in one statement, under every database's limit of parameters."""


@dataclass(frozen=True)
class Fingerprint:
    """What an order looks like from afar: two of one order are equal as long as nobody has touched it.

    :ivar price: roubles and kopecks.
    :ivar version: how often the shop has saved it.
    """

    order_id: str
    version: int
    placed_at: datetime
    changed_at: datetime
    price: Decimal
    paid: bool
    cancelled: bool
    status: str


@dataclass(frozen=True)
class OwnWrite:
    """A change of an order that we made ourselves: from which version to which, and when."""

    before: int
    after: int
    changed_at: datetime


COLUMNS = [shop_orders.c[field.name] for field in fields(Fingerprint)]


class ShopMemory:
    """The shop as we saw it last, in the ledger's database."""

    def __init__(self, ledger: SyncLedger) -> None:
        self._engine, self._now = ledger.engine, ledger.now

    def take_up(self, company: str, fingerprints: Iterable[Fingerprint]) -> None:
        """Remember what orders looked like when a run told the ledger what is due of them.

        The version that our own write changed is not news once that write is known.
        """
        rows = [{"company": company, **vars(fingerprint)} for fingerprint in fingerprints]
        if rows:
            with self._engine.begin() as tx:
                # Two workers that lock rows in one order never wait for each other.
                tx.execute(_taking_up(tx.dialect.name), sorted(rows, key=lambda row: str(row["order_id"])))

    def known(self, company: str, placed_since: datetime) -> dict[str, Fingerprint]:
        """Return the orders that were taken up and that were placed at a moment or later, by id."""
        asked = sa.select(*COLUMNS).where(
            shop_orders.c.company == company, shop_orders.c.placed_at >= placed_since
        )
        with self._engine.begin() as tx:
            found = [Fingerprint(**row) for row in tx.execute(asked).mappings()]
        return {fingerprint.order_id: fingerprint for fingerprint in found}

    def wrote(self, company: str, order_id: str, wrote: OwnWrite, day_ended: datetime) -> bool:
        """Remember that our own write made one version of an order of another.

        False if a run has still to take up somebody else's change: the order was not known in the version
        before, or that version is younger than the end of the day that was run, so that what it brought may
        be due on the next.
        """
        was_done_with = sa.or_(
            shop_orders.c.changed_at < day_ended, shop_orders.c.version == shop_orders.c.own_version
        )
        made = (
            sa.update(shop_orders)
            .where(
                shop_orders.c.company == company,
                shop_orders.c.order_id == order_id,
                shop_orders.c.version == wrote.before,
                was_done_with,
            )
            .values(
                version=wrote.after,
                own_version=wrote.after,
                own_made_of=wrote.before,
                changed_at=wrote.changed_at,
            )
        )
        with self._engine.begin() as tx:
            return tx.execute(made).rowcount == 1

    def own_versions(self, company: str, order_ids: Collection[str]) -> dict[str, int]:
        """Return the versions that our own writes made of orders, where we know of nothing newer."""
        ours = sa.select(shop_orders.c.order_id, shop_orders.c.own_version).where(
            shop_orders.c.company == company, shop_orders.c.version == shop_orders.c.own_version
        )
        ids = sorted(order_ids)
        with self._engine.begin() as tx:
            return {
                row.order_id: row.own_version
                for start in range(0, len(ids), AT_A_TIME)
                for row in tx.execute(ours.where(shop_orders.c.order_id.in_(ids[start : start + AT_A_TIME])))
            }

    def remember_day(self, company: str, day: date, orders: int) -> None:
        """Remember how many orders were placed on a day, as it was read last."""
        self._put(shop_days, ["orders"], company=company, day=day, orders=orders)

    def days(self, company: str, since: date, before: date) -> dict[date, int]:
        """Return how many orders were placed on each day of [since, before) that was read."""
        asked = sa.select(shop_days.c.day, shop_days.c.orders).where(
            shop_days.c.company == company, shop_days.c.day >= since, shop_days.c.day < before
        )
        with self._engine.begin() as tx:
            return {row.day: row.orders for row in tx.execute(asked.order_by(shop_days.c.day))}

    def warn(self, company: str, day: date, kind: str, text: str) -> None:
        """Warn of something odd in the report of a day; a second warning of a kind replaces the first."""
        warning = {"company": company, "day": day, "kind": kind, "text": text, "raised_at": self._now()}
        self._put(warnings, ["text", "raised_at"], **warning)

    def settle_warning(self, company: str, day: date, kind: str) -> None:
        """Take a warning back: what was odd has turned out right."""
        settled = sa.delete(warnings).where(
            warnings.c.company == company, warnings.c.day == day, warnings.c.kind == kind
        )
        with self._engine.begin() as tx:
            tx.execute(settled)

    def warnings(self, company: str, day: date) -> list[tuple[str, str]]:
        """Return the kind and the text of each warning in the report of a day."""
        asked = sa.select(warnings.c.kind, warnings.c.text).where(
            warnings.c.company == company, warnings.c.day == day
        )
        with self._engine.begin() as tx:
            return [(row.kind, row.text) for row in tx.execute(asked.order_by(warnings.c.kind))]

    def facts(self, portal: str, not_before: datetime) -> dict[str, Any] | None:
        """Return what start-up probes found out about a portal, None if that is older than a moment."""
        asked = sa.select(portals.c.facts).where(portals.c.portal == portal, portals.c.kept_at >= not_before)
        with self._engine.begin() as tx:
            kept = tx.scalars(asked).first()
        return None if kept is None else json.loads(kept)

    def keep_facts(self, portal: str, facts: dict[str, Any]) -> None:
        """Keep what start-up probes have just found out about a portal."""
        text = json.dumps(facts, ensure_ascii=False)
        self._put(portals, ["facts", "kept_at"], portal=portal, facts=text, kept_at=self._now())

    def _put(self, table: sa.Table, replaced: Sequence[str], **row: object) -> None:
        with self._engine.begin() as tx:
            tx.execute(insert_or_replace(tx, table, replaced).values(row))


@cache
def _taking_up(dialect: str) -> Any:  # noqa: ANN401 one of two dialects' inserts
    """Insert or replace, without losing which version was ours."""
    insert = dialect_insert(dialect, shop_orders)
    new, old = insert.excluded, shop_orders.c
    is_newer = new.version > old.own_version
    replaced = {column.name: new[column.name] for column in COLUMNS if not column.primary_key}
    ours = {name: sa.case((is_newer, None), else_=old[name]) for name in ("own_version", "own_made_of")}
    is_news = sa.or_(
        old.own_version.is_(None), old.version != old.own_version, new.version != old.own_made_of
    )
    return insert.on_conflict_do_update(
        index_elements=list(shop_orders.primary_key), set_={**replaced, **ours}, where=is_news
    )
