"""From a database of 0001 to the tables of what a CSMS has to know."""

import ast
import sqlite3

import pytest
from store_kit import message, opened

from broker.store import migrate, ops
from broker.store.revision import REVISION


def of_the_first_version(path):
    """A database as 0.1.0 has made it, with a row in each table."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    connection = sqlite3.connect(path, isolation_level=None)
    config = Config()
    config.set_main_option("script_location", str(migrate._SCRIPTS))
    config.set_main_option("path_separator", "os")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.begin() as link:
        config.attributes["connection"] = link
        command.upgrade(config, "0001")
    return connection


OF_IT = [
    ops.put_outbox(message(5)),
    ops.put_outbox(message(6)),
    ops.bury(6, "refused", 1.0),
    ops.put_transaction("CP1", 3, b"tx"),
    ops.put_id("CP1", "profile", "main", 1, 2),
    ops.put_memory("CP1", b"memory"),
    ops.put_route("CP1", b"route"),
    ops.put_credential("CP1", b"credential"),
    ops.put_token("main", "digest", b"Accepted", 5.0),
    ops.put_setting("key", b"secret"),
    ops.reserve_ids(7000),
]


@pytest.fixture
def old(path):
    from broker.store.plan import execute, plan
    from broker.store.statements import writes

    connection = of_the_first_version(path)
    assert migrate.revision(connection) == "0001"
    for run in plan(OF_IT):
        execute(connection, writes(), run)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    content = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    assert "charging_transaction" not in names
    return {name: rows for name, rows in content.items() if name != "alembic_version"}


async def test_a_database_of_before_gets_the_new_tables_and_keeps_every_row(url, path, old):
    async with opened(url) as store:
        assert store.new_id() == 7000
        assert [row.id for row in await store.outbox("CP1", "main")] == [5]
        assert await store.select("charging_transaction") == []
    connection = sqlite3.connect(path)
    assert migrate.revision(connection) == REVISION
    del old["counter"]  # goes on
    for name, rows in old.items():
        assert (name, connection.execute(f"SELECT * FROM {name}").fetchall()) == (name, rows)
        assert rows or name in ("probe",)
    connection.close()


def tables(connection):
    return set(connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))


def test_it_ends_with_the_tables_of_a_new_database(path, tmp_path, old):
    upgraded, fresh = sqlite3.connect(path, isolation_level=None), sqlite3.connect(":memory:", isolation_level=None)
    for connection in (upgraded, fresh):
        migrate.bring_up(connection, "x")
    assert tables(upgraded) == tables(fresh)
    upgraded.close()
    fresh.close()


def test_a_migration_that_breaks_leaves_the_old_database_as_it_was(path, old, monkeypatch):
    from alembic.operations import Operations

    real = Operations.create_table

    def breaks(self, name, *columns, **options):
        if name == "document":
            raise sqlite3.OperationalError("disk full")
        return real(self, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", breaks)
    connection = sqlite3.connect(path, isolation_level=None)
    before = tables(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate.bring_up(connection, "x")
    assert (tables(connection), migrate.revision(connection)) == (before, "0001")
    connection.close()


def test_indexes_of_some_rows_only_are_the_same_in_code_and_script():
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    from broker.store.schema import metadata

    found = []
    for make in (
        lambda one: migrate.bring_up(one, "memory"),
        lambda one: metadata.create_all(create_engine("sqlite://", creator=lambda: one, poolclass=StaticPool)),
    ):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        make(connection)
        sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'charging_transaction_open'").fetchone()[0]
        found.append(" ".join(sql.split()))
        collations = "SELECT name FROM sqlite_master WHERE sql LIKE '%NOCASE%' ORDER BY 1"
        found.append(str(connection.execute(collations).fetchall()))
        connection.close()
    assert found[:2] == found[2:]
    assert "WHERE ended IS 0" in found[0]


def test_the_script_stands_alone():
    """It may not change with the code: it imports none of it."""
    source = (migrate._SCRIPTS / "versions" / "r0002_csms.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in nodes} == {
        "from typing import Any",
        "import sqlalchemy as sa",
        "from alembic import op",
    }
