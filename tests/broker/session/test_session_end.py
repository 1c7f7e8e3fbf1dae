"""What is still under way when a station, or an upstream, has gone."""

import asyncio
import json

import pytest
from session_kit import Station, rig

from broker.api import BasePlugin, hookimpl, on_call, on_reply
from broker.ocpp import Version
from broker.session import NotConnected
from broker.session.upstream.link import Link

QUICK = "reconnect: {initial: 0.05, maximum: 0.05}"


class Slow(BasePlugin):
    """Holds every call until the test lets it go."""

    gate: asyncio.Event
    held = 0

    @on_call("*", "*")
    async def hold(self, session, call):
        Slow.held += 1
        await Slow.gate.wait()


@pytest.fixture
def slow():
    Slow.gate, Slow.held = asyncio.Event(), 0
    return Slow


def on_the_wheel(r):
    return [what for slot in r.shared.wheel._slots.values() for what in slot]


async def gone(r):
    await r.until(lambda: r.session is None)


async def test_a_call_of_the_api_that_a_plugin_holds_fails_when_the_station_leaves(upstream, slow):
    async with rig(upstream, plugins=[slow]) as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("ClearCache", {}))
        await r.until(lambda: slow.held == 1)
        await station.ws.close()
        await gone(r)
        slow.gate.set()
        with pytest.raises(NotConnected):
            await asyncio.wait_for(calling, 2)


async def test_a_call_that_a_plugin_lets_go_after_the_end_goes_nowhere(upstream, slow):
    async with rig(upstream, plugins=[slow]) as r:
        station = await r.connect()
        await upstream.connected()
        await station.send('[2,"1","Heartbeat",{}]')
        await station.send('[2,"2","Heartbeat",{}]')
        await r.until(lambda: slow.held == 1 and len(r.session.station.backlog) == 1)
        await station.ws.close()
        await gone(r)
        slow.gate.set()
        await asyncio.sleep(0.05)
        assert on_the_wheel(r) == [], "an ended session has nothing to do later"
        assert slow.held == 1, "the call behind it is unanswered, and the station's to repeat"
        assert upstream.frames.empty()
        assert r.sample("switchboard_limit_hits_total", limit="queue") == 0


async def test_a_leg_that_changes_when_the_session_has_just_ended_tells_nobody(upstream):
    heard = []

    class Listener(BasePlugin):
        @hookimpl
        def upstream_opened(self, session, link):
            heard.append("opened")

        @hookimpl
        def session_closed(self, session, reason):
            heard.append("closed")

    upstream.hold_handshake = asyncio.Event()
    async with rig(upstream, plugins=[Listener]) as r:
        station = await r.connect()
        session, link = r.session, r.session.primary
        session.end("closed", 1000, "")
        session.backends.link_changed(link, True, "")
        session.backends.link_changed(link, False, "lost")
        assert heard == ["closed"]
        assert on_the_wheel(r) == []
        upstream.hold_handshake.set()
        await station.closed()


async def test_a_session_that_is_replaced_while_it_waits_for_its_predecessor_never_starts(upstream, monkeypatch):
    """Three connections within the time that an upstream takes to say goodbye to the first."""
    raised, goodbye, close = [], asyncio.Event(), Link.close

    async def late(link, code, reason):
        await goodbye.wait()
        await close(link, code, reason)

    async with rig(upstream) as r:
        monkeypatch.setattr(Link, "close", late)
        serve = r.sessions.serve

        async def noted(admission, ws):
            try:
                await serve(admission, ws)
            except Exception as error:
                raised.append(error)
                raise

        r.sessions.serve = noted
        await r.connect(security_profile=2)
        await upstream.connected()
        seen = [r.session]
        stations = []
        for _ in range(2):
            stations.append(await r.connect(security_profile=2))
            await r.until(lambda: r.session not in seen)
            seen.append(r.session)
        goodbye.set()
        assert await stations[0].closed() == 1008
        await stations[1].send('[2,"1","Heartbeat",{}]')
        assert (await stations[1].json())[1] == "1"
        assert raised == []
        assert len(upstream.requests) == 2, "nobody dials for the one in between"


