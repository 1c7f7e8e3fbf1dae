"""Sockets that listen, and the accepting of connections.

`loop.create_server` hands a connection over when TLS is through; this hands it over at once, so that the limit of
connections an address counts those that never finish a TLS handshake, a failed one can be counted and logged, and the
TLS context can change without a moment in which nobody listens.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

import structlog

BACKLOG = 4096
_AT_ONCE = 128
_PAUSE = 1.0  # seconds without accepting when the process is out of file descriptors, as asyncio does it
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_log = structlog.get_logger("broker.server")


async def bind(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for every address of `host`, all on one port; OSError when one cannot be had.

    Port 0 takes a free one. An IPv6 address takes IPv6 alone, so that 0.0.0.0 and :: can stand side by side.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, *_, address in dict.fromkeys(found):
            chosen = sockets[0].getsockname()[1] if sockets else port
            sockets.append(_listening(family, (address[0], chosen, *address[2:])))
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


class Acceptor:
    """Takes connections from one listening socket, which it owns, until it is closed."""

    def __init__(self, sock: socket.socket, on_connection: Callable[[socket.socket, str], None]) -> None:
        self._sock = sock
        self._on_connection = on_connection
        self._loop = asyncio.get_running_loop()
        self._again: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._again = None
        self._loop.add_reader(self._sock.fileno(), self._ready)

    def close(self) -> None:
        if self._sock.fileno() < 0:
            return
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

    def _ready(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            connection.setblocking(False)
            self._on_connection(connection, str(address[0]))

    def _pause(self, error: OSError) -> None:
        if error.errno not in _EXHAUSTED:
            _log.warning("accept failed", error=str(error))
            return
        _log.error("out of file descriptors or memory: no new connection for a second", error=str(error))
        self._loop.remove_reader(self._sock.fileno())
        self._again = self._loop.call_later(_PAUSE, self.start)
