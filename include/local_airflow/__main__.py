"""`python -m local_airflow`: what the Makefile's targets call."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bookkeeping.errors import MisconfiguredError
from local_airflow import commands
from local_airflow.console import say
from local_airflow.errors import InterruptedByUserError, LocalAirflowError
from local_airflow.home import Home
from local_airflow.interruption import listen

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS: dict[str, Callable[[Home], None]] = {
    "env": commands.env,
    "init": commands.init,
    "up": commands.up,
    "demo": commands.demo,
    "down": commands.down,
    "status": commands.status,
}


def main() -> int:
    """Run one command and return the shell's exit code."""
    parser = argparse.ArgumentParser(prog="python -m local_airflow", description=__doc__)
    parser.add_argument("command", choices=COMMANDS, help="what to do with this project's own Airflow")
    command = COMMANDS[parser.parse_args().command]
    listen()
    try:
        command(Home.of_this_shell())
    except InterruptedByUserError:
        return 130
    except (LocalAirflowError, MisconfiguredError) as error:
        say(f"✗ {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
