"""A simulated CSMS: a real WebSocket server that says yes to its stations and can send them anything."""

import asyncio
import base64
import binascii
import inspect
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web

from broker.ocpp import Call, Reply, Version
from broker.simulate.answers import Answers
from broker.simulate.peer import Answer, Line, Peer

Override = Callable[[str, Call], Any]
"""(identity, call) -> a payload, a Reply, None for silence, or an awaitable of one of them."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """A station's request to connect, whether it was let in or not."""

    identity: str
    path: str
    """As it stood in the request, percent-encoding and query included."""
    headers: Mapping[str, str]
    subprotocols: tuple[str, ...]
    certificate: bytes | None
    """The client certificate in DER, when TLS asked for one."""


@dataclass(frozen=True, slots=True)
class Received:
    """A call that a station sent."""

    identity: str
    call: Call


class SimulatedCsms:
    """A CSMS on `host`:`port` (0: any free one). After `start`, `url` is what a station appends its identity to.

    `passwords` (identity -> password) makes it ask for Basic authentication. As a context manager it starts on entering
    and stops on leaving. A second `start` takes the same port, as a CSMS that comes back does.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        path: str = "/csms",
        tls: ssl.SSLContext | None = None,
        passwords: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] | None = None,
        timeout: float = 30.0,
        compress: bool = False,
    ) -> None:
        self.host, self.port, self.path = host, port, "/" + path.strip("/")
        self.answers = Answers()
        self.overrides: dict[str, Override] = {}
        """The answer to an action, in place of the usual one."""
        self.peers: dict[str, Peer] = {}
        """The newest connection of each identity."""
        self.calls: deque[Received] = deque(maxlen=100_000)
        self.handshakes: deque[Handshake] = deque(maxlen=10_000)
        self.transcripts: dict[str, deque[Line]] = {}
        """What passed on the connections of each identity, oldest first."""
        self.refuse: int | None = None
        """An HTTP status to refuse every handshake with; None lets stations in."""
        self.on_line: Callable[[str, Line], None] | None = None
        self._tls, self._passwords, self._compress, self._timeout = tls, passwords, compress, timeout
        self._subprotocols = tuple(Version) if subprotocols is None else tuple(subprotocols)
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Without the identity: `ws://127.0.0.1:40123/csms`."""
        return f"{'wss' if self._tls else 'ws'}://{self.host}:{self.port}{self.path}"

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application()
        app.router.add_get("/{anything:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, ssl_context=self._tls).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self, code: int = 1001) -> None:
        """Close every connection with `code` and listen no more."""
        if self._runner is None:
            return
        await asyncio.gather(*(self.disconnect(identity, code) for identity in list(self.peers)))
        await self._runner.cleanup()
        self._runner = None

    async def disconnect(self, identity: str, code: int = 1000) -> None:
        """Close the station's connection; nothing when it has none."""
        if (peer := self.peers.get(identity)) is not None:
            await peer.close(code)

    async def wait_for(self, identity: str, *, timeout: float = 10.0) -> Peer:
        """The station's connection, as soon as it is there. Raises TimeoutError."""
        await self._until(lambda: identity in self.peers, timeout)
        return self.peers[identity]

    async def wait_until_gone(self, identity: str, *, timeout: float = 10.0) -> None:
        """Until the station has no connection. Raises TimeoutError."""
        await self._until(lambda: identity not in self.peers, timeout)

    async def wait_for_call(self, identity: str, action: str, *, count: int = 1, timeout: float = 10.0) -> Call:
        """The station's `count`th call of `action` since the start. Raises TimeoutError."""
        await self._until(lambda: len(self.received(identity, action)) >= count, timeout)
        return self.received(identity, action)[count - 1]

    async def call(
        self, identity: str, action: str, payload: dict[str, Any] | None = None, *, timeout: float | None = None
    ) -> Reply:
        """Send a call to a connected station and give its answer. Raises TimeoutError, ConnectionError."""
        if (peer := self.peers.get(identity)) is None:
            raise ConnectionError(f"{identity} is not connected")
        return await peer.call(action, payload, timeout=timeout)

    def received(self, identity: str, action: str | None = None) -> list[Call]:
        """The calls of a station, oldest first; of one action when it is given."""
        return [one.call for one in self.calls if one.identity == identity and action in (None, one.call.action)]

    async def _until(self, true: Callable[[], bool], timeout: float) -> None:
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(true)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        identity = unquote(request.rel_url.raw_path.rsplit("/", 1)[-1])
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        names = tuple(name.strip() for name in offered.split(",") if name.strip())
        transport = request.transport
        tls = transport.get_extra_info("ssl_object") if transport is not None else None
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        self.handshakes.append(Handshake(identity, request.raw_path, request.headers.copy(), names, certificate))
        if (refusal := self._refusal(request, identity, names)) is not None:
            return refusal
        socket = web.WebSocketResponse(protocols=self._subprotocols, compress=self._compress, max_msg_size=0)
        await socket.prepare(request)
        return await self._talk(identity, Version(socket.ws_protocol or names[0]), socket)

    async def _talk(self, identity: str, version: Version, socket: web.WebSocketResponse) -> web.WebSocketResponse:
        peer = Peer(socket, version, lambda call: self._answer(identity, call), timeout=self._timeout)
        peer.on_line = lambda line: self._note(identity, line)
        self.peers[identity] = peer
        await self._tell()
        try:
            await peer.run()
        finally:
            if self.peers.get(identity) is peer:
                del self.peers[identity]
            await self._tell()
        return socket

    def _refusal(self, request: web.Request, identity: str, offered: Sequence[str]) -> web.Response | None:
        if self.refuse is not None:
            return web.Response(status=self.refuse)
        if self._passwords is not None and not self._knows(request.headers.get("Authorization", ""), identity):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="csms"'})
        if not set(offered) & set(self._subprotocols):
            return web.Response(status=400, text="no common subprotocol")
        return None

    def _knows(self, header: str, identity: str) -> bool:
        wanted = (self._passwords or {}).get(identity)
        try:
            given = base64.b64decode(header.removeprefix("Basic "), validate=True)
        except binascii.Error:
            return False
        return wanted is not None and given == f"{identity}:{wanted}".encode()

    def _note(self, identity: str, line: Line) -> None:
        self.transcripts.setdefault(identity, deque(maxlen=10_000)).append(line)
        if self.on_line is not None:
            self.on_line(identity, line)

    async def _answer(self, identity: str, call: Call) -> Answer:
        self.calls.append(Received(identity, call))
        await self._tell()
        if (override := self.overrides.get(call.action)) is None:
            return self.answers.answer(call)
        answer = override(identity, call)
        made: Answer = await answer if inspect.isawaitable(answer) else answer
        return made
