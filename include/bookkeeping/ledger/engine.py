"""Opening the ledger's database: PostgreSQL or SQLite, at the schema that this code expects."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from bookkeeping.errors import MisconfiguredError

MIGRATIONS = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 7_241_952_002  # the advisory lock that keeps two migrations apart
PATIENCE = 60  # seconds that a file held by another process is waited for


def open_engine(url: URL | str) -> sa.Engine:
    """Return an engine for the ledger; an empty database is made ready, an outdated one refused.

    :raises MisconfiguredError: the database cannot be reached, or `python -m bookkeeping migrate` has not
        been run since an upgrade.
    """
    engine, revision = _reach(sa.make_url(url))
    if revision is None:
        migrate(engine)
    elif revision != _newest():
        engine.dispose()
        raise MisconfiguredError(
            f"The ledger's schema is at revision {revision}, this version needs {_newest()}. "
            "Nothing was sent. Run `python -m bookkeeping migrate` (or `make init`) and clear the task."
        )
    return engine


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest revision; safe to run from several processes at once."""
    config = _config()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrate_url(url: URL | str) -> str:
    """Migrate the database at an address; return the address without its password.

    :raises MisconfiguredError: the database cannot be reached.
    """
    engine, _ = _reach(sa.make_url(url))
    try:
        migrate(engine)
    finally:
        engine.dispose()
    return engine.url.render_as_string()


def _reach(url: URL) -> tuple[sa.Engine, str | None]:
    """Return an engine that has been proved to work, and the revision of the schema behind it."""
    try:
        engine = _connectable(url)
        with engine.connect() as connection:
            return engine, MigrationContext.configure(connection).get_current_revision()
    except (sa.exc.DatabaseError, OSError) as error:
        cause = type(getattr(error, "orig", error)).__name__
        raise MisconfiguredError(
            f"The ledger at {url.render_as_string()} cannot be reached ({cause}). "
            "Nothing was sent. Check the connection ledger_default and that its database runs."
        ) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _connectable(url: URL) -> sa.Engine:
    """A SQLite transaction takes its lock when it begins, so that two claims cannot both read first."""
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=2, hide_parameters=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE}, hide_parameters=True)
    sa.event.listen(engine, "connect", _wait_for_locks)
    sa.event.listen(engine, "begin", _lock_at_once)
    return engine


def _wait_for_locks(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]
    _log_ahead(connection)


@retry(
    retry=retry_if_exception(lambda error: getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY),
    stop=stop_after_delay(PATIENCE),
    wait=wait_random(0, 0.1),
    reraise=True,
)
def _log_ahead(connection: object) -> None:
    """SQLite itself does not wait here: two that open a new file at once may refuse each other."""
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]


def _lock_at_once(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
