"""A session without a door: real sockets on both sides, admissions made by hand, an upstream that obeys a script."""

import asyncio
import json
import socket
import weakref
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import ClientSession, WSMsgType, web

from broker.config import loads
from broker.hooks import ContextFactory, Plugins, PluginSpec
from broker.metrics import Metrics, Snapshot
from broker.ocpp import Schemas, Version
from broker.records import Records
from broker.session import Admission, Sessions, Shared
from broker.session.upstream.upstreams import Upstreams
from broker.session.wheel import Wheel
from broker.store import Store

WAIT = 5.0


def _kept_port():
    """A socket that has a port and never listens: a server may bind to it too, but nobody else is given it."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper


class Upstream:
    """A CSMS that records every frame and answers only what it is told to; one connection after another."""

    def __init__(self, subprotocol="ocpp1.6"):
        self.frames = asyncio.Queue()
        self.connections = asyncio.Queue()
        self.requests = []
        self.ws = None
        self.hold_handshake = None
        self.refuse = None
        self.auto = True
        self.close_at_once = False
        self.cookie = None
        self._subprotocol = subprotocol
        self._runner = None
        # While this CSMS is down, no other test's server gets its port.
        self._keeper = _kept_port()
        weakref.finalize(self, self._keeper.close)
        self.port = self._keeper.getsockname()[1]

    async def start(self):
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()

    async def stop(self):
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request):
        if self.hold_handshake is not None:
            await self.hold_handshake.wait()
        if self.refuse is not None:
            return web.Response(status=self.refuse)
        ws = web.WebSocketResponse(protocols=(self._subprotocol,))
        if self.cookie is not None:
            ws.headers["Set-Cookie"] = self.cookie
        await ws.prepare(request)
        self.requests.append(request)
        self.ws = ws
        self.connections.put_nowait(ws)
        if self.close_at_once:
            await ws.close()
            return ws
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await self._take(ws, message.data)
        return ws

    async def _take(self, ws, text):
        self.frames.put_nowait(text)
        if self.auto and text.startswith("[2,"):
            message_id, action = json.loads(text)[1:3]
            await ws.send_str(json.dumps([3, message_id, {"for": action}], separators=(",", ":")))

    async def next(self):
        return await asyncio.wait_for(self.frames.get(), WAIT)

    async def connected(self):
        return await asyncio.wait_for(self.connections.get(), WAIT)


class Station:
    """The station's side of a session."""

    def __init__(self, ws):
        self.ws = ws

    async def send(self, text):
        await self.ws.send_str(text)

    async def text(self):
        return await self.ws.receive_str(timeout=WAIT)

    async def json(self):
        return json.loads(await self.text())

    async def closed(self):
        """The close code that ends it; frames before it are passed over."""
        while True:
            message = await self.ws.receive(timeout=WAIT)
            if message.type is WSMsgType.CLOSE:
                return message.data
            if message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return self.ws.close_code


class Rig:
    """Sessions, and a bare WebSocket server that hands each connection to them as `admission` says."""

    def __init__(self, shared, sessions, client, port):
        self.shared = shared
        self.sessions = sessions
        self.admission = Admission(
            identity="CP001",
            version=Version.V16,
            subprotocol="ocpp1.6",
            security_profile=0,
            listener="plain",
            remote="127.0.0.1",
            tags={},
            known=True,
        )
        self._client = client
        self._stations = []
        self._port = port

    async def connect(self, *, autoping=True, **changes):
        self.admission = replace(self.admission, **changes)
        refused = await self.sessions.refusal(self.admission)
        if refused is not None:
            return refused
        ws = await self._client.ws_connect(f"ws://127.0.0.1:{self._port}/", autoping=autoping)
        station = Station(ws)
        self._stations.append(ws)
        await self.until(lambda: self.session is not None)
        return station

    async def close(self):
        for ws in self._stations:
            await ws.close()

    @property
    def session(self):
        return self.sessions.get(self.admission.identity)

    async def until(self, condition):
        async with asyncio.timeout(WAIT):
            while not condition():
                await asyncio.sleep(0.005)

    def sample(self, name, **labels):
        return self.shared.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def rig(
    upstream=None,
    *,
    plugins=(),
    route="",
    limits="",
    upstream_options="",
    stations="",
    others=None,
    outbox="",
    more_routes="",
    store=None,
):
    """A running rig; `upstream` None means `primary: local`. `others`: further upstreams by name.

    `store` is a Store, not open yet; None keeps nothing.
    """
    primary = "local" if upstream is None else "main"
    named = {**({} if upstream is None else {"main": upstream}), **(others or {})}
    lines = [
        f"{name}: {{url: 'ws://127.0.0.1:{one.port}/up/{{identity}}', {upstream_options}}}"
        for name, one in named.items()
    ]
    target = f"upstreams: {{{', '.join(lines)}}}"
    config = loads(
        f"""
        {target}
        routes: [{more_routes}{{match: {{}}, primary: {primary}, boot_grace: 0, grants: all, {route}}}]
        limits: {{{limits}}}
        outbox: {{{outbox}}}
        """
    )
    metrics = Metrics()
    contexts = ContextFactory(registry=metrics.registry)
    loaded = Plugins.load([PluginSpec(p.__name__, plugin=p) for p in plugins], context=contexts)
    wheel = Wheel(asyncio.get_running_loop())
    upstreams = Upstreams(config.upstreams, max_message=config.limits.message_bytes)
    kept = store or Store("sqlite://")
    await kept.open()
    contexts.records = records = Records(kept)
    shared = Shared(config, loaded, Schemas(), metrics, wheel, upstreams, store, records=records)
    sessions = Sessions(shared)
    await sessions.open()
    contexts.sessions = sessions

    def look():
        snapshot = Snapshot()
        sessions.count(snapshot)
        return snapshot

    metrics.snapshot = look
    async with ClientSession() as client, _door(sessions, config) as (port, bind):
        made = Rig(shared, sessions, client, port)
        bind(made)
        await loaded.start(made)
        try:
            yield made
        finally:
            await made.close()
            await sessions.drain(seconds=0.5, spread=0.0)
            await loaded.stop()
            await shared.upstreams.close()
            wheel.stop()
            await kept.close()


@asynccontextmanager
async def _door(sessions, config):
    holder = []

    async def serve(request):
        ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=config.limits.message_bytes)
        await ws.prepare(request)
        await sessions.serve(holder[0].admission, ws)
        return ws

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site._server.sockets[0].getsockname()[1], holder.append
    finally:
        await runner.cleanup()
