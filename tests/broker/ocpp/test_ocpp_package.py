"""The core as a whole: what it exports, and that it knows nobody."""

import ast
from pathlib import Path

import pytest

import broker.ocpp

FILES = sorted(Path(broker.ocpp.__file__).parent.glob("*.py"))
#: I/O, clocks and logs are for others.
FORBIDDEN = {"asyncio", "time", "datetime", "logging", "structlog", "socket", "threading", "aiohttp", "random", "os"}


def test_every_exported_name_exists_and_has_a_docstring():
    assert broker.ocpp.__all__ == sorted(broker.ocpp.__all__)
    for name in broker.ocpp.__all__:
        assert getattr(broker.ocpp, name).__doc__, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_core_imports_nobody_of_ours_and_does_no_io(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            assert module.split(".")[0] not in FORBIDDEN
            assert not module.startswith("broker") or module.startswith("broker.ocpp")
