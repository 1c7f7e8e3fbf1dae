"""One WebSocket, either end: sends without waiting, within bounds.

aiohttp's `send_frame` is a coroutine that nearly always ends at its first step, because it hands the bytes to the
transport and waits only when that is congested. So `send` steps it once, in place; when the peer does not read, the
rest waits in a bounded backlog that one task writes out, with a deadline (field-notes L7: a client that stops
reading blocks its sender for ever). Nobody ever waits for another session's socket.
"""

from asyncio import timeout
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMessage, WSMsgType
from aiohttp.web import WebSocketResponse

from broker.hooks import Resume, step
from broker.tasks import spawn

WebSocket = WebSocketResponse | ClientWebSocketResponse

_BACKLOG_BYTES = 1 << 20
_CLOSE_WAIT = 5.0  # seconds a peer gets to answer a close frame


class Socket:
    """A WebSocket that is written from anywhere and read by one `Reader`."""

    __slots__ = ("_backlog", "_backlog_bytes", "_deadline", "_on_limit", "_stuck", "_ws", "last_heard", "pings")

    def __init__(self, ws: WebSocket, *, send_deadline: float, on_limit: Callable[[str], None], now: float) -> None:
        self._ws = ws
        self._deadline = send_deadline
        self._on_limit = on_limit
        self._backlog: deque[tuple[bytes, WSMsgType]] = deque()
        self._backlog_bytes = 0
        self._stuck = False
        self.last_heard = now
        """Loop time at which the last byte of the peer was seen."""
        self.pings = 0
        """Pings that the peer has not answered; any frame of its answers them all."""

    @property
    def closed(self) -> bool:
        return bool(self._ws.closed)

    @property
    def close_code(self) -> int | None:
        """The close code of the peer, or ours; None while open, 1006 for a lost connection."""
        return self._ws.close_code

    async def receive(self) -> WSMessage:
        return await self._ws.receive()

    def send(self, data: bytes) -> None:
        """Write a text frame; on a socket that is closing it vanishes, as it would on the wire."""
        self._write(data, WSMsgType.TEXT)

    def ping(self) -> None:
        self.pings += 1
        self._write(b"", WSMsgType.PING)

    def pong(self, data: bytes) -> None:
        self._write(data, WSMsgType.PONG)

    def _write(self, data: bytes, kind: WSMsgType) -> None:
        if self._stuck:
            self._keep(data, kind)
            return
        try:
            waiting, first = self._begin(data, kind)
        except (ConnectionError, RuntimeError):  # closing: aiohttp says either
            return
        if waiting is not None:
            self._stuck = True
            spawn(self._unstick(waiting, first), name="socket backlog")

    def _begin(self, data: bytes, kind: WSMsgType) -> tuple[Coroutine[Any, Any, None] | None, Any]:
        writing = self._ws.send_frame(data, kind)
        finished, first = step(writing)
        return (None, None) if finished else (writing, first)

    def _keep(self, data: bytes, kind: WSMsgType) -> None:
        self._backlog_bytes += len(data)
        if self._backlog_bytes > _BACKLOG_BYTES:
            self._on_limit("send_deadline")
            self.abort()
            return
        self._backlog.append((data, kind))

    async def _unstick(self, writing: Coroutine[Any, Any, None], first: Any) -> None:
        try:
            async with timeout(self._deadline):
                await Resume(writing, first)
                while self._backlog:
                    data, kind = self._backlog.popleft()
                    self._backlog_bytes -= len(data)
                    await self._ws.send_frame(data, kind)
        except TimeoutError:
            self._on_limit("send_deadline")
            self.abort()
        except (ConnectionError, RuntimeError):
            self._backlog.clear()
        finally:
            self._stuck = False

    async def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Send a close frame and give the peer a short time to answer it."""
        try:
            async with timeout(_CLOSE_WAIT):
                await self._ws.close(code=code, message=reason.encode()[:123])
        except (TimeoutError, ConnectionError, RuntimeError):
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once, unsent bytes included."""
        writer = self._ws._writer  # aiohttp offers no public way to a transport's abort on both ends
        if writer is not None and writer.transport is not None:
            writer.transport.abort()
