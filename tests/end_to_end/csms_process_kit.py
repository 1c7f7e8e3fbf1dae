"""A CSMS for a process of its own: says its port, then every call that it is asked, a line of JSON each."""

import asyncio
import json

from watched_kit import Backend


class _Told(list):
    """A log that is written out at once."""

    def append(self, call):
        print(json.dumps(call), flush=True)


class _Logs(dict):
    def setdefault(self, identity, _):
        return super().setdefault(identity, _Told())


async def listen():
    """Serve until the process is ended."""
    csms = Backend("bad", first=500)
    csms.log = _Logs()
    async with csms:
        print(csms.port, flush=True)
        await asyncio.Event().wait()
