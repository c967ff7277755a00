"""What each command does, from a shell's variables to the words that come back."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from local_airflow.console import say, step
from local_airflow.demo import play, refuse_failures
from local_airflow.environment import ADMIN, admin_password, as_exports, environment_of, process_environment
from local_airflow.errors import InterruptedByUserError
from local_airflow.preparation import prepare, start_database
from local_airflow.record import Record
from local_airflow.result import Ledger, proof, table
from local_airflow.services import Services
from local_airflow.stack import running_stack

if TYPE_CHECKING:
    from local_airflow.home import Home


def env(home: Home) -> None:
    """Print the variables for `eval`, with the embedded PostgreSQL running."""
    start_database(home)
    _write(*as_exports(environment_of(home)))


def init(home: Home) -> None:
    """Make the databases, pools and connections ready, and leave PostgreSQL running."""
    start_database(home)
    with Services(home.service_logs) as services:
        prepare(services, process_environment(home))


def up(home: Home) -> None:
    """Run everything until Ctrl-C."""
    with running_stack(home, is_demo=False) as stack, suppress(InterruptedByUserError):
        for dag_id in stack.dag_ids:
            stack.api.unpause(dag_id)
        say(f"Airflow  {stack.airflow}  user {ADMIN}, password {admin_password(stack.environment)}")
        say(f"Sandbox  {stack.sandbox}  the shops and the books, made up")
        say("Ctrl-C stops everything.")
        while True:
            stack.watch(1.0)


def demo(home: Home) -> None:
    """Play the sandbox's week, show what came of it, and prove it."""
    say("The sandbox's request limits are lifted: at the vendors' own pace a week of orders takes an hour.")
    with running_stack(home, is_demo=True) as stack:
        before = Ledger.read(stack)
        runs = play(stack)
        refuse_failures(stack, runs)
        after = Ledger.read(stack)
        _write(table(stack, runs, before, after), "")
        _write(*proof(stack, after), "")
    _write(f"Reports: {stack.environment['REPORTS_PATH']}/<company>/<day>/reconciliation.html")
    _write("`make up` shows the same week in Airflow; another `make demo` writes nothing new.")


def down(home: Home) -> None:
    """Stop everything that runs here, also what a killed `up` has left behind."""
    with step("stopping"):
        Record(home.folder).stop()
        if home.postgres is not None:
            home.postgres.stop()


def status(home: Home) -> None:
    """Say what runs here and where to look at it."""
    running = Record(home.folder).running()
    for name, page in (running.pages if running else {}).items():
        say(f"{name} runs: {page}")
    if running is None:
        say("Airflow does not run; `make up` starts it.")
    if home.postgres is not None:
        state = "runs" if home.postgres.is_running else "does not run"
        say(f"PostgreSQL {state}; its data is in {home.postgres.folder}.")


def _write(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
