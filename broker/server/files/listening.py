"""The sockets of the file endpoint: its address, its TLS, and the connections that come."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from broker.config import Limits
from broker.config.files import Files
from broker.server.accept import Acceptor, bind
from broker.server.addresses import Addresses, address_of
from broker.server.files.connection import Connection, Server
from broker.server.quiet import Quiet
from broker.tasks import spawn

MAX_CONNECTIONS = 1024
_TLS_GOODBYE = 5.0
_GOODBYE = 0.5  # seconds that a transfer gets to clean up after itself
_log = structlog.get_logger("broker.server.files")

Handle = Callable[[BaseRequest], Awaitable[web.StreamResponse]]


class Listening:
    """Listens where `settings` says. The TLS context can be replaced: connections that are open keep theirs."""

    def __init__(self, settings: Files, context: ssl.SSLContext | None, handle: Handle, limits: Limits) -> None:
        self.bind_text = settings.bind
        self.port = settings.port
        """The port it listens on, once it does."""
        self._host = settings.host
        self._context = context
        self._limits = limits
        self._server = Server(handle)
        self._addresses = Addresses(limits.connections_per_address)
        self._acceptors: list[Acceptor] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._quiet = Quiet()

    async def bind(self) -> None:
        """Take the address without taking connections: they wait in the backlog. Raises OSError."""
        try:
            sockets = await bind(self._host, self.port)
        except OSError as error:
            raise OSError(error.errno, f"files.bind: {self.bind_text}: {error.strerror}") from None
        self.port = int(sockets[0].getsockname()[1])
        self._acceptors = [Acceptor(sock, self._accepted) for sock in sockets]

    def serve(self) -> None:
        """Take connections."""
        for acceptor in self._acceptors:
            acceptor.start()

    def replace(self, context: ssl.SSLContext | None, limits: Limits) -> None:
        """Connections from now on are on these terms."""
        self._context = context
        self._limits = limits
        self._addresses.limit = limits.connections_per_address

    def stop_accepting(self) -> None:
        """Close the listening sockets; connections that are open stay."""
        for acceptor in self._acceptors:
            acceptor.close()
        self._acceptors = []

    async def close(self) -> None:
        """End everything, transfers that go on too."""
        self.stop_accepting()
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        self._server.pre_shutdown()
        await self._server.shutdown(_GOODBYE)

    @property
    def connections(self) -> int:
        """Connections that are through with TLS."""
        return len(self._server.connections)

    def _accepted(self, sock: socket.socket, host: str) -> None:
        address = address_of(host)
        if self.connections + len(self._opening) >= MAX_CONNECTIONS or not self._addresses.take(address):
            sock.close()
            self._say(host, "too many connections")
            return
        task = spawn(self._open(sock, host, address), name="file connection")
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, sock: socket.socket, host: str, address: str) -> None:
        connection = Connection(
            self._server,
            header_timeout=self._limits.header_timeout,
            on_lost=lambda: self._addresses.release(address),
        )
        options: dict[str, Any] = {}
        if self._context is not None:
            options = {
                "ssl": self._context,
                "ssl_handshake_timeout": self._limits.handshake_timeout,
                "ssl_shutdown_timeout": _TLS_GOODBYE,
            }
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: connection, sock, **options)
        except OSError as error:  # ssl.SSLError and the timeout are of its kind
            reason = error.reason if isinstance(error, ssl.SSLError) else None
            self._say(host, (reason or "TLS handshake failed").lower().replace("_", " "))
        finally:
            if not connection.opened:
                self._addresses.release(address)

    def _say(self, remote: str, reason: str) -> None:
        passed_over = self._quiet.passed_over((remote, reason))
        if passed_over is not None:
            _log.warning("file connection refused", remote=remote, reason=reason, not_logged_before=passed_over)
