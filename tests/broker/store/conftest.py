"""Stores in files of their own."""

import pytest
from store_kit import opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "switchboard.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


@pytest.fixture
async def store(url):
    async with opened(url) as one:
        yield one


@pytest.fixture
def connection(path):
    """A prepared database, without threads."""
    from broker.store.database import Database

    database = Database(f"sqlite:///{path}")
    connection = database.open().connection
    yield connection
    connection.close()
    database.release()
