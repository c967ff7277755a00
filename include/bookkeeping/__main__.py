"""The library from a shell: migrate the ledger, settle unanswered writes by hand, check a month's pack."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bookkeeping import closing
from bookkeeping.answers import Answer, read_answer, record
from bookkeeping.domain import Status
from bookkeeping.errors import MisconfiguredError, SyncError
from bookkeeping.ledger import SyncLedger, migrate_url, open_engine
from bookkeeping.ledger.address import url_from_environment
from bookkeeping.ledger.ledger import ANSWER_MAY_STILL_COME


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], Iterator[str]] = asked.command
    try:
        sys.stdout.writelines(f"{line}\n" for line in command(asked))
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bookkeeping", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("migrate", help="bring the ledger's schema up to date").set_defaults(command=migrate)
    commands.add_parser("unknown", help="list the writes that went unanswered").set_defaults(command=unknown)
    resolving = commands.add_parser("resolve", help="say how an unanswered write ended, after looking")
    resolving.set_defaults(command=resolve)
    resolving.add_argument("key", help="as `unknown` lists it")
    answer = resolving.add_mutually_exclusive_group(required=True)
    answer.add_argument("--exists", metavar="ID", help="it stands in the books under this id")
    answer.add_argument("--again", action="store_true", help="it does not; the next run sends it again")
    verifying = commands.add_parser("verify", help="check that a month's pack is as it was written")
    verifying.set_defaults(command=verify)
    verifying.add_argument("folder", type=Path, help="with manifest.sha256 in it")
    return parser


def migrate(_asked: argparse.Namespace) -> Iterator[str]:
    """Bring the schema up to date."""
    yield f"The ledger is up to date: {migrate_url(url_from_environment())}"


def unknown(_asked: argparse.Namespace) -> Iterator[str]:
    """List what only the books know."""
    entries = _ledger().in_status(Status.UNKNOWN)
    for entry in entries:
        facts = f"№ {entry.number}, {entry.dated_on}, {entry.total} ₽"
        yield f"{entry.key}  {facts}, since {entry.unknown_since:%F %T} UTC"
    yield f"{len(entries)} unanswered."


def resolve(asked: argparse.Namespace) -> Iterator[str]:
    """Take a person's word for how an unanswered write ended."""
    answer = Answer(asked.key) if asked.again else read_answer(asked.key, asked.exists)
    ledger = _ledger()
    if not record([answer], ledger, "a person")[asked.key]:
        status = ledger.status_of(asked.key)
        if status is Status.UNKNOWN:
            raise MisconfiguredError(
                f"{asked.key} went unanswered just now and may still land: nothing was changed. "
                f"Look again in {ANSWER_MAY_STILL_COME.seconds} seconds, and say then what you see."
            )
        raise MisconfiguredError(
            f"{asked.key} is {status or 'not in the ledger'}, not unknown: nothing was changed. "
            "`python -m bookkeeping unknown` lists what can be resolved."
        )
    yield f"{asked.key} is now {ledger.status_of(asked.key)}."


def verify(asked: argparse.Namespace) -> Iterator[str]:
    """Check every file of a pack against its manifest."""
    if wrong := closing.verify(asked.folder):
        raise MisconfiguredError(
            f"{asked.folder} is not the pack that was written: {', '.join(wrong)} changed, or missing. "
            "Do not rely on it; take the copy under packs/, or run the month again."
        )
    yield f"{asked.folder} is as it was written."


def _ledger() -> SyncLedger:
    return SyncLedger(open_engine(url_from_environment()), run="python -m bookkeeping")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
