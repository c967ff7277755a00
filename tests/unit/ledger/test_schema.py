"""The migrations make exactly the tables that the code believes in."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bookkeeping.ledger.tables import metadata

TABLES = sorted(metadata.tables)


def test_the_migrations_leave_nothing_to_change(engine):
    # Alembic cannot read an empty text as a default back from SQLite, and takes it for none.
    shows_defaults = engine.dialect.name != "sqlite"
    options = {"compare_type": True, "compare_server_default": shows_defaults}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)

        assert compare_metadata(context, metadata) == []


def test_a_table_that_the_code_has_changed_is_noticed(engine):
    changed = sa.MetaData()
    for table in metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["entries"].append_column(sa.Column("colour", sa.String(8)))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)

        assert [step[0] for step in compare_metadata(context, changed)] == ["add_column"]


@pytest.mark.parametrize("name", TABLES)
def test_columns_have_the_declared_type_and_say_whether_they_may_be_empty(engine, name):
    made = {column["name"]: column for column in sa.inspect(engine).get_columns(name)}

    assert {column: (type_of(engine, made[column]["type"]), made[column]["nullable"]) for column in made} == {
        column.name: (type_of(engine, column.type), column.nullable)
        for column in metadata.tables[name].columns
    }


def type_of(engine, kind):
    return kind.compile(engine.dialect)


@pytest.mark.parametrize("name", TABLES)
def test_constraints_are_made_under_the_declared_names(engine, name):
    made = {check["name"] for check in sa.inspect(engine).get_check_constraints(name)}

    assert made == {
        engine.dialect.identifier_preparer.format_constraint(constraint)
        for constraint in metadata.tables[name].constraints
        if isinstance(constraint, sa.CheckConstraint)
    }


@pytest.mark.parametrize("name", TABLES)
def test_indexes_are_made_over_the_declared_columns(engine, name):
    made = {index["name"]: index["column_names"] for index in sa.inspect(engine).get_indexes(name)}

    assert made == {index.name: index.columns.keys() for index in metadata.tables[name].indexes}


def test_the_data_team_finds_every_column_of_the_tables_explained_in_the_same_words(postgres_engine):
    inspector = sa.inspect(postgres_engine)
    made = {(name, c["name"]): c["comment"] for name in TABLES for c in inspector.get_columns(name)}

    assert made == {(name, c.name): c.comment for name in TABLES for c in metadata.tables[name].columns}
