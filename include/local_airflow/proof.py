"""The proof that the sandbox's books hold what the ledger says, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from bookkeeping.domain import DocumentKind, MoneyKind, Status
from sandbox.books.elba_public_common import DOCUMENTS as PUBLIC_DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bookkeeping.ledger import Entry

TIMEOUT = 30.0
SHOWN = 5


@dataclass(frozen=True)
class Shelf:
    """Rows of one of the sandbox's books that must stand in the ledger, one to one.

    :ivar collections: where they lie in the book; ``kinds`` what they are in the ledger.
    """

    name: str
    book: str
    collections: tuple[str, ...]
    kinds: tuple[str, ...]


_KINDS = {
    "documents": tuple(DocumentKind),
    "payments and refunds": tuple(MoneyKind),
    "counterparties": ("counterparty",),
}
_COLLECTIONS = {
    "romashka": ("kontur", [("documents",), ("payments", "refunds"), ("counterparties",)]),
    "ivanov": ("elba_oauth", [("invoices", "acts"), (), ("counterparties",)]),
    "petrova": ("elba_public", [PUBLIC_DOCUMENTS, (), ("contractors",)]),
}

SHELVES = {
    company: [Shelf(name, book, rows, _KINDS[name]) for name, rows in zip(_KINDS, collections, strict=True)]
    for company, (book, collections) in _COLLECTIONS.items()
}
"""What each of the sandbox's three companies keeps where."""


def read_books(sandbox: str) -> dict[str, Any]:
    """Return all that the sandbox's books hold."""
    with requests.Session() as session:
        session.trust_env = False
        state: dict[str, Any] = session.get(f"{sandbox}/_sandbox/state", timeout=TIMEOUT).json()
        return state


def differences(shelf: Shelf, state: Mapping[str, Any], entries: Collection[Entry]) -> Iterator[str]:
    """Name every row that only one side has, or that either has twice; nothing if they agree one to one."""
    held = Counter(row["id"] for name in shelf.collections for row in state[shelf.book][name])
    known = Counter(entry.external_id for entry in posted(shelf, entries))
    for what, ids in {"only in the books": held - known, "only in the ledger": known - held}.items():
        if ids:
            shown = ", ".join(str(row) for row in sorted(ids)[:SHOWN])
            yield f"{ids.total()} {shelf.name} {what}: {shown}{', …' if len(ids) > SHOWN else ''}"


def posted(shelf: Shelf, entries: Collection[Entry]) -> list[Entry]:
    """Return the ledger's entries that must stand on the shelf."""
    return [entry for entry in entries if entry.status is Status.POSTED and entry.kind in shelf.kinds]
