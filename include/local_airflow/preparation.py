"""Making the databases ready for use: Airflow's with its pools and connections, and the ledger's."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_airflow.console import step
from local_airflow.services import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local_airflow.home import Home
    from local_airflow.services import Services

COMMANDS = {
    "metadata": ("-m", "local_airflow.metadata"),
    "ledger": ("-m", "bookkeeping", "migrate"),
}


def start_database(home: Home) -> None:
    """Have the embedded PostgreSQL running, unless the shell names a database of its own."""
    if home.postgres is not None and not home.postgres.is_running:
        with step("starting PostgreSQL"):
            home.postgres.start()


@contextmanager
def database_of(home: Home) -> Iterator[None]:
    """Have the embedded PostgreSQL running inside the block, and stopped after it."""
    try:
        start_database(home)
        yield
    finally:
        if home.postgres is not None:
            home.postgres.stop()


def prepare(services: Services, environment: Mapping[str, str]) -> None:
    """Migrate both databases at the same time and add missing pools and connections; safe to repeat."""
    with step("preparing the databases, pools and connections"):
        for name, arguments in COMMANDS.items():
            services.start(Service(name, (sys.executable, *arguments), environment))
        services.finish(COMMANDS)
