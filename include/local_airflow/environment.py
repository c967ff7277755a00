"""The variables that an `airflow` command of this project needs; those that are already set win."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local_airflow.files import write_private
from local_airflow.home import DATABASE, ROOT
from local_airflow.ports import HOST
from local_airflow.postgres import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local_airflow.home import Home

ADMIN = "admin"
LEDGER = "AIRFLOW_CONN_LEDGER_DEFAULT"
OUR_HOSTS = "127.0.0.1,localhost"


def environment_of(home: Home) -> dict[str, str]:
    """Return the variables with their values, as they hold after those of the shell have won."""
    ours = {**_airflow(home), **_project(home), **_keys(home)}
    missing = {name: value for name, value in ours.items() if not _is_set(name, home.given)}
    kept = {name: home.given[name] for name in ours if home.given.get(name)}
    always = {"AIRFLOW_HOME": str(home.folder), "PATH": _path(home.given)}
    return {**missing, **kept, **_databases(home), **_around_the_proxy(home.given), **always}


def process_environment(home: Home) -> dict[str, str]:
    """Return all that a process of ours gets: the shell's variables and those of :func:`environment_of`.

    A shell that forbids compiled modules would slow each of the hundreds of starts to come.
    """
    given = {name: value for name, value in home.given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**given, **environment_of(home)}


def as_exports(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield one `export` line a variable, for the `eval` of any POSIX shell."""
    for name, value in environment.items():
        yield f"export {name}={shlex.quote(value)}"


def admin_password(environment: Mapping[str, str]) -> str:
    """Return the password with which `admin` signs in to Airflow."""
    file = Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    return str(json.loads(file.read_text(encoding="utf-8"))[ADMIN])


def _airflow(home: Home) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES": "webhook",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.password_file),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _project(home: Home) -> dict[str, str]:
    return {
        "COMPANIES_FILE": str(ROOT / "include" / "config" / "companies.yaml"),
        "STAGING_PATH": str(home.folder / "staging"),
        "REPORTS_PATH": str(home.folder / "reports"),
    }


def _keys(home: Home) -> dict[str, str]:
    if not home.password_file.exists():
        write_private(home.password_file, json.dumps({ADMIN: home.keys.admin_password}))
    return {
        "AIRFLOW__CORE__FERNET_KEY": home.keys.fernet_key,
        "AIRFLOW__API__SECRET_KEY": home.keys.api_secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": home.keys.jwt_secret,
    }


def _databases(home: Home) -> dict[str, str]:
    """Name the embedded server's databases, whose port may be another than this shell was told."""
    if home.postgres is None:
        return {name: home.given[name] for name in (DATABASE, LEDGER) if name in home.given}
    password, port = home.keys.database_password, home.postgres.port
    ledger = {"conn_type": "postgres", "host": HOST, "port": port, "login": ROLE, "password": password}
    named = home.given.get(LEDGER, "")
    return {
        DATABASE: f"postgresql+psycopg2://{ROLE}:{password}@{HOST}:{port}/airflow",
        LEDGER: named if named and password not in named else json.dumps({**ledger, "schema": "ledger"}),
    }


def _is_set(name: str, given: Mapping[str, str]) -> bool:
    """Airflow also takes a setting from `…_CMD` and `…_SECRET`, which a plain variable would override."""
    return any(given.get(form) for form in (name, f"{name}_CMD", f"{name}_SECRET"))


def _around_the_proxy(given: Mapping[str, str]) -> dict[str, str]:
    """Keep calls between our own processes away from the shell's proxy, if it has one."""
    if not any(name.lower() in {"http_proxy", "https_proxy", "all_proxy"} for name in given):
        return {}
    spared = given.get("no_proxy") or given.get("NO_PROXY") or ""
    merged = ",".join(dict.fromkeys([*filter(None, spared.split(",")), *OUR_HOSTS.split(",")]))
    return {"no_proxy": merged, "NO_PROXY": merged}


def _path(given: Mapping[str, str]) -> str:
    """Put the programs of our environment first, once."""
    programs = str(Path(sys.prefix) / "bin")
    others = [folder for folder in given.get("PATH", "").split(os.pathsep) if folder != programs]
    return os.pathsep.join([programs, *others])
