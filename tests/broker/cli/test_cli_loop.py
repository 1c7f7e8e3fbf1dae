"""The event loop of a command."""

import asyncio
import sys

from broker.cli.loop import run


async def loop_name() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_uvloop_is_used_where_it_is_installed():
    assert run(loop_name()).startswith("uvloop")


def test_without_uvloop_the_standard_loop_does(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run(loop_name()).startswith("asyncio")
