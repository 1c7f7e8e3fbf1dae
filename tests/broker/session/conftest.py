"""Fixtures of the session's tests."""

import pytest
from session_kit import Upstream


@pytest.fixture
async def upstream():
    made = Upstream()
    await made.start()
    yield made
    await made.stop()
