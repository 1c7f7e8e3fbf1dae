"""A station that comes back while its last connection is not quite gone: no upstream sees it twice."""

import asyncio

from outbox_kit import BOOT, STAND_IN, START, Csms, LocalCore, ask, meter, rigged, running, say

from broker.config import route_from
from broker.session.socket import Socket
from broker.session.switching import switch


class Counting(Csms):
    """How many connections of the one station it has had at once."""

    def __init__(self):
        super().__init__(1001, MeterValues=None)
        self.now = self.most = 0

    async def _serve(self, request):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await super()._serve(request)
        finally:
            self.now -= 1


async def charging(r, main):
    """A station whose last message its upstream never answers."""
    station = await r.connect(security_profile=2)
    await ask(station, 1, "BootNotification", BOOT)
    transaction = (await ask(station, 2, "StartTransaction", START))["transactionId"]
    return station, transaction


async def comes_back(r, main, station, transaction):
    await say(station, 3, "MeterValues", meter(transaction))
    await r.until(lambda: main.payloads("MeterValues"))
    before = r.session
    await r.connect(security_profile=2)
    async with asyncio.timeout(15):
        while r.session is before or not r.session.started:
            await asyncio.sleep(0.01)
    await r.until(lambda: any(link.socket is not None for link in r.session.backends.links))


async def test_a_station_that_lost_its_power(tmp_path, monkeypatch):
    async with (
        running(Counting()) as (main,),
        rigged(main, tmp_path / "x.db", outbox="linger: 10") as r,
    ):
        station, transaction = await charging(r, main)
        dead, close = r.session.station.socket, Socket.close

        async def slow(self, *args, **more):
            if self is dead:
                await asyncio.sleep(3)
            await close(self, *args, **more)

        monkeypatch.setattr(Socket, "close", slow)
        await comes_back(r, main, station, transaction)
        assert main.most == 1


async def test_a_station_with_a_former_upstream(tmp_path):
    async with (
        running(Counting()) as (main,),
        rigged(main, tmp_path / "x.db", route=STAND_IN, outbox="linger: 10", plugins=[LocalCore]) as r,
    ):
        station, transaction = await charging(r, main)
        route = route_from({"primary": "local", "boot_grace": 0}, ["main"])
        await switch(r.session, route, "api")
        r.sessions.rerouting.routes[r.session.identity] = route
        await comes_back(r, main, station, transaction)
        assert main.most == 1
