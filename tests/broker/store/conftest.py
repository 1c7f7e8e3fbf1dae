"""Stores in files of their own."""

import pytest
from store_kit import Disk, opened

from broker.store import database, writer


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
def prepared(path):
    """A database that is open, without threads."""
    one = database.Database(f"sqlite:///{path}")
    opened = one.open()
    yield opened
    opened.connection.close()
    one.release()


@pytest.fixture
def disk(monkeypatch):
    """Breaks when told to; stores look every twentieth of a second whether it is whole again."""
    one = Disk()
    monkeypatch.setattr(database.Database, "_connect", staticmethod(one.connect))
    monkeypatch.setattr(writer, "_PROBE_SECONDS", 0.05)
    return one
