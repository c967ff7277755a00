"""The plain way: a row after the other, as the reference does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transform import reference
from transform.day import BEFORE, OWNER
from transform.outcome import outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transform.outcome import Finished, Outcome


def documents(folder: Path) -> Outcome:
    """Finish the documents of a staged day."""
    return outcome_of(finished_parts(folder))


def finished_parts(folder: Path) -> Iterator[list[Finished]]:
    """Yield the finished documents of a staged day, part by part."""
    return reference.finished_parts(folder, OWNER, BEFORE)
