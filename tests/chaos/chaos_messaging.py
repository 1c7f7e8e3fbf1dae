"""One end of an OCPP-J connection: CALLs out with their answers, CALLs in, and a watch over how many are open."""

import asyncio
import json
from contextlib import suppress

from aiohttp import WSMsgType

CALL, RESULT, ERROR = 2, 3, 4


class Refused(Exception):
    """The other end answered with a CALLERROR."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Gone(Exception):
    """The connection ended, or nobody answered in time."""


class End:
    """Reads a WebSocket to its end. `answer(action, payload)` is awaited for each CALL that comes in.

    A CALL that comes while another is open is handed to `overlap(action)` first, and answered all the same.
    """

    def __init__(self, socket, answer, overlap):
        self._socket, self._answer, self._overlap = socket, answer, overlap
        self._waiting = None
        self._open_here = 0
        self._answering = set()
        self._number = 0

    async def call(self, action, payload, timeout):
        """The result of a CALL. Only one is open at a time; the caller sees to that."""
        assert self._waiting is None, "a second open call of our own"
        self._number += 1
        message_id = str(self._number)
        self._waiting = (message_id, asyncio.get_running_loop().create_future())
        try:
            await self._send([CALL, message_id, action, payload])
            async with asyncio.timeout(timeout):
                return await self._waiting[1]
        except TimeoutError:
            raise Gone("no answer") from None
        finally:
            self._waiting = None

    async def run(self):
        """Until the connection ends, whichever way."""
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        except (OSError, RuntimeError):
            pass  # reset while we wrote
        finally:
            if self._waiting is not None and not self._waiting[1].done():
                self._waiting[1].set_exception(Gone("closed"))
            for task in self._answering:
                task.cancel()

    def _take(self, frame):
        if frame[0] == CALL:
            if self._open_here:
                self._overlap(frame[2])
            self._open_here += 1
            task = asyncio.create_task(self._reply(frame))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        elif self._waiting is not None and frame[1] == self._waiting[0] and not self._waiting[1].done():
            if frame[0] == RESULT:
                self._waiting[1].set_result(frame[2])
            else:
                self._waiting[1].set_exception(Refused(frame[2]))

    async def _reply(self, frame):
        with suppress(Gone):  # this connection, or the one that the answer had to come from
            try:
                reply = [RESULT, frame[1], await self._answer(frame[2], frame[3])]
            except Refused as refused:
                reply = [ERROR, frame[1], refused.code, "", {}]
            self._open_here -= 1  # the other end may call again as soon as it has the answer
            await self._send(reply)

    async def _send(self, frame):
        try:
            await self._socket.send_str(json.dumps(frame, separators=(",", ":")))
        except (OSError, RuntimeError):
            raise Gone("closed") from None
