"""A file endpoint without sockets."""

import asyncio
from pathlib import Path

from broker.api import Transfer

TOKEN = "0123456789abcdef" * 2 + "01234567"


class FakeEndpoint:
    """Gives URLs, and notes what was asked for; `done` tells who waits for the last one."""

    available = True

    def __init__(self, *names):
        self.names = names or ("v2.bin",)
        self.asked = []
        self._waiting = []

    def offer(self, name, *, identity, hours=24, on_done=None):
        if name not in self.names:
            raise FileNotFoundError(name)
        self.asked.append(("offer", name, identity, hours))
        self._waiting.append(on_done)
        return f"http://files.example/{TOKEN}/{name}"

    def expect(self, *, identity, purpose, hours=24, on_done=None):
        self.asked.append(("expect", purpose, identity, hours))
        self._waiting.append(on_done)
        return f"http://files.example/{TOKEN}"

    def done(self, **more):
        self._waiting[-1](transfer(**more))


def transfer(**more):
    values = {"identity": "CP001", "purpose": "log", "name": "a.log", "bytes": 5, "ok": True, "path": Path("/up/x-1")}
    return Transfer(**{**values, "at": 7.0, **more})


async def until(condition):
    """Wait for what a task of the plugin does."""
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0)
