"""What is worked out once and asked for often: pure functions of a shop, and what they gave."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bookkeeping.domain import HoldReason
from bookkeeping.transforms.columns import ShopFrames
from bookkeeping.transforms.documents import due_day
from bookkeeping.transforms.individuals import NOTHING_COVERED
from bookkeeping.transforms.payments import payments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from bookkeeping.companies import Company
    from bookkeeping.transforms.documents import DueDay
    from bookkeeping.transforms.individuals import Coverage
    from bookkeeping.transforms.payments import Payment


OF_A_SAVE = frozenset({"version", "changed_at", "paid"})
"""Columns that every save of an order changes, and no document depends on."""


@dataclass
class Memory:
    """Frames and due documents by the rows they come from; nothing here depends on a history."""

    _read: dict[Hashable, ShopFrames] = field(default_factory=dict)
    _frames: dict[bytes, ShopFrames] = field(default_factory=dict)
    _gists: dict[int, bytes] = field(default_factory=dict)
    _due: dict[Hashable, DueDay] = field(default_factory=dict)
    _payments: dict[Hashable, list[Payment]] = field(default_factory=dict)

    def frames_of(self, key: Hashable, read: Callable[[], Mapping[str, pa.Table]]) -> ShopFrames:
        """Return what the shop says, read once."""
        if key not in self._read:
            self._read[key] = self.frames(read())
        return self._read[key]

    def frames(self, tables: Mapping[str, pa.Table]) -> ShopFrames:
        """Return tables as frames; the same for the same rows."""
        rows = {name: table.to_pydict() for name, table in tables.items()}
        contents = pickle.dumps(rows)
        if contents not in self._frames:
            frames = self._frames[contents] = ShopFrames.of(tables)
            rows["orders"] = {name: each for name, each in rows["orders"].items() if name not in OF_A_SAVE}
            self._gists[id(frames)] = pickle.dumps(rows)
        return self._frames[contents]

    def due(
        self,
        frames: ShopFrames,
        company: Company,
        before: datetime,
        known: frozenset[str],
        coverage: Coverage = NOTHING_COVERED,
    ) -> DueDay:
        """Return what is due, as :func:`due_day` does: who is known matters for the nameless alone."""
        gist = self._gists[id(frames)]
        settings = company.model_dump_json(exclude={"books", "on_change", "shop"})
        key = (gist, settings, before, _hashable(coverage))
        to_strangers = self._once((*key, frozenset()), frames, company, before, frozenset(), coverage)
        nameless = {
            item.document.counterparty.key
            for item in to_strangers.documents
            if item.reason is HoldReason.COUNTERPARTY_NAME_MISSING
        }
        known &= nameless
        return self._once((*key, known), frames, company, before, known, coverage)

    def payments(self, frames: ShopFrames, zone: ZoneInfo, before: datetime) -> list[Payment]:
        """Return the payments, as :func:`payments_of` does."""
        key = (id(frames), zone, before)
        if key not in self._payments:
            self._payments[key] = payments_of(frames, zone, before)
        return self._payments[key]

    def _once(self, key: Hashable, *arguments: Any) -> DueDay:  # noqa: ANN401
        if key not in self._due:
            self._due[key] = due_day(*arguments)
        return self._due[key]


def _hashable(coverage: Coverage) -> Hashable:
    return coverage.own, frozenset(coverage.summarised.items()), coverage.closed
