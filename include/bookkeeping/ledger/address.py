"""Where the ledger lives: the connection ``ledger_default``, or a file beside Airflow's own database."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

from bookkeeping.errors import MisconfiguredError

DRIVERS = {"postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2", "sqlite": "sqlite"}


def connection_url(fields: Mapping[str, Any]) -> URL:
    """Return the address in an Airflow connection's fields.

    :param fields: ``conn_type`` (postgres, sqlite), ``host``, ``port``, ``login``, ``password``, ``schema``.
    :raises MisconfiguredError: another database, or no host.
    """
    kind, host = str(fields.get("conn_type", "")), fields.get("host") or ""
    if kind not in DRIVERS:
        raise MisconfiguredError(
            f'Connection ledger_default: conn_type "{kind}" is not allowed; use postgres or sqlite.'
        )
    if not host:
        raise MisconfiguredError(
            "Connection ledger_default: host is empty; give the server, or SQLite's file."
        )
    if kind == "sqlite":
        return URL.create("sqlite", database=str(host))
    return _server_url(kind, str(host), fields)


def _server_url(kind: str, host: str, fields: Mapping[str, Any]) -> URL:
    port = fields.get("port")
    where = {"query": {"host": host}} if host.startswith("/") else {"host": host}
    return URL.create(
        DRIVERS[kind],
        username=fields.get("login") or None,
        password=fields.get("password") or None,
        port=int(port) if port else None,
        database=fields.get("schema") or "ledger",
        **where,
    )


def airflow_home() -> Path:
    """Return the folder that Airflow itself would use: ``AIRFLOW_HOME``, else ``~/airflow``."""
    return Path(os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser()


def default_url() -> URL:
    """Return the address of the ledger when no connection names one: a SQLite file under ``AIRFLOW_HOME``."""
    return URL.create("sqlite", database=str(airflow_home() / "ledger.db"))


def url_from_environment() -> URL:
    """Return the address in ``AIRFLOW_CONN_LEDGER_DEFAULT``, as JSON or as a URI, else the default."""
    text = os.environ.get("AIRFLOW_CONN_LEDGER_DEFAULT", "")
    if text.startswith("{"):
        return connection_url(json.loads(text))
    if not text:
        return default_url()
    url = make_url(text)
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
