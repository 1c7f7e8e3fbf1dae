"""From a database of 0002 to what OCPP 2.x has beyond 1.6."""

import ast
import sqlite3

import pytest
from store_kit import opened

from broker.store import migrate
from broker.store.revision import REVISION


@pytest.fixture
def old(path):
    """A database as it was before, with a token and a variable."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    connection = sqlite3.connect(path, isolation_level=None)
    config = Config()
    config.set_main_option("script_location", str(migrate._SCRIPTS))
    config.set_main_option("path_separator", "os")
    with create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool).begin() as link:
        config.attributes["connection"] = link
        command.upgrade(config, "0002")
    connection.execute("INSERT INTO token VALUES ('tag','TAG','','Accepted',NULL,NULL,NULL,'note',NULL,5.0)")
    connection.execute("INSERT INTO variable VALUES ('CP1','','HeartbeatInterval','Actual','60',0,1.0,NULL,NULL)")
    connection.close()


async def test_rows_of_before_stay_and_have_nothing_new(url, path, old):
    async with opened(url) as store:
        (token,) = await store.select("token")
        (variable,) = await store.select("variable")
        assert await store.select("station_event") == []
    assert token[:10] == ("tag", "TAG", "", "Accepted", None, None, None, "note", None, 5.0)
    assert token[10:] == (None, None, b"{}", None, None, None)
    assert variable == ("CP1", "", "HeartbeatInterval", "Actual", "60", 0, 1.0, None, None, b"{}")
    connection = sqlite3.connect(path)
    assert migrate.revision(connection) == REVISION
    connection.close()


def test_the_script_stands_alone():
    """It may not change with the code: it imports none of it."""
    source = (migrate._SCRIPTS / "versions" / "r0003_device_model.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in nodes} == {"import sqlalchemy as sa", "from alembic import op"}
