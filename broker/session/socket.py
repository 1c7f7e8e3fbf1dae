"""One WebSocket, either end: sends without waiting, within bounds.

aiohttp's `send_frame` is a coroutine that nearly always ends at its first step, because it hands the bytes to the
transport and waits only when that is congested. So `send` steps it once, in place; when the peer does not read, the
rest waits in a bounded backlog that one task writes out, with a deadline (field-notes L7: a client that stops
reading blocks its sender for ever). Nobody ever waits for another session's socket.
"""

from asyncio import Task, timeout, wait
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType
from aiohttp.web import WebSocketResponse

from broker.hooks import Resume
from broker.tasks import spawn

WebSocket = WebSocketResponse | ClientWebSocketResponse

_BACKLOG_BYTES = 1 << 20
_FRAME_BYTES = 128  # what a kept frame costs besides its content: empty pongs must fill a backlog too
_CLOSE_WAIT = 5.0  # seconds a peer gets to answer a close frame
_TEXT = WSMsgType.TEXT
# Closing: aiohttp says one or the other.
_GONE = (ConnectionError, RuntimeError)


class Socket:
    """A WebSocket that is written from anywhere and read by one `Reader`."""

    __slots__ = (
        "_backlog",
        "_backlog_bytes",
        "_deadline",
        "_on_limit",
        "_send_frame",
        "_stuck",
        "_writer",
        "_ws",
        "last_heard",
        "pings",
        "receive",
    )

    def __init__(self, ws: WebSocket, *, send_deadline: float, on_limit: Callable[[str], None], now: float) -> None:
        self._ws = ws
        # The writer under `ws.send_frame`, one coroutine less a frame; and the only way to a transport's abort that
        # both ends have.
        self._writer = ws._writer
        assert self._writer is not None, "the handshake is over"
        self._send_frame = self._writer.send_frame
        self.receive = ws.receive
        """The next message; one reader at a time."""
        self._deadline = send_deadline
        self._on_limit = on_limit
        self._backlog: list[tuple[bytes, WSMsgType]] = []
        self._backlog_bytes = 0
        self._stuck: Task[None] | None = None
        """Writes the backlog, while there is one."""
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

    def send(self, data: bytes, kind: WSMsgType = _TEXT) -> None:
        """Write a frame; on a socket that is closing it vanishes, as it would on the wire."""
        if self._stuck:
            self._keep(data, kind)
            return
        writing = self._send_frame(data, kind)
        try:
            first = writing.send(None)
        except StopIteration:
            return
        except _GONE:
            return
        _mark(first, yielded=False)
        self._stuck = spawn(self._unstick(writing, first), name="socket backlog")

    def ping(self) -> None:
        self.pings += 1
        self.send(b"", WSMsgType.PING)

    def pong(self, data: bytes) -> None:
        self.send(data, WSMsgType.PONG)

    def _keep(self, data: bytes, kind: WSMsgType) -> None:
        size = len(data) + _FRAME_BYTES
        # One frame is always kept: a large one is "stuck" while aiohttp compresses it in a thread, and the peer well.
        if self._backlog and self._backlog_bytes + size > _BACKLOG_BYTES:
            self._give_up()
            return
        self._backlog_bytes += size
        self._backlog.append((data, kind))

    async def _unstick(self, writing: Coroutine[Any, Any, None], first: Any) -> None:
        try:
            async with timeout(self._deadline):
                _mark(first, yielded=True)
                await Resume(writing, first)
                while self._backlog:
                    data, kind = self._backlog.pop(0)
                    self._backlog_bytes -= len(data) + _FRAME_BYTES
                    await self._send_frame(data, kind)
        except TimeoutError:
            self._give_up()
        except _GONE:
            pass
        finally:
            self._stuck = None
            self._backlog.clear()
            self._backlog_bytes = 0

    def _give_up(self) -> None:
        """The peer does not read: drop it, once."""
        assert self._writer is not None
        if not self._writer.transport.is_closing():
            self._on_limit("send_deadline")
            self.abort()

    async def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Send a close frame, after all that was sent before it, and give the peer a short time to answer it."""
        try:
            async with timeout(_CLOSE_WAIT):
                while self._stuck is not None:
                    await wait((self._stuck,))
                await self._ws.close(code=code, message=reason.encode()[:123])
        except TimeoutError:
            self.abort()
        except _GONE:
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once, unsent bytes included."""
        assert self._writer is not None
        if self._writer.transport is not None:
            self._writer.transport.abort()


def _mark(future: Any, *, yielded: bool) -> None:
    """Say whether `future` is on its way to a task.

    asyncio marks a future while an `await` hands it up, and refuses a second `await` until the task has it. Here the
    task comes later, and somebody else may wait for the same future meanwhile: aiohttp has one for all who drain.
    """
    if future is not None:
        future._asyncio_future_blocking = yielded
