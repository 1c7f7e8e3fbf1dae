"""Both ends of one real WebSocket, and a way to make an end deaf."""

import asyncio
import socket
from contextlib import asynccontextmanager

from aiohttp import ClientSession, WSMsgType, web

WAIT = 5.0


@asynccontextmanager
async def pair(*, compress=False, max_message=8 << 20):
    """(the server's end, the client's end) of a connection over TCP; neither answers pings by itself."""
    accepted = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def serve(request):
        ws = web.WebSocketResponse(autoping=False, compress=compress, max_msg_size=max_message)
        await ws.prepare(request)
        accepted.set_result(ws)
        await over.wait()
        return ws

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/"
    async with ClientSession() as client:
        ws = await client.ws_connect(url, autoping=False, compress=15 if compress else 0, max_msg_size=0)
        try:
            yield await asyncio.wait_for(accepted, WAIT), ws
        finally:
            over.set()
            transport_of(ws).abort()
            await ws.close()
            await runner.cleanup()


def transport_of(ws):
    return ws._writer.transport


def deafen(speaker, listener):
    """From now on `listener` reads nothing, and little of what `speaker` writes fits into the kernel."""
    transport_of(speaker).get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    transport_of(listener).get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    transport_of(listener).pause_reading()


def heal(listener):
    transport_of(listener).get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    transport_of(listener).resume_reading()


async def received(ws, count):
    """The next `count` messages of `ws`, as (kind, content)."""
    messages = [await ws.receive(timeout=WAIT) for _ in range(count)]
    return [(message.type, message.data) for message in messages]


async def texts(ws, count):
    got = await received(ws, count)
    assert {kind for kind, _ in got} == {WSMsgType.TEXT}, got
    return [data for _, data in got]


async def ended(ws):
    """Read `ws` to its end: the data of its close frame, or None where there was none."""
    while True:
        message = await ws.receive(timeout=WAIT)
        if message.type is WSMsgType.CLOSE:
            return message.data
        if message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
            return None


async def until(condition):
    async with asyncio.timeout(WAIT):
        while not condition():
            await asyncio.sleep(0.005)


def tasks_named(prefix):
    return [task for task in asyncio.all_tasks() if task.get_name().startswith(prefix)]
