"""Fixtures of the whole broker's tests."""

import socket

import pytest
from aiohttp import ClientSession
from app_kit import Site


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture
async def http():
    async with ClientSession() as session:
        yield session


@pytest.fixture
def taken():
    """The port of somebody else."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def free(unused_tcp_port_factory):
    return unused_tcp_port_factory()
