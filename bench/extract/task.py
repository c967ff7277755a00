"""This project's own reading as its task does it: what the portal can do is found out and made use of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookkeeping.companies import Shop
from bookkeeping.extraction import find_out
from extract.ours import names_in, read_from

if TYPE_CHECKING:
    from pathlib import Path

    from extract.job import Job

__all__ = ["names_in", "read"]


def read(job: Job) -> Path:
    """Read the day; of the properties only those that the books need."""
    return read_from(job, lambda client: find_out(client, Shop()))
