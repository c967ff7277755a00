"""Where one copy of the project keeps what it makes while it runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from local_airflow.keys import Keys, load_keys
from local_airflow.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]

DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@dataclass(frozen=True)
class Home:
    """One `AIRFLOW_HOME`, as seen from a shell with the variables *given*."""

    folder: Path
    given: Mapping[str, str] = field(repr=False)

    @classmethod
    def of_this_shell(cls) -> Home:
        """Return the home that `AIRFLOW_HOME` names, or `.airflow` in the project."""
        given = dict(os.environ)
        return cls(Path(given.get("AIRFLOW_HOME") or ROOT / ".airflow").absolute(), given)

    @property
    def password_file(self) -> Path:
        """Where Airflow's simple auth manager looks for passwords."""
        return self.folder / "passwords.json"

    @property
    def sandbox_state(self) -> Path:
        """Where the sandbox keeps its books between two starts."""
        return self.folder / "sandbox.json"

    @property
    def service_logs(self) -> Path:
        """A log for each service, from its last start."""
        return self.folder / "logs" / "services"

    @cached_property
    def keys(self) -> Keys:
        """The secrets of this home, made when first asked for."""
        return load_keys(self.folder / "keys.json")

    @cached_property
    def postgres(self) -> Postgres | None:
        """The embedded server, or None if the shell names a database of its own."""
        if self._names_a_database:
            return None
        return Postgres(self.folder / "postgres", self.keys.database_password)

    @property
    def _names_a_database(self) -> bool:
        """After `eval "$(make -s env)"` a shell names our own server, which is not another one."""
        if self.given.get(f"{DATABASE}_CMD") or self.given.get(f"{DATABASE}_SECRET"):
            return True
        named = self.given.get(DATABASE, "")
        return named != "" and self.keys.database_password not in named
