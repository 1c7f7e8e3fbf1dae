"""Fixtures of the station door's tests. Tests that open sockets run on asyncio's loop and on uvloop."""

import asyncio

import pytest
import uvloop
from door_kit import Pki

_ON_BOTH_LOOPS = (
    "test_accept.py",
    "test_connection.py",
    "test_door.py",
    "test_door_credentials.py",
    "test_door_quirks.py",
    "test_door_ratchet.py",
    "test_door_registrations.py",
    "test_door_tls.py",
    "test_listener.py",
    "test_listeners.py",
)


def pytest_asyncio_loop_factories(config, item):
    loops = {"asyncio": asyncio.new_event_loop}
    if item.path.name in _ON_BOTH_LOOPS:
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@pytest.fixture(scope="session")
def shared_pki(tmp_path_factory):
    """A PKI that no test changes: server certificates for localhost, station certificates for CP001 and CP002."""
    pki = Pki(tmp_path_factory.mktemp("pki"))
    pki.station("CP001")
    pki.station("CP002")
    return pki


@pytest.fixture(scope="session")
def pattern(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pattern") / "pki")


@pytest.fixture
def pki(tmp_path, pattern):
    """A PKI of the test's own, with other CAs than the shared one."""
    return Pki(tmp_path / "pki", like=pattern)
