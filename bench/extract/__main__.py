"""`python -m extract`: let each contender read the same day from the same portal, and compare."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.contender import READERS
from extract.ours import CODES
from extract.page import title, write_page
from extract.results import HEAD, Notebook, Result, Verdict, aligned
from extract.scenes import BURST, RATE, Scene, portal

if TYPE_CHECKING:
    from extract.scenes import Portal

SIZES, COUNTINGS = (45, 1_000, 10_000), (0.0, 5e-6)
FOLDER = Path(".bench/extract")


def main() -> None:
    """Measure what was asked for, and print a line for each reading as soon as it is over."""
    asked = _parser().parse_args()
    if asked.orders:
        asked.patience = None  # it ends when it ends
        show_large(measured("task", Scene(asked.orders, limits=True, counting_seconds=0.0), asked))
        return
    notebook = Notebook.open(FOLDER / "results.json")
    for scene in (Scene(*each) for each in product(asked.sizes, asked.limits, asked.counting)):
        print(f"\n{scene.orders:,} orders, {title(scene)}", flush=True)
        results = []
        for contender in asked.contenders:
            print(f"  {contender} …", end=" ", flush=True)
            results.append(measured(contender, scene, asked))
            print(results[-1].trouble or f"{results[-1].seconds:.1f} s", flush=True)
            notebook.note(results[-1])
        print("\n".join(aligned([HEAD, *(result.cells for result in results)])), flush=True)
    if asked.write:
        write_page(list(notebook.results.values()), asked.peers)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m extract", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, metavar="ORDERS", help="%(default)s")
    parser.add_argument(
        "--limits", type=int, nargs="+", choices=(0, 1), default=(1, 0), help="off, on, or both"
    )
    parser.add_argument(
        "--counting", type=float, nargs="+", default=COUNTINGS, metavar="SECONDS", help="for a row"
    )
    parser.add_argument("--contenders", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--patience", type=int, default=240, help="seconds for a reading (%(default)s)")
    parser.add_argument(
        "--peers", type=Path, default=Path(".bench/peers/bin/python"), help="the Python that has the peers"
    )
    parser.add_argument("--write", action="store_true", help="write all results into docs/benchmarks.md")
    parser.add_argument("--orders", type=int, help="only: read so many by ours, once, and show what it takes")
    return parser


def measured(contender: str, scene: Scene, asked: argparse.Namespace) -> Result:
    """Let one contender read one scene, with counters that begin at nought."""
    with portal(scene) as place:
        began = time.monotonic()
        try:
            outcome = _outcome(contender, scene, place, asked)
        except subprocess.TimeoutExpired:
            trouble = f"stopped after {asked.patience}"
        except subprocess.CalledProcessError as error:
            trouble = _reason(error.stderr)
        else:
            keeps = frozenset(CODES.values()) if contender in {"ours", "task"} else None
            verdict = Verdict.on(outcome["rows"], place.rows, keeps)
            seconds, peak_mb = outcome["seconds"], outcome["peak_mb"]
            return Result(contender, scene, seconds, place.counters(), verdict, peak_mb=peak_mb)
        return Result(contender, scene, time.monotonic() - began, place.counters(), trouble=trouble)


def _outcome(contender: str, scene: Scene, place: Portal, asked: argparse.Namespace) -> dict[str, Any]:
    """Run a contender in a process of its own, in its own environment."""
    python = sys.executable if contender in {"ours", "task"} else str(asked.peers)
    command = [python, "-m", "extract.contender", contender, json.dumps(asdict(place.job(scene)))]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True, timeout=asked.patience
    )
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def _reason(stderr: str) -> str:
    """The name of the error that ended a contender."""
    last = next((line for line in reversed(stderr.splitlines()) if line.strip()), "no reason")
    return last.partition(":")[0].rpartition(".")[2]


def show_large(result: Result) -> None:
    """Print what a large day takes: memory, time, requests, and what is left of the portal's limits."""
    spent = result.counters["operating"]
    print("\n".join(aligned([HEAD, result.cells])))
    print(f"peak memory of the client: {result.peak_mb:.0f} MB")
    requests = result.counters["requests"]
    print(f"the limit alone: ({requests} - {BURST}) / {RATE:g}, so {result.quota_seconds:.0f} s")
    print("most seconds used of a method's 480 in ten minutes:")
    for method, seconds in sorted(spent.items(), key=lambda pair: -pair[1]):
        print(f"  {method:24} {seconds:7.1f}")


if __name__ == "__main__":
    main()
