"""One listener: sockets, TLS, and the handing over of connections to the door."""

import asyncio
import socket
import ssl
from asyncio import sslproto
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest

from broker.config import Limits
from broker.config import Listener as Settings
from broker.metrics import Metrics
from broker.server.accept import Acceptor, bind
from broker.server.addresses import Addresses, address_of
from broker.server.connection import Connection, Server, Watch
from broker.server.refusal import raw_answer
from broker.server.terms import Terms
from broker.tasks import spawn

Handle = Callable[[BaseRequest, Connection, Terms], Awaitable[web.StreamResponse]]

_TLS_GOODBYE = 5.0  # seconds a peer gets to answer our close_notify; asyncio would give it 30
_TLS_BUFFER = 32 * 1024


class Listener:
    """Listens where `settings` says and hands every request to `handle`.

    The terms and the TLS context can be replaced at any time: connections that are open keep theirs.
    """

    def __init__(
        self,
        settings: Settings,
        terms: Terms,
        handle: Handle,
        *,
        limits: Limits,
        addresses: Addresses,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.terms = terms
        self.port = settings.port
        """The port it listens on, once it does."""
        self._handle = handle
        self._addresses = addresses
        self._watch = Watch(
            settings.name,
            metrics,
            header_timeout=limits.header_timeout,
            handshake_timeout=limits.handshake_timeout,
        )
        self._server = Server(self._request)
        self._acceptors: list[Acceptor] = []
        self._opening: set[asyncio.Task[None]] = set()

    async def bind(self) -> None:
        """Take the address without taking connections: they wait in the backlog. Raises OSError."""
        sockets = await bind(self.settings.host, self.settings.port)
        self.port = int(sockets[0].getsockname()[1])
        self._acceptors = [Acceptor(sock, self._accepted) for sock in sockets]

    def serve(self) -> None:
        """Take connections."""
        _shrink_tls_buffers()
        for acceptor in self._acceptors:
            acceptor.start()

    async def start(self) -> None:
        """Bind and take connections. Raises OSError."""
        await self.bind()
        self.serve()

    def replace(self, settings: Settings, terms: Terms, limits: Limits) -> None:
        """Handshakes from now on are on these terms; `settings` must have the same `bind`."""
        self.settings = settings
        self.terms = terms
        self._watch.name = settings.name
        self._watch.header_timeout = limits.header_timeout
        self._watch.handshake_timeout = limits.handshake_timeout

    def stop_accepting(self) -> None:
        """Close the listening sockets; connections that are open stay."""
        for acceptor in self._acceptors:
            acceptor.close()
        self._acceptors = []

    async def close(self, timeout: float = 1.0) -> None:
        """End everything: handshakes at once, sessions that are still there after `timeout` seconds."""
        self.stop_accepting()
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        await self._server.shutdown(timeout)

    @property
    def connections(self) -> int:
        """Connections that are through with TLS."""
        return len(self._server.connections)

    # --- a connection comes -------------------------------------------------------------------------------------------

    def _accepted(self, sock: socket.socket, host: str) -> None:
        address = address_of(host)
        if not self._addresses.take(address):
            self._turn_away(sock, host)
            return
        task = spawn(self._open(sock, host, address), name="handshake")
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _turn_away(self, sock: socket.socket, host: str) -> None:
        self._watch.metrics.limit("connections_per_address")
        self._watch.refused(host, "connections_per_address", "this address has all the connections it may have")
        with sock:
            if self.terms.context is None:
                try:
                    sock.send(raw_answer(503, "Service Unavailable"))
                    sock.shutdown(socket.SHUT_WR)
                    sock.recv(65536)  # unread bytes would turn the close into a reset that overtakes the answer
                except OSError:  # gone already
                    return

    async def _open(self, sock: socket.socket, host: str, address: str) -> None:
        loop = asyncio.get_running_loop()
        terms, limit = self.terms, self._watch.handshake_timeout
        deadline = loop.time() + limit
        connection = Connection(
            self._server,
            self._watch,
            terms,
            remote=host,
            deadline=deadline,
            on_lost=lambda: self._addresses.release(address),
        )
        options: dict[str, Any] = {}
        if terms.context is not None:
            options = {
                "ssl": terms.context,
                "ssl_handshake_timeout": limit,
                "ssl_shutdown_timeout": _TLS_GOODBYE,
            }
        try:
            await loop.connect_accepted_socket(lambda: connection, sock, **options)
        except OSError as error:  # ssl.SSLError and the timeout are of its kind
            self._tls_failed(host, error, late=loop.time() >= deadline)
        finally:
            if not connection.opened:
                self._addresses.release(address)

    def _tls_failed(self, host: str, error: OSError, *, late: bool) -> None:
        if late or isinstance(error, ConnectionAbortedError):
            self._watch.metrics.limit("handshake_timeout")
            self._watch.refused(host, "handshake_timeout", "no complete TLS handshake in time")
        elif isinstance(error, ssl.SSLCertVerificationError):
            self._watch.refused(host, "certificate", error.verify_message or "certificate verification failed")
        elif isinstance(error, ssl.SSLError):
            self._watch.refused(host, "tls", (error.reason or "TLS error").lower().replace("_", " "))
        else:
            self._watch.refused(host, "tls", "the connection was lost in the TLS handshake")

    async def _request(self, request: BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.request_arrived()
        return await self._handle(request, connection, connection.terms)


def _shrink_tls_buffers() -> None:
    # asyncio allocates and fills 256 KiB for every TLS connection (field-notes L10); a TLS record holds 16. It offers
    # no option for that. uvloop has its own implementation, which only reserves the memory.
    sslproto.SSLProtocol.max_size = _TLS_BUFFER
