"""Reads one socket, frame by frame, in order, and never stops reading because a plugin waits.

A handler that waits inside the read loop would make its own session look dead: pings are answered only while
somebody reads, and a plugin that calls the station waits for an answer that nobody would fetch. A task a message
costs 17 % and the order. So the frame's work is stepped in place; when it has to wait, the task that is stuck with
it hands the socket over to a new one, finishes the work, and ends.
"""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType

from broker.hooks import Resume, step
from broker.session.socket import Socket
from broker.tasks import spawn

Work = Coroutine[Any, Any, None]
#: Takes a frame and its arrival time; returns None when it is done with it, or the work that is left.
Handle = Callable[[str | bytes, float], Work | None]

_TEXT, _BINARY = WSMsgType.TEXT, WSMsgType.BINARY

_log = structlog.get_logger("broker.session")


class Reader:
    """The one reader of `socket`; calls `on_end` once, with the close code, when nothing more will come."""

    __slots__ = ("_clock", "_code", "_handle", "_name", "_on_end", "_pause", "_socket")

    def __init__(
        self,
        socket: Socket,
        handle: Handle,
        *,
        name: str,
        pause: Callable[[], asyncio.Future[None] | None],
        on_end: Callable[[int | None], None],
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._name = name
        self._pause = pause
        self._on_end = on_end
        self._clock = monotonic
        self._code: int | None = None

    def start(self) -> None:
        spawn(self._read(), name=self._name)

    async def _read(self) -> None:
        try:
            if not await self._until_end_or_hand_over():
                return
        except Exception:  # noqa: BLE001 - the border: a fault in one session stays in it
            _log.exception("reader failed", reader=self._name)
        self._on_end(self._code)

    async def _until_end_or_hand_over(self) -> bool:
        """Read in this task; True when the socket has ended, False when another task has taken over.

        One loop without further coroutines: each of them costs a hundredth of a relayed round trip.
        """
        socket, receive, handle, pause, clock = (
            self._socket,
            self._socket.receive,
            self._handle,
            self._pause,
            self._clock,
        )
        while True:
            while (gate := pause()) is not None:  # back-pressure: the peer's calls wait in its own TCP window
                await gate
            message = await receive()
            kind = message.type
            if kind is not _TEXT and kind is not _BINARY:
                if self._control(kind, message.data):
                    continue
                return True
            now = socket.last_heard = clock()
            socket.pings = 0
            try:
                work = handle(message.data, now)
                if work is None:
                    continue
                finished, first = step(work)
            # Nothing is awaited up to here, so a CancelledError is the work's own, and no reason to stop reading.
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - the border: a fault in one session stays in it
                _log.exception("frame failed", reader=self._name)
                continue
            if not finished:
                await self._hand_over(work, first)
                return False

    def _control(self, kind: WSMsgType, data: Any) -> bool:
        """A message that is no frame of OCPP; False for the end."""
        if kind is WSMsgType.PING or kind is WSMsgType.PONG:
            self._socket.last_heard = self._clock()
            self._socket.pings = 0
            if kind is WSMsgType.PING:
                self._socket.pong(data)
            return True
        # CLOSE, CLOSING, CLOSED, ERROR: aiohttp has answered the close frame. Its own `close_code` may say 1006 when
        # the peer was too slow to answer ours, so what the message says goes first.
        said = getattr(data, "code", data)
        self._code = said if isinstance(said, int) else self._socket.close_code
        return False

    async def _hand_over(self, work: Work, first: Any) -> None:
        """Let a new task read, and stay with the work that has to wait."""
        self.start()
        try:
            await Resume(work, first)
        except Exception:  # noqa: BLE001 - the border: a fault in one session stays in it
            _log.exception("frame failed", reader=self._name)


def why_closed(code: int | None) -> str:
    """A close code as one of the closed set of reasons that the metrics know (RFC 6455 7.4.1)."""
    return {
        WSCloseCode.OK: "closed",
        WSCloseCode.GOING_AWAY: "closed",
        1005: "closed",
        WSCloseCode.PROTOCOL_ERROR: "protocol_error",
        WSCloseCode.INVALID_TEXT: "bad_utf8",
        WSCloseCode.MESSAGE_TOO_BIG: "too_big",
    }.get(code or 1006, "lost")
