"""The scripts together make the tables that the code expects."""

import sqlite3

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from broker.store.migrate import bring_up
from broker.store.schema import metadata


def made(by):
    connection = sqlite3.connect(":memory:", isolation_level=None)
    by(connection)
    found = {
        (kind, name): sorted(connection.execute(f"PRAGMA table_info({name})"))
        for kind, name in connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE '%alembic%'")
    }
    indexes = {
        name: [row[2] for row in connection.execute(f"PRAGMA index_info({name})")]
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        if "alembic" not in name
    }
    connection.close()
    return found, indexes


def engine_of(connection):
    return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def test_the_tables_of_the_scripts_are_the_tables_of_the_code():
    assert made(lambda connection: bring_up(connection, "memory")) == made(
        lambda connection: metadata.create_all(engine_of(connection))
    )


def test_alembic_finds_nothing_that_a_script_is_missing_for():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    bring_up(connection, "memory")
    with engine_of(connection).connect() as link:
        assert compare_metadata(MigrationContext.configure(link, opts={"compare_type": True}), metadata) == []
    connection.close()
