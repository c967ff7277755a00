"""The library from a shell: `python -m bookkeeping migrate`."""

import argparse
import sys

from bookkeeping.errors import SyncError
from bookkeeping.ledger import migrate_url
from bookkeeping.ledger.address import url_from_environment


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bookkeeping", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the ledger's schema up to date")
    parser.parse_args(arguments)
    try:
        sys.stdout.write(f"The ledger is up to date: {migrate_url(url_from_environment())}\n")
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
