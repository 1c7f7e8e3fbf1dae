"""A trivial broker in this process, to try the harness on: honest, or with one flaw that the checker has to find.

It relays to `main` and copies to `second`, whose ids it maps, and keeps nothing over a restart.
"""

import asyncio
from contextlib import AsyncExitStack, suppress

import aiohttp
from aiohttp import web
from chaos_messages import ACTIONS
from chaos_messaging import End, Refused

TIMEOUT = 10


class FakeBroker:
    """`urls`: name -> base URL of `main` and `second`. `flaw`: what it does wrong, a few times."""

    def __init__(self, urls, flaw=""):
        self._urls, self.flaw = urls, flaw
        self._runner = self._client = None
        self._ids = {}
        self.port = 0

    async def start(self):
        self._client = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_get("/{identity}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self):
        await self._client.close()
        await self._runner.cleanup()

    async def _serve(self, request):
        socket = web.WebSocketResponse(protocols=("ocpp1.6", "ocpp2.0.1"))
        await socket.prepare(request)
        session = FakeSession(self.flaw, self._ids.setdefault(request.match_info["identity"], {}))
        async with AsyncExitStack() as stack:
            for name, url in self._urls.items():
                at = f"{url}/{request.match_info['identity']}"
                link = await stack.enter_async_context(self._client.ws_connect(at, protocols=(socket.ws_protocol,)))
                session.links[name] = End(link, session.from_upstream(name), print)
                reading = asyncio.create_task(session.links[name].run())
                stack.push_async_callback(asyncio.wait, [reading])
                stack.callback(reading.cancel)
            session.station = End(socket, session.from_station, print)
            await session.station.run()
        return socket


class FakeSession:
    """One station's connection and its links."""

    def __init__(self, flaw, ids):
        """`ids`: the id of `main`, which is the station's, -> that of `second`."""
        self.flaw, self._ids = flaw, ids
        self.links = {}
        self.station = None
        self._copies = 0
        self._held = None
        self._lock = asyncio.Lock()
        self._last = {}

    async def from_station(self, action, payload):
        if self.flaw == "invents" and action == "StartTransaction":
            return {"transactionId": -1, "idTagInfo": {"status": "Accepted"}}
        result = await self.links["main"].call(action, payload, TIMEOUT)
        if action in ACTIONS:
            await self._copy(action, payload, result)
        return result

    async def _copy(self, action, payload, result):
        """Every fifth message in the middle of a transaction shows the flaw."""
        self._copies += action == "MeterValues" or payload.get("eventType") == "Updated"
        spoil = self._copies % 5 == 3 and self._held is None
        if self.flaw == "loses" and spoil:
            return
        if self.flaw == "swaps" and spoil:
            self._held = (action, payload, result)
            return
        if self.flaw == "changes" and spoil:
            payload = payload | {"connectorId": 99, "seqNo": 99}
        await self._deliver(action, payload, result)
        if self.flaw == "repeats" and spoil:
            await self._deliver(action, payload, result)
        if self._held is not None and self._copies % 5 == 0:
            held, self._held = self._held, None
            await self._deliver(*held)

    async def _deliver(self, action, payload, result):
        if action in ("MeterValues", "StopTransaction") and self.flaw != "maps nothing":
            if (mapped := self._ids.get(payload["transactionId"])) is None:
                return  # `second` has never heard of that transaction: the start was lost
            payload = payload | {"transactionId": mapped}
        while True:
            with suppress(Refused):
                answer = await self.links["second"].call(action, payload, TIMEOUT)
                break
        if action == "StartTransaction":
            self._ids[result["transactionId"]] = answer["transactionId"]

    def from_upstream(self, name):
        """What answers the calls of one upstream."""

        async def forward(action, payload):
            if name == "second" and action == "RemoteStopTransaction":
                payload = {"transactionId": self._station_id(payload["transactionId"])}
            if self.flaw == "two at once":
                return await self._unguarded(action, payload)
            async with self._lock:
                result = await self.station.call(action, payload, TIMEOUT)
            if self.flaw == "misdirects":
                result = self._last.setdefault(action, result)
            return result

        return forward

    def _station_id(self, mapped):
        return next(mine for mine, theirs in self._ids.items() if theirs == mapped)

    async def _unguarded(self, action, payload):
        """Without waiting for the answer to the call before."""
        for number in (1, 2):
            await self.station._send([2, f"unguarded-{number}", action, payload])
        return {"status": "Rejected"}
