"""What came out of a day, small enough to be compared: counts, and a digest of each part."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

Finished = tuple[str, str, str, str]
"""A document's key, why it is held, the digest of its content, and what Kontur would be sent."""

Sums = dict[str, tuple[int, int]]
"""Kopecks sold, and kopecks of VAT in them, by the percent of VAT; `none` is not `0`."""


class Outcome(TypedDict):
    """The documents of a day.

    :ivar digests: of each part: two days with the same ones are equal in every row.
    """

    documents: int
    held: int
    digests: list[str]


def outcome_of(parts: Iterable[list[Finished]]) -> Outcome:
    """Take documents as they come, and keep none."""
    found = Outcome(documents=0, held=0, digests=[])
    for rows in parts:
        digest = hashlib.blake2b()
        for row in rows:
            digest.update("\n".join(row).encode())
        found["documents"] += len(rows)
        found["held"] += sum(bool(reason) for _, reason, _, _ in rows)
        found["digests"].append(digest.hexdigest())
    return found
