"""A station that leaves or comes at an awkward moment: no copy is lost, and no upstream sees it twice."""

import asyncio

from aiohttp import WSCloseCode
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, rigged, running, say, waiting
from session_kit import Upstream, rig

from broker.config import route_from
from broker.session.switching import switch


class Holding(Csms):
    """Answers a StartTransaction only when it is let."""

    def __init__(self):
        super().__init__(1001)
        self.let = asyncio.Event()

    async def _take(self, ws, text):
        if "StartTransaction" in text:
            await self.let.wait()
        await super()._take(ws, text)


async def test_the_secondaries_get_their_copy_of_what_is_answered_after_the_station_has_left():
    async with (
        running(Holding(), Csms(9001)) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await say(station, 2, "StartTransaction", START)
        await r.until(lambda: r.session.backends.answer_due)
        session = r.session
        await station.ws.close()
        await r.until(lambda: session.reason)
        main.let.set()
        await r.until(lambda: billing.actions() == ["StartTransaction"])
        station = await r.connect()
        assert (await ask(station, 3, "StartTransaction", START))["transactionId"] == 1001
        assert main.actions() == ["StartTransaction"]


async def test_a_route_that_is_set_before_the_session_has_begun_dials_nobody():
    async with (
        running(Upstream(), Csms(9001)) as (main, other),
        rig(main, others={"other": other}) as r,
    ):
        holding = asyncio.Event()

        async def held(identity):
            await holding.wait()

        r.sessions.errands.make_way = held
        station = await r.connect()
        route = route_from({"primary": "other", "boot_grace": 0}, ["main", "other"])
        await switch(r.session, route, "api")
        assert not r.session.backends.links
        holding.set()
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Accepted"
        assert [action for action, _ in other.seen] == ["BootNotification"]
        assert not main.requests


async def test_who_comes_while_the_broker_ends_has_no_session(upstream):
    class Ws:
        async def close(self, code):
            self.code = code

    async with rig(upstream) as r:
        await r.sessions.drain(seconds=0.1, spread=0.0)
        ws = Ws()  # the door let it in a moment before
        await r.sessions.serve(r.admission, ws)
        assert ws.code == WSCloseCode.TRY_AGAIN_LATER
        assert r.session is None
        assert not upstream.requests


async def test_no_row_goes_out_whose_answer_nobody_would_hear(tmp_path):
    async with (
        running(Csms(1001), Csms(9001)) as (main, billing),
        rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await r.until(lambda: r.session.backends.get("billing").link.ready)
        r.session.backends.rest()
        await ask(station, 2, "StartTransaction", START)
        await ask(station, 3, "Heartbeat", {})
        assert waiting(r, "billing") == 1
        assert billing.actions() == []


async def test_an_upstream_that_was_away_for_long_has_all_its_time_for_what_waited(tmp_path):
    """Else it is sent again while the first is open."""
    async with (
        running(Csms(1001), Csms(9001, BootNotification=None)) as (main, billing),
        rigged(main, tmp_path / "x.db", others={"billing": billing}, route=f"grace: 0.1, {SECONDARY}") as r,
    ):
        station = await r.connect()
        await billing.stop()
        await ask(station, 1, "BootNotification", BOOT)
        link = r.session.backends.get("billing").link
        await r.until(lambda: link.socket is None)
        link._since -= 3600
        await billing.start()
        await r.until(lambda: billing.seen)
        now = link.exchange.open.sent_at
        assert link.exchange.open.deadline == now + link.call_timeout
