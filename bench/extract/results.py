"""What came out of a reading, as a row of a table."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from extract.scenes import BURST, RATE, Scene, as_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from extract.scenes import Rows

HEAD = (
    *("orders", "who", "requests", "503", "429", "commands", "empty", "repeated", "totals"),
    *("at once", "rows", "lost", "twice", "seconds"),
)


@dataclass(frozen=True)
class Verdict:
    """What a reading brought of what there is.

    :ivar kept: the rows of the five lists that came, none counted twice.
    :ivar lost: the rows that did not.
    :ivar twice: the rows that came again.
    """

    kept: int = 0
    lost: int = 0
    twice: int = 0

    @classmethod
    def on(cls, brought: Rows, there: Rows, keeps: frozenset[str] | None) -> Verdict:
        """Compare.

        :param keeps: the codes of the properties that the contender means to bring; None for all.
        """
        mine, meant = set(_named(brought, None)), set(_named(there, keeps))
        return cls(len(mine & meant), len(meant - mine), sum(map(len, brought.values())) - len(mine))


def _named(rows: Rows, keeps: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    for name, keys in rows.items():
        for key in keys:
            if name != "properties" or keeps is None or key.partition("/")[2] in keeps:
                yield name, key


@dataclass(frozen=True)
class Result:
    """How one contender did in one scene.

    :ivar trouble: why nothing was brought; empty if it was.
    """

    contender: str
    scene: Scene
    seconds: float
    counters: dict[str, Any]
    verdict: Verdict = field(default_factory=Verdict)
    trouble: str = ""
    peak_mb: float = 0.0

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        counts, refusals, brought = self.counters, self.counters["refusals"], astuple(self.verdict)
        return (
            f"{self.scene.orders:,}",
            self.contender,
            f"{counts['requests']:,}",
            *(str(refusals.get(status, 0)) for status in ("503", "429")),
            *(f"{counts[name]:,}" for name in ("commands", "empty", "repeated", "totals", "most_at_once")),
            *("–" if self.trouble else f"{number:,}" for number in brought),
            self.trouble or f"{self.seconds:.1f}",
        )

    @property
    def quota_seconds(self) -> float:
        """How long the portal's limit alone takes for so many requests."""
        requests: int = self.counters["requests"]
        return max(0.0, (requests - BURST) / RATE)


@dataclass
class Notebook:
    """Results from one start of the benchmark to the next: each scene can be measured by itself."""

    path: Path
    results: dict[str, Result] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Notebook:
        """Read what was measured so far."""
        known = json.loads(path.read_text()) if path.exists() else {}
        return cls(path, {key: _read(raw) for key, raw in known.items()})

    def note(self, result: Result) -> None:
        """Keep a result in place of the last one of its kind."""
        self.results[as_key(result.contender, result.scene)] = result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({key: asdict(each) for key, each in self.results.items()}, indent=1))


def _read(raw: dict[str, Any]) -> Result:
    return Result(**{**raw, "scene": Scene(**raw["scene"]), "verdict": Verdict(**raw["verdict"])})


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
