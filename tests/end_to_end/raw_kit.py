"""Ends without any knowledge of OCPP: what they say is text, right or wrong."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import websockets
from e2e_kit import WAIT
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve


@asynccontextmanager
async def dialled(url, version="ocpp1.6", **options):
    """A station's WebSocket."""
    async with connect(url, subprotocols=[version], compression=None, ping_interval=None, **options) as ws:
        yield ws


async def received(ws):
    """The next frame, decoded."""
    async with asyncio.timeout(WAIT):  # wait_for of Python 3.11 swallows a cancellation now and then
        return json.loads(await ws.recv())


async def beat(ws, message_id="beat"):
    """A Heartbeat and the frame that answers it, which is the next one."""
    await ws.send(json.dumps([2, message_id, "Heartbeat", {}]))
    answer = await received(ws)
    assert answer[:2] == [3, message_id], answer
    return answer


async def closed(ws):
    """The close code; frames before it are passed over."""
    with suppress(websockets.ConnectionClosed):
        async with asyncio.timeout(WAIT):
            while True:
                await ws.recv()
    return ws.close_code


async def refused(url, version="ocpp1.6", **options):
    """The HTTP status that a handshake is refused with."""
    try:
        async with dialled(url, version, **options):
            return 101
    except websockets.InvalidStatus as error:
        return error.response.status_code


def result(text, payload):
    """The CALLRESULT to the CALL `text`."""
    return json.dumps([3, json.loads(text)[1], payload], separators=(",", ":"))


def usual(text):
    """The answer of an upstream that says yes to everything, and nothing to what is no CALL."""
    return result(text, {"currentTime": "2024-05-01T12:00:00Z"}) if text.startswith("[2,") else None


class Scripted:
    """An upstream that answers as `answer` says: a text for each frame, or None for silence; `greet` comes first."""

    def __init__(self, answer=usual, *, version="ocpp1.6", greet=None):
        self.answer = answer
        self._greet = greet
        self.frames = []
        self.links = []
        self._version = version
        self._server = None

    async def __aenter__(self):
        self._server = await serve(
            self._talk, "127.0.0.1", 0, subprotocols=[self._version], compression=None, ping_interval=None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    def upstream(self, **more):
        """The section `upstreams` that leads here."""
        return {"main": {"url": f"ws://127.0.0.1:{self.port}/{{identity}}", **more}}

    @property
    def actions(self):
        """The actions of the calls that came, in their order."""
        return [json.loads(text)[2] for text in self.frames if text.startswith("[2,")]

    async def _talk(self, ws):
        self.links.append(ws)
        with suppress(websockets.ConnectionClosed):
            if self._greet is not None:
                await self._greet(ws)
            async for text in ws:
                self.frames.append(text)
                answer = self.answer(text)
                if answer is not None:
                    await ws.send(answer)
