"""A ledger is opened ready for work, or refused in words that say what to do."""

import socket
import sqlite3
import traceback

import pytest
import sqlalchemy as sa

from bookkeeping.__main__ import main
from bookkeeping.errors import MisconfiguredError
from bookkeeping.ledger import SyncLedger, migrate_url, open_engine
from bookkeeping.ledger.engine import _newest

EVERYTHING = [
    *("alembic_version", "bill_payments", "buckets", "contents", "cursors", "entries", "events", "in_hand"),
    *("places", "portals", "shop_days", "shop_orders", "summary_days", "summary_parts", "warnings"),
]


@pytest.fixture
def refused(tmp_path):
    """Open a ledger that must be refused; return everything that a log would show."""

    def refuse(url, opening=open_engine):
        with pytest.raises(MisconfiguredError) as refusal:
            opening(url)
        return "".join(traceback.format_exception(refusal.value))

    return refuse


@pytest.fixture
def silent_port():
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def server_url(port):
    return sa.URL.create("postgresql+psycopg2", "ledger", "pa55word", "127.0.0.1", port, "ledger")


def set_revision(engine, revision):
    with engine.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_an_empty_file_is_made_ready_with_its_folder(tmp_path, due):
    engine = open_engine(f"sqlite:///{tmp_path}/new/folder/ledger.db")

    SyncLedger(engine).expect([due()])

    assert sa.inspect(engine).get_table_names() == EVERYTHING
    engine.dispose()


def test_an_empty_database_is_made_ready(empty_postgres_url, due):
    engine = open_engine(empty_postgres_url)

    SyncLedger(engine).expect([due()])

    assert sorted(sa.inspect(engine).get_table_names()) == EVERYTHING
    engine.dispose()


def test_an_opened_ledger_keeps_what_it_knew(engine, due):
    SyncLedger(engine).expect([due()])

    another = open_engine(engine.url)

    assert [entry.key for entry in SyncLedger(another).of_company("romashka")] == [due().key]
    another.dispose()


def test_an_outdated_ledger_is_refused_with_the_command_to_run(engine, refused):
    set_revision(engine, "0000")
    try:
        words = refused(engine.url)
    finally:
        set_revision(engine, _newest())

    assert "at revision 0000" in words
    assert "Run `python -m bookkeeping migrate`" in words


def test_a_server_that_does_not_answer_is_named_without_its_password(refused, silent_port):
    words = refused(server_url(silent_port))

    assert f"postgresql+psycopg2://ledger:***@127.0.0.1:{silent_port}/ledger cannot be reached" in words
    assert "ledger_default" in words
    assert "pa55word" not in words


def test_a_refused_password_is_not_repeated(postgres_server, refused):
    words = refused(postgres_server.set(password="pa55word"))

    assert "cannot be reached (OperationalError)" in words
    assert "pa55word" not in words


def test_a_database_that_does_not_exist_is_refused(postgres_server, refused):
    assert "/nowhere cannot be reached" in refused(postgres_server.set(database="nowhere"))


def test_an_address_with_a_foreign_option_is_refused(postgres_server, refused):
    words = refused(postgres_server.update_query_dict({"__extra__": "{}"}))

    assert "cannot be reached (ProgrammingError)" in words


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path, refused):
    letter = tmp_path / "letter.txt"
    letter.write_text("not a database " * 100)

    words = refused(f"sqlite:///{letter}")

    assert "letter.txt cannot be reached (DatabaseError)" in words
    assert letter.read_text() == "not a database " * 100


def test_a_place_where_no_file_can_be_is_refused(tmp_path, refused):
    (tmp_path / "file").touch()

    assert "cannot be reached" in refused(f"sqlite:///{tmp_path}/file/ledger.db")
    assert "cannot be reached" in refused(f"sqlite:///{tmp_path}")


def test_migrating_by_hand_is_refused_in_the_same_words(refused, silent_port):
    words = refused(server_url(silent_port), opening=migrate_url)

    assert "cannot be reached" in words
    assert "pa55word" not in words


def test_the_shell_command_makes_a_ledger_ready_and_hides_the_password(
    empty_postgres_url, monkeypatch, capsys
):
    monkeypatch.setenv(
        "AIRFLOW_CONN_LEDGER_DEFAULT", empty_postgres_url.render_as_string(hide_password=False)
    )

    assert main(["migrate"]) == 0

    shown = capsys.readouterr().out
    assert "up to date" in shown
    assert empty_postgres_url.password not in shown
    engine = sa.create_engine(empty_postgres_url, poolclass=sa.NullPool)
    assert sorted(sa.inspect(engine).get_table_names()) == EVERYTHING


def test_the_shell_command_says_what_is_wrong_and_fails(silent_port, monkeypatch, capsys):
    url = server_url(silent_port).render_as_string(hide_password=False)
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DEFAULT", url)

    assert main(["migrate"]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "cannot be reached" in shown.err
    assert "pa55word" not in shown.err


def test_a_read_by_another_program_does_not_stop_a_claim(sqlite_ledger, due):
    ledger = SyncLedger(sqlite_ledger)
    ledger.expect([due()])
    reader = sqlite3.connect(sqlite_ledger.url.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()

    assert ledger.claim(due().key)

    reader.close()
