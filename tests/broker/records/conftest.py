"""Records in memory, and in a file."""

import pytest
from records_kit import opened


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/switchboard.db"


@pytest.fixture
async def records():
    async with opened("sqlite://") as one:
        yield one


@pytest.fixture
async def store(records):
    """The store below `records`."""
    return records._store
