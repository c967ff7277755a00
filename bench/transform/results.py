"""What a job gave and cost, and how two of them compare."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

JOBS = {"sums": ("ours", "DuckDB"), "documents": ("ours", "reference")}
"""What is done, and by whom."""

HEADS = {
    "sums": ("order lines", "ours, s", "DuckDB, s", "ours takes", "µs a line", "ours, MB", "DuckDB, MB"),
    "documents": (
        *("order lines", "documents", "held", "ours, s", "reference, s", "ours is", "µs a line"),
        *("ours, MB", "reference, MB"),
    ),
}


@dataclass(frozen=True)
class Result:
    """How one of them did one job: the best of some tries, and the most memory of all."""

    job: str
    who: str
    lines: int
    seconds: float
    peak_mb: float
    outcome: dict[str, Any]


@dataclass
class Notebook:
    """Results from one start of the benchmark to the next: each size can be measured by itself."""

    path: Path
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Notebook:
        """Read what was measured so far."""
        known = json.loads(path.read_text()) if path.exists() else {}
        return cls(path, {key: Result(**raw) for key, raw in known.items()})

    def note(self, result: Result) -> None:
        """Keep a result in place of the last one of its kind."""
        self.results[f"{result.job} {result.who} {result.lines}"] = result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({key: asdict(each) for key, each in self.results.items()}, indent=1))

    def pairs(self, job: str) -> Iterator[tuple[Result, Result]]:
        """Yield ours and the other's for each size that both have done."""
        ours, other = (
            {each.lines: each for each in self.results.values() if (each.job, each.who) == (job, who)}
            for who in JOBS[job]
        )
        for lines in sorted(ours.keys() & other.keys()):
            yield ours[lines], other[lines]


def cells(ours: Result, other: Result) -> tuple[str, ...]:
    """The row of a table."""
    is_sums = ours.job == "sums"
    counts = () if is_sums else (f"{ours.outcome['documents']:,}", f"{ours.outcome['held']:,}")
    ratio = ours.seconds / other.seconds if is_sums else other.seconds / ours.seconds
    return (
        f"{ours.lines:,}",
        *counts,
        f"{ours.seconds:.2f}",
        f"{other.seconds:.2f}",
        f"{ratio:.1f} times {'as long' if is_sums else 'as fast'}",
        f"{ours.seconds / ours.lines * 1e6:.1f}",
        f"{ours.peak_mb:.0f}",
        f"{other.peak_mb:.0f}",
    )


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
