"""Brings a database to today's tables, with the scripts in `migrations`."""

import logging
import sqlite3
from pathlib import Path

from broker.store.errors import StoreError
from broker.store.revision import REVISION

_SCRIPTS = Path(__file__).with_name("migrations")


def bring_up(connection: sqlite3.Connection, name: str) -> None:
    """Create or migrate the tables in one transaction; nothing to do, and nothing imported, where they are today's."""
    found = revision(connection)
    if found == REVISION:
        return
    if found is None and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreError(f"store: {name}: this is a database of something else; give the broker a file of its own")
    _upgrade(connection, name, found)


def revision(connection: sqlite3.Connection) -> str | None:
    """What the database says that its tables are; None where it says nothing."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _upgrade(connection: sqlite3.Connection, name: str, found: str | None) -> None:
    # Imported here: a quarter of a second that a database of today does not need.
    logging.getLogger("alembic").setLevel(logging.WARNING)  # what it says of each table is of no use to an operator
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(f"store: {name}: written by a newer version (tables {found}, this one knows {REVISION})")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.begin() as link:
        link.exec_driver_sql("BEGIN IMMEDIATE")  # all of it or nothing, also its DDL
        config.attributes["connection"] = link
        command.upgrade(config, "head")
