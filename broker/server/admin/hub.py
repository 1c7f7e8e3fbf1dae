"""The live view: one observer of the plugins' tables for all clients of /api/v1/events.

While nobody watches, the way of a message knows nothing of this; a client that is slower than the messages is let
go, so that it never holds more than its share of memory.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from broker.hooks import Event, SessionView
from broker.server.admin.event_text import frame
from broker.server.admin.surface import PluginBook, Surface

MAX_CLIENTS = 64
MAX_FRAMES = 2048
MAX_BYTES = 4 * 1024 * 1024
_log = structlog.get_logger("broker.server.admin")


class Client:
    """One who watches: what it wants, and what waits for it, at most 2048 messages and 4 MiB."""

    def __init__(self, identity: str | None, action: str | None, *, name: str, abort: Callable[[], None]) -> None:
        self.identity = identity
        self.action = action
        self.name = name
        self.closed = False
        self._abort = abort
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def wants(self, identity: str, action: str) -> bool:
        return self.identity in (None, identity) and self.action in (None, action)

    def offer(self, data: bytes) -> None:
        """Queue a frame; one too many ends the client."""
        if self.closed:
            return
        full = len(self._frames) >= MAX_FRAMES or self._bytes + len(data) > MAX_BYTES
        if full and self._frames:
            _log.warning("slow client of the event stream dropped", client=self.name, waiting=len(self._frames))
            self.close()
            self._abort()
            return
        self._frames.append(data)
        self._bytes += len(data)
        self._wake.set()

    async def next(self, seconds: float) -> bytes:
        """What waits, all of it; empty when nothing came in `seconds`, or at the end."""
        if not self._frames and not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                return b""
        data = b"".join(self._frames)
        self._frames.clear()
        self._bytes = 0
        if not self.closed:
            self._wake.clear()
        return data

    def close(self) -> None:
        """Let go of it; nothing more is queued."""
        self.closed = True
        self._frames.clear()
        self._bytes = 0
        self._wake.set()


class Hub:
    """Takes each message once and gives it to the clients that want it."""

    def __init__(self, surface: Surface, *, heartbeat: float = 15.0) -> None:
        self.heartbeat = heartbeat
        """Seconds without a message after which a client gets a comment."""
        self._surface = surface
        self._clients: set[Client] = set()
        self._watched: PluginBook | None = None
        self._number = 0

    @property
    def full(self) -> bool:
        return len(self._clients) >= MAX_CLIENTS

    def join(self, client: Client) -> None:
        self._clients.add(client)
        self.follow()

    def leave(self, client: Client) -> None:
        client.close()
        self._clients.discard(client)
        self.follow()

    def follow(self) -> None:
        """Watch the plugins that are loaded now while there is a client; a reload loads others."""
        wanted = self._surface.plugins if self._clients else None
        if wanted is self._watched:
            return
        if self._watched is not None:
            self._watched.unwatch(self._observe)
        self._watched = wanted
        if wanted is not None:
            wanted.watch(self._observe)

    def close(self) -> None:
        """End every stream."""
        for client in list(self._clients):
            self.leave(client)

    def _observe(self, session: SessionView, event: Event) -> None:
        wanting = [client for client in self._clients if client.wants(session.identity, event.action)]
        if not wanting:
            return
        self._number += 1
        data = frame(self._number, session, event)
        for client in wanting:
            client.offer(data)
