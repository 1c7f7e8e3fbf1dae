"""One TCP connection of the file endpoint: its deadline for the first request, and how far its bytes have got."""

import asyncio
import fcntl
import math
import struct
import termios
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import BaseRequest

from broker.server.connection import Timed
from broker.server.files.refused import Refused

CHUNK = 64 * 1024
"""Bytes that are read or written at once, and that `chunk_timeout` is for."""
KEEPALIVE = 30.0
_LINGERING = 2.0  # seconds that the rest of a refused body is read, so that the refusal is not overtaken by a reset
_FIRST_LOOK = 0.002
_LAST_LOOK = 0.05
_log = structlog.get_logger("broker.server.files")


class Server(web.Server):
    """aiohttp's book of connections, and what handles their requests."""

    def __init__(self, handler: Callable[[BaseRequest], Any]) -> None:
        super().__init__(handler)


class Connection(Timed):
    """One station that fetches or brings."""

    __slots__ = ("_header_timeout", "_on_lost", "opened", "unread_at_end")

    def __init__(self, server: Server, *, header_timeout: float, on_lost: Callable[[], None]) -> None:
        super().__init__(server, keepalive_timeout=KEEPALIVE, lingering_time=_LINGERING, auto_decompress=False)
        self._header_timeout = header_timeout
        self._on_lost = on_lost
        self.opened = False
        self.unread_at_end: int | None = None
        """Bytes that the station had not taken when it said that it would send nothing more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opened = True
        self._timer = self._loop.call_later(self._header_timeout, self.force_close)

    def eof_received(self) -> None:
        if self.transport is not None:
            self.unread_at_end = _on_its_way(self.transport)
        super().eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._on_lost()

    async def arrived(self, chunk_timeout: float) -> bool:
        """Wait until everything that was written is at the station's side; False when the connection ends before.

        That it was written means only that it is in some buffer of ours: a small file is all written before the
        station has seen a byte of it. Raises TimeoutError when a chunk of it takes longer than `chunk_timeout`.
        """
        pause, left, deadline = _FIRST_LOOK, math.inf, 0.0
        while (transport := self.transport) is not None and not transport.is_closing():
            now_left, now = _on_its_way(transport), self._loop.time()
            if not now_left:
                return True
            if now_left <= left - CHUNK:
                left, deadline = now_left, now + chunk_timeout
            elif now > deadline:
                raise TimeoutError
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK)
        return self.unread_at_end == 0

    def failed(self, request: BaseRequest, status: int, exc: BaseException | None) -> web.StreamResponse:
        if isinstance(exc, HttpProcessingError):
            return Refused(400, "bad_request", "not an HTTP request that this server understands").response()
        _log.error("file request failed", remote=request.remote, exc_info=exc)
        return Refused(500, "failed", "internal error").response()


def _on_its_way(transport: asyncio.Transport) -> int:
    """Bytes that were written and that the other side has not acknowledged (tcp(7), SIOCOUTQ)."""
    written = transport.get_write_buffer_size()
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return written
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    except OSError:  # no Linux: what is out of our hands counts as arrived
        return written
    return written + int(struct.unpack("i", answer)[0])
