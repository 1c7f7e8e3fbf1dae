"""The file endpoint's tests that open sockets run on asyncio's loop and on uvloop."""

import asyncio
from pathlib import Path

import pytest
import uvloop
from door_kit import Pki

_ON_BOTH_LOOPS = (
    "test_files_connection.py",
    "test_files_desk.py",
    "test_files_downloads.py",
    "test_files_listening.py",
    "test_files_uploads.py",
)


def pytest_asyncio_loop_factories(config, item):
    loops = {"asyncio": asyncio.new_event_loop}
    if item.path.name in _ON_BOTH_LOOPS:
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@pytest.fixture(scope="session")
def files_pki(tmp_path_factory):
    """Server certificates for localhost and 127.0.0.1."""
    return Pki(tmp_path_factory.mktemp("files") / "pki")


@pytest.fixture
def firmware(tmp_path) -> Path:
    """The folder of the firmware, with one file of 3 MB in it."""
    folder = tmp_path / "firmware"
    folder.mkdir()
    (folder / "v2.bin").write_bytes(bytes(range(256)) * 12_000)
    return folder
