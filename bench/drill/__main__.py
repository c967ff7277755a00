"""`python -m drill`: kill workers in the middle of their writes, wait for the retries, and count."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from drill.stack import running_drill
from drill.striking import strike
from drill.trials import are_over
from drill.verdicts import HEAD, disagreements, judge
from drill.victims import SUPERVISOR, WORKER
from local_airflow.console import Progress
from local_airflow.errors import InterruptedByUserError, LocalAirflowError
from local_airflow.interruption import listen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drill.stack import Drill
    from drill.verdicts import Verdict
    from drill.victims import Victim

VICTIMS = {victim.name: victim for victim in (WORKER, SUPERVISOR)}
LONGEST_RECOVERY = 40 * 60
POLL = 2.0


def main() -> int:
    """Run the drill; return 0 if everything stands in the books exactly once."""
    asked = _parser().parse_args()
    listen()
    with tempfile.TemporaryDirectory(prefix="drill-") as scratch:
        folder = asked.folder or Path(scratch)
        with running_drill(folder.absolute(), asked.trials) as drill:
            victims = [VICTIMS[name] for name in dict.fromkeys(asked.victims)]
            trials = [trial for victim in victims for trial in strike(drill, victim, asked.trials)]
            _recover(drill, victims, [key for trial in trials for key in trial.keys])
            verdicts, wrong = judge(drill, trials), disagreements(drill, victims)
    sys.stdout.writelines(f"{line}\n" for line in [*_table(verdicts), "", *_totals(verdicts), *wrong])
    return 0 if all(verdict.is_right for verdict in verdicts) and not wrong else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m drill", description=__doc__)
    parser.add_argument("--trials", type=int, default=20, help="how many of each victim (%(default)s)")
    parser.add_argument("--victims", nargs="+", choices=VICTIMS, default=list(VICTIMS))
    parser.add_argument("--folder", type=Path, help="keep the stack's files here (a temporary folder)")
    return parser


def _recover(drill: Drill, victims: Sequence[Victim], keys: Sequence[str]) -> None:
    """Wait until every run has come to an end: its retries outlast the lease of its dead attempt."""
    deadline = time.monotonic() + LONGEST_RECOVERY
    with Progress() as progress:
        while not are_over(drill, victims):
            if time.monotonic() > deadline:
                raise LocalAirflowError(f"After {LONGEST_RECOVERY} s some runs are not over.")
            drill.stack.watch(POLL)
            standing = Counter(entry.status for entry in drill.ledger.with_keys(keys).values())
            progress.show(", ".join(f"{count} {status}" for status, count in sorted(standing.items())))


def _table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    rows = [HEAD, *(verdict.row for verdict in verdicts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _totals(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for name in VICTIMS:
        of_kind = [verdict for verdict in verdicts if verdict.trial.victim.name == name]
        if of_kind:
            yield f"{name}: {sum(verdict.is_right for verdict in of_kind)}/{len(of_kind)} exactly once"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InterruptedByUserError:
        sys.exit(130)
    except LocalAirflowError as error:
        sys.exit(f"✗ {error}")
