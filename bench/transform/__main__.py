"""`python -m transform`: sums and documents of a day by this project, DuckDB and the plain way, compared."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from typing import Any

from transform import ours, plain
from transform.day import stage
from transform.page import write_page
from transform.results import HEADS, JOBS, Notebook, Result, aligned, cells

SIZES = (10_000, 100_000, 1_000_000)
FOLDER = Path(".bench/transform")
TRIES, ENOUGH = 5, 20.0
"""A job is tried so often, unless all its tries together took so many seconds."""


def main() -> None:
    """Measure what was asked for, and print a line for each job as soon as it is over."""
    asked = _parser().parse_args()
    notebook = Notebook.open(FOLDER / "results.json")
    for lines in asked.sizes:
        folder = FOLDER / str(lines)
        print(f"\n{lines:,} order lines", flush=True)
        stage(folder, lines)
        for job in asked.jobs:
            for who in JOBS[job]:
                notebook.note(measured(who, job, lines, asked.peers))
            check_equal(notebook, job, lines)
    for job in asked.jobs:
        print()
        print("\n".join(aligned([HEADS[job], *(cells(*pair) for pair in notebook.pairs(job))])))
    if asked.write:
        write_page(notebook, asked.peers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m transform", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, metavar="LINES", help="%(default)s")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument(
        "--peers",
        type=Path,
        default=Path(".bench/peers/bin/python"),
        help="the Python that has DuckDB and matplotlib",
    )
    parser.add_argument("--write", action="store_true", help="write all results into docs/benchmarks.md")
    return parser


def measured(who: str, job: str, lines: int, peers: Path) -> Result:
    """Do a job some times, each in a process of its own, and take the best time and the most memory."""
    print(f"  {job}, {who} …", end=" ", flush=True)
    tries: list[dict[str, Any]] = []
    while len(tries) < TRIES and sum(each["seconds"] for each in tries) < ENOUGH:
        tries.append(_tried(who, job, lines, peers))
    seconds, peak = min(each["seconds"] for each in tries), max(each["peak_mb"] for each in tries)
    print(f"{seconds:.2f} s, {peak:.0f} MB, best of {len(tries)}", flush=True)
    return Result(job, who, lines, seconds, peak, tries[-1]["outcome"])


def _tried(who: str, job: str, lines: int, peers: Path) -> dict[str, Any]:
    python = str(peers) if who == "DuckDB" else sys.executable
    command = [python, "-m", "transform.contender", who, job, str(FOLDER / str(lines))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def check_equal(notebook: Notebook, job: str, lines: int) -> None:
    """End the benchmark with what differs, if anything does: a wrong result has no speed."""
    mine, other = next(pair for pair in notebook.pairs(job) if pair[0].lines == lines)
    if mine.outcome != other.outcome:
        shown = f"{mine.outcome} and {other.outcome}" if job == "sums" else first_difference(lines)
        sys.exit(f"The {job} of {lines:,} lines differ: {shown}")
    print(f"  {job}: equal")


def first_difference(lines: int) -> str:
    """Say which documents differ first."""
    folder = FOLDER / str(lines)
    for mine, others in zip_longest(ours.finished_parts(folder), plain.finished_parts(folder), fillvalue=[]):
        for row, other in zip_longest(mine, others):
            if row != other:
                return f"\n{row}\n{other}"
    return "nothing does any more"


if __name__ == "__main__":
    main()
