"""The ledger is found by Airflow's connection, by its environment variable, or beside Airflow's database."""

import pytest

from bookkeeping.errors import MisconfiguredError
from bookkeeping.ledger.address import connection_url, default_url, url_from_environment

SERVER = {"conn_type": "postgres", "host": "db", "port": 5433, "login": "me", "password": "p@ss/w:rd"}


def shown(url):
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize("conn_type", ["postgres", "postgresql"])
def test_a_server_is_addressed_with_all_that_the_connection_says(conn_type):
    url = connection_url({**SERVER, "conn_type": conn_type, "schema": "books"})

    assert shown(url) == "postgresql+psycopg2://me:p%40ss%2Fw%3Ard@db:5433/books"


def test_what_a_connection_leaves_out_is_the_servers_own_choice():
    fields = {
        "conn_type": "postgres",
        "host": "db",
        "port": None,
        "login": "",
        "password": None,
        "schema": "",
    }

    assert shown(connection_url(fields)) == "postgresql+psycopg2://db/ledger"


def test_a_folder_for_a_host_is_the_servers_local_socket():
    url = connection_url({**SERVER, "host": "/run/postgresql", "port": ""})

    assert (url.host, url.query) == (None, {"host": "/run/postgresql"})


def test_a_file_is_addressed_by_its_path():
    assert shown(connection_url({"conn_type": "sqlite", "host": "/data/my ledger.db"})) == (
        "sqlite:////data/my ledger.db"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"conn_type": "mysql", "host": "db"}, '"mysql" is not allowed; use postgres or sqlite'),
        ({"host": "db"}, '"" is not allowed'),
        ({"conn_type": "postgres"}, "host is empty"),
        ({"conn_type": "sqlite", "host": None}, "host is empty"),
    ],
)
def test_a_connection_that_leads_nowhere_is_refused_by_field(fields, words):
    with pytest.raises(MisconfiguredError, match=words):
        connection_url(fields)


def test_without_a_connection_the_ledger_is_beside_airflows_own_database(monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))

    assert default_url().database == str(tmp_path / "ledger.db")


def test_without_airflow_home_the_ledger_is_where_airflow_would_be(monkeypatch, tmp_path):
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert default_url().database == str(tmp_path / "airflow" / "ledger.db")


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ('{"conn_type": "postgres", "host": "db"}', "postgresql+psycopg2://db/ledger"),
        ("postgres://me:secret@db:5433/books", "postgresql+psycopg2://me:secret@db:5433/books"),
        ("postgresql://db/books", "postgresql+psycopg2://db/books"),
        ("postgresql+psycopg2://db/books", "postgresql+psycopg2://db/books"),
        ('{"conn_type": "sqlite", "host": "/data/ledger.db"}', "sqlite:////data/ledger.db"),
        ("sqlite:////data/ledger.db", "sqlite:////data/ledger.db"),
    ],
)
def test_a_shell_reads_the_variable_as_airflow_does(monkeypatch, variable, address):
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DEFAULT", variable)

    assert shown(url_from_environment()) == address


def test_a_shell_without_the_variable_takes_the_default(monkeypatch, tmp_path):
    monkeypatch.delenv("AIRFLOW_CONN_LEDGER_DEFAULT", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))

    assert url_from_environment() == default_url()
