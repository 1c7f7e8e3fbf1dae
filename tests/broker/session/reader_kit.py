"""A Reader on one end of a real WebSocket, whose handler a test writes."""

import asyncio
from contextlib import asynccontextmanager

from socket_kit import pair, tasks_named, until

from broker.session.reader import Reader
from broker.session.socket import Socket


class Rig:
    """A Reader on the server's end. `on(text)` says what a frame does; what it returns is the frame's work."""

    def __init__(self, socket, ws, client):
        self.socket = socket
        self.ws = ws
        self.client = client
        self.on = lambda text: None
        self.seen = []
        self.tasks = []
        self.ends = []
        self.gate = None
        self.reader = Reader(socket, self._take, name="read test", pause=lambda: self.gate, on_end=self.ends.append)

    def _take(self, data, now):
        self.seen.append(data)
        self.tasks.append(asyncio.current_task())
        return self.on(data)

    async def send(self, *frames):
        for text in frames:
            await self.client.send_str(text)

    async def saw(self, *frames):
        """Wait until so many frames were taken, and compare."""
        await until(lambda: len(self.seen) >= len(frames))
        assert self.seen == list(frames)


@asynccontextmanager
async def rig(*, start=True, max_message=8 << 20):
    async with pair(max_message=max_message) as (server, client):
        now = asyncio.get_running_loop().time()
        made = Rig(Socket(server, send_deadline=30, on_limit=lambda name: None, now=now), server, client)
        if start:
            made.reader.start()
        yield made
    await until(lambda: not tasks_named("read test"))
    assert len(made.ends) == 1, "the end is told once"
