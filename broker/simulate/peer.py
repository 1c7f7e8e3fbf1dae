"""One end of a connection: calls, answers, and a transcript of everything that passed."""

import asyncio
import inspect
import itertools
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import WSMessage, WSMsgType

from broker.ocpp import Call, ErrorKind, Malformed, Reply, Version, encode_call, encode_reply, error_code, parse
from broker.tasks import spawn

_log = logging.getLogger("broker.simulate")

Answer = Reply | dict[str, Any] | None
Answerer = Callable[[Call], "Answer | Awaitable[Answer]"]


class Socket(Protocol):
    """What both of aiohttp's WebSocket classes are, as far as a peer needs it."""

    @property
    def closed(self) -> bool: ...
    @property
    def close_code(self) -> int | None: ...
    async def send_str(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def receive(self) -> WSMessage: ...
    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A frame as it stood on the wire."""

    at: float
    """Unix time in seconds."""
    sent: bool
    """True: this end sent it; False: this end received it."""
    text: str


class Peer:
    """A connected end. `answer` gives the answer to a call of the other end: a payload, a Reply, or None for silence.

    Only one call of ours is open at a time (OCPP-J 1.6 4.1.1); further ones wait their turn.
    """

    def __init__(self, socket: Socket, version: Version, answer: Answerer, *, timeout: float = 30.0) -> None:
        self.version = version
        self.timeout = timeout
        self.transcript: deque[Line] = deque(maxlen=10_000)
        self.malformed: deque[Malformed] = deque(maxlen=1_000)
        self.unmatched: deque[Reply] = deque(maxlen=1_000)
        self.on_line: Callable[[Line], None] | None = None
        self._socket = socket
        self._answer = answer
        self._one_at_a_time = asyncio.Lock()
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._prefix = secrets.token_hex(4)  # ids differ over all connections of a station (2.0.1 part 4, 4.1.4)
        self._numbers = itertools.count(1)

    @property
    def connected(self) -> bool:
        """Whether the socket is open."""
        return not self._socket.closed

    @property
    def close_code(self) -> int | None:
        """The code that the connection was closed with; None while it is open."""
        return self._socket.close_code

    async def call(self, action: str, payload: dict[str, Any] | None = None, *, timeout: float | None = None) -> Reply:
        """Send a CALL and give its answer, a result or an error alike.

        Raises TimeoutError when none comes in `timeout` seconds, ConnectionError when the connection ends first.
        """
        seconds = self.timeout if timeout is None else timeout
        async with self._one_at_a_time:
            message_id = f"{self._prefix}-{next(self._numbers)}"
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            self._waiting[message_id] = future
            try:
                async with asyncio.timeout(seconds):
                    await self._send_call(message_id, action, payload, expects_reply=True)
                    return await future
            except TimeoutError:
                raise TimeoutError(f"no answer to {action} in {seconds:g} s") from None
            finally:
                self._waiting.pop(message_id, None)

    async def send(self, action: str, payload: dict[str, Any] | None = None) -> None:
        """Send a SEND of OCPP 2.1: nobody answers it."""
        await self._send_call(f"{self._prefix}-{next(self._numbers)}", action, payload, expects_reply=False)

    async def send_text(self, text: str) -> None:
        """Put `text` on the wire as it is, right or wrong. Raises ConnectionError when the connection is gone."""
        self._note(text, sent=True)
        try:
            await self._socket.send_str(text)
        except (ConnectionError, RuntimeError) as error:
            raise ConnectionError("the connection is closed") from error

    async def send_bytes(self, data: bytes) -> None:
        """Put a binary frame on the wire, which OCPP-J never does."""
        self._note(repr(data), sent=True)
        await self._socket.send_bytes(data)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; `run` ends."""
        await self._socket.close(code=code, message=reason.encode())

    async def run(self) -> int | None:
        """Read until the connection ends and give its close code. Calls that still wait end with ConnectionError."""
        try:
            while True:
                message = await self._socket.receive()
                if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                    await self._take(message.data)
                elif message.type not in (WSMsgType.PING, WSMsgType.PONG):
                    return self._socket.close_code
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the connection closed before the answer came"))

    async def _send_call(
        self, message_id: str, action: str, payload: dict[str, Any] | None, *, expects_reply: bool
    ) -> None:
        call = Call.of(action, payload or {}, version=self.version, origin="simulated")
        if not expects_reply:
            call = Call(action, call.raw, version=self.version, origin="simulated", expects_reply=False)
        await self.send_text(encode_call(message_id, call).decode())

    async def _take(self, data: str | bytes) -> None:
        self._note(data if isinstance(data, str) else data.decode(errors="replace"), sent=False)
        match parse(data, self.version):
            case Call() as call:
                await self._take_call(call)
            case Reply() as reply:
                future = self._waiting.get(reply.id)
                if future is None or future.done():
                    self.unmatched.append(reply)
                else:
                    future.set_result(reply)
            case Malformed() as malformed:
                self.malformed.append(malformed)

    async def _take_call(self, call: Call) -> None:
        try:
            answer = self._answer(call)
        except Exception:  # noqa: BLE001  (a test's own answer may fail in any way; it is logged and answered)
            answer = self._failed(call)
        if inspect.isawaitable(answer):  # it may take its time, so the reading goes on beside it
            spawn(self._answer_later(call, answer), name=f"simulated answer {call.action}")
        else:
            await self._reply(call, answer)

    async def _answer_later(self, call: Call, coming: Awaitable[Answer]) -> None:
        try:
            answer = await coming
        except Exception:  # noqa: BLE001  (see above)
            answer = self._failed(call)
        await self._reply(call, answer)

    def _failed(self, call: Call) -> Reply:
        _log.exception("the answer to %s failed", call.action)
        return Reply.error(error_code(self.version, ErrorKind.INTERNAL))

    async def _reply(self, call: Call, answer: Answer) -> None:
        if answer is None or not call.expects_reply or self._socket.closed:
            return
        reply = Reply.result(answer) if isinstance(answer, dict) else answer
        try:
            await self.send_text(encode_reply(call.id_json, reply).decode())
        except ConnectionError:
            _log.debug("the connection ended before the answer to %s went out", call.action)

    def _note(self, text: str, *, sent: bool) -> None:
        line = Line(time.time(), sent, text)
        self.transcript.append(line)
        if self.on_line is not None:
            self.on_line(line)