async def test_a_reload_that_takes_the_route_away_during_the_handshake_closes_the_connection(upstream):
    async with rig(upstream) as r:
        refusal = r.sessions.refusal

        async def then_reloaded(admission):
            said = await refusal(admission)
            object.__setattr__(r.shared.config, "routes", [])
            return said

        r.sessions.refusal = then_reloaded
        assert await r.sessions.refusal(r.admission) is None
        station = Station(await r._client.ws_connect(f"ws://127.0.0.1:{r._port}/"))
        assert await station.closed() == 1013


async def test_an_answer_to_a_call_of_the_lost_connection_is_not_given_to_another_of_the_same_id(upstream, slow):
    async with rig(upstream, plugins=[slow], upstream_options=QUICK) as r:
        station = await r.connect()
        lost = await upstream.connected()
        await lost.send_str('[2,"1","Reset",{"type":"Hard"}]')
        await r.until(lambda: slow.held == 1)
        await lost.close()
        again = await upstream.connected()
        await again.send_str('[2,"1","ClearCache",{}]')
        await asyncio.sleep(0.05)
        slow.gate.set()
        asked = await station.json()
        assert asked[2] == "ClearCache", "nobody waits for the Reset any more"
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        assert json.loads(await upstream.next()) == [3, "1", {"status": "Accepted"}]


async def test_an_answer_that_is_reviewed_when_its_asker_goes_is_undeliverable(upstream):
    gate, reviewed = asyncio.Event(), []

    class Reviews(BasePlugin):
        @on_reply("*", "*")
        async def review(self, session, call, reply):
            reviewed.append(call.action)
            await gate.wait()

    async with rig(upstream, plugins=[Reviews], upstream_options=QUICK) as r:
        station = await r.connect()
        lost = await upstream.connected()
        await lost.send_str('[2,"1","Reset",{"type":"Hard"}]')
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await r.until(lambda: reviewed == ["Reset"])
        await lost.close()
        again = await upstream.connected()
        await again.send_str('[2,"1","ClearCache",{}]')
        await station.json()
        gate.set()
        labels = {"version": "ocpp1.6", "action": "Reset", "direction": "to_station"}
        await r.until(lambda: r.sample("switchboard_calls_total", outcome="undeliverable", **labels) == 1)
        assert r.sample("switchboard_calls_total", outcome="result", **labels) == 0
        assert upstream.frames.empty()


async def test_sends_that_come_while_a_plugin_waits_are_not_kept_without_a_bound(upstream, slow):
    """A SEND is never answered, so the count of unanswered calls does not hold it back."""
    async with rig(upstream, plugins=[slow], limits="queue: 8", route="queue: 8") as r:
        station = await r.connect(version=Version.V21)
        await upstream.connected()
        for n in range(100):
            await station.send(f'[6,"{n}","NotifyPeriodicEventStream",{{"n":{n}}}]')
        await r.until(lambda: slow.held == 1)
        await asyncio.sleep(0.1)
        assert len(r.session.station.backlog) <= 9
        slow.gate.set()
        assert [json.loads(await upstream.next())[3]["n"] for _ in range(100)] == list(range(100))


async def test_one_station_that_the_upstream_refuses_turns_no_other_away(upstream):
    async with rig(upstream, route="grace: 0.3", upstream_options=QUICK) as r:
        good = await r.connect()
        await upstream.connected()
        upstream.refuse = 404
        bad = await r.connect(identity="CP002")
        assert await bad.closed() == 1013
        assert r.sample("switchboard_upstream_up", upstream="main") == 1, "the other leg stands"
        upstream.refuse = None
        await r.connect(identity="CP003")
        await upstream.connected()
        assert not good.ws.closed
