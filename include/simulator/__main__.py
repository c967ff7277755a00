"""`make simulate SEEDS=10000 FIRST_SEED=1`: play histories and name every seed that broke a promise."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.history import Outcome, play

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 10
"""Histories that a process plays before it reports."""

SHOWN = 10
"""Violations that are shown in full."""

EVERY = 5.0
"""Seconds between two lines of progress."""


@dataclass
class Tally:
    """What was played so far."""

    histories: int = 0
    crashes: int = 0
    documents: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    broken: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one history."""
        self.histories += 1
        self.crashes += outcome.crashes
        self.documents += outcome.documents
        self.faults += outcome.faults
        self.variants[outcome.variant] += 1
        self.broken += [outcome] if outcome.violations else []


def main() -> int:
    """Play the seeds that were asked for; fail if one of them broke a promise."""
    asked = _arguments()
    seeds = range(asked.first, asked.first + asked.seeds)
    _tell_the_story() if asked.seeds == 1 else logging.disable(logging.CRITICAL)
    began = time.monotonic()
    tally = _play_all(seeds, asked.processes)
    _report(tally, time.monotonic() - began)
    return bool(tally.broken)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first seed; one seed alone tells its story")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _tell_the_story() -> None:
    """Let what happens in a history be read: each request, each misfortune, each decision."""
    for name in ("simulator", "bookkeeping.posting"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).addHandler(logging.StreamHandler(sys.stdout))


def _play_all(seeds: range, processes: int) -> Tally:
    tally, shown = Tally(), time.monotonic()
    for outcome in _outcomes(seeds, processes):
        tally.add(outcome)
        for violation in outcome.violations if len(tally.broken) <= SHOWN else ():
            print(f"seed {outcome.seed} ({outcome.variant}): {violation}", flush=True)
        if time.monotonic() - shown > EVERY:
            shown = time.monotonic()
            print(f"{tally.histories} of {len(seeds)} histories, {len(tally.broken)} broken", flush=True)
    return tally


def _outcomes(seeds: range, processes: int) -> Iterable[Outcome]:
    if processes == 1 or len(seeds) == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(processes, initializer=gc.set_threshold, initargs=(50_000,)) as pool:
        yield from pool.map(play, seeds, chunksize=CHUNK)


def _report(tally: Tally, seconds: float) -> None:
    """Say in a few lines what was played and what came of it."""
    faults = ", ".join(f"{name} {count}" for name, count in tally.faults.most_common())
    variants = ", ".join(f"{name}: {count}" for name, count in sorted(tally.variants.items()))
    print(
        f"{tally.histories} histories in {seconds / 60:.1f} minutes, {tally.documents} documents posted\n"
        f"{tally.faults.total()} faults: {faults or 'none'}\n{tally.crashes} crashes\n"
        f"{variants}\n"
        f"violations {sum(len(outcome.violations) for outcome in tally.broken)}"
    )
    for outcome in tally.broken:
        print(f"replay: make simulate SEEDS=1 FIRST_SEED={outcome.seed}")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are walked in the same order in every process
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "simulator", *sys.argv[1:]])
    sys.exit(main())
