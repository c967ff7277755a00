"""Airflow's own database made ready in one process: its schema, the pools, the sandbox's connections.

Each `airflow` command takes three seconds to start and a fraction of one to work, so the commands run one
after the other inside `python -m local_airflow.metadata`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from airflow.__main__ import main as airflow_command

from local_airflow.connections import PORT, sandbox_connections

POOLS = {
    "bitrix": {"slots": 4, "description": "Tasks that read the shops at the same time"},
    "kontur": {"slots": 2, "description": "Tasks that write to Kontur.Accounting at the same time"},
    "elba": {"slots": 2, "description": "Tasks that write to Kontur.Elba at the same time"},
}


def main() -> None:
    """Bring the schema up to date and add what is missing; what somebody has changed stays as it is."""
    airflow("db", "migrate")
    known = {pool["pool"] for pool in json.loads(airflow("pools", "list", "--output", "json"))}
    if missing := {name: pool for name, pool in POOLS.items() if name not in known}:
        _import("pools", missing)
    _import("connections", sandbox_connections(PORT))


def airflow(*arguments: str) -> str:
    """Run one `airflow` command in this process and return what it printed."""
    sys.argv = ["airflow", *arguments]
    with redirect_stdout(StringIO()) as printed:
        airflow_command()
    return printed.getvalue()


def _import(what: str, values: dict[str, Any]) -> None:
    """Import from a file that only we can read; connections that exist already are left alone."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        airflow(what, "import", file.name)


if __name__ == "__main__":
    main()
