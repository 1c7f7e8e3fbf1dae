"""Bringing a database to today's tables."""

import logging
import sqlite3
import subprocess
import sys

import pytest

from broker.store import migrate
from broker.store.errors import StoreError
from broker.store.revision import REVISION


@pytest.fixture
def empty():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def tables(connection):
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_an_empty_database_gets_todays_tables(empty):
    migrate.bring_up(empty, "memory")
    assert migrate.revision(empty) == REVISION
    assert tables(empty) >= {"outbox", "dead_letter", "station_transaction", "station_id", "setting"}
    assert not empty.in_transaction


def test_a_database_of_today_needs_no_alembic(empty, path):
    code = (
        "import sqlite3, sys; from broker.store.migrate import bring_up\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None); bring_up(connection, 'x')\n"
        "print([name for name in ('alembic', 'sqlalchemy') if name in sys.modules])"
    )
    said = [
        subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["['alembic', 'sqlalchemy']\n", "[]\n"]


def test_tables_of_something_else_are_left_alone(empty):
    empty.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError, match="database of something else"):
        migrate.bring_up(empty, "memory")
    assert tables(empty) == {"customers"}


def test_tables_of_a_newer_version_are_left_alone(empty):
    migrate.bring_up(empty, "memory")
    empty.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=f"written by a newer version .tables 9999, this one knows {REVISION}"):
        migrate.bring_up(empty, "memory")


def test_a_migration_is_made_as_a_whole_or_not_at_all(empty, monkeypatch):
    from alembic.operations import Operations

    real = Operations.create_table

    def breaks(self, name, *columns, **options):
        if name == "setting":
            raise sqlite3.OperationalError("disk full")
        return real(self, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", breaks)
    with pytest.raises(sqlite3.OperationalError):
        migrate.bring_up(empty, "memory")
    assert tables(empty) == set()


def test_logging_stays_as_it_was(empty):
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").handlers, logging.root.manager.disable)
    migrate.bring_up(empty, "memory")
    assert before == (
        root.level,
        list(root.handlers),
        logging.getLogger("alembic").handlers,
        logging.root.manager.disable,
    )
