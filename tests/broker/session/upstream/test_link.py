"""The upstream leg: dialling, losing it, coming back, giving up."""

import asyncio
import json

from session_kit import rig


async def test_q01_the_identity_is_encoded_anew_into_the_upstreams_url(upstream):
    async with rig(upstream) as r:
        station = await r.connect(identity="RDAM|12/3 é%")
        await upstream.connected()
        assert upstream.requests[0].raw_path == "/up/RDAM%7C12%2F3%20%C3%A9%25"
        assert not station.ws.closed


async def test_the_upstream_gets_its_own_credentials_headers_and_subprotocol(upstream):
    upstream._subprotocol = "ocpp1.6j"
    options = (
        "identity: 'EU-{identity}', auth: {basic: {user: '{identity}', password: 'own-secret'}},"
        "headers: {X-Tenant: blue}, subprotocols: {ocpp1.6: ocpp1.6j}"
    )
    async with rig(upstream, upstream_options=options) as r:
        station = await r.connect()
        await upstream.connected()
        request = upstream.requests[0]
        assert request.raw_path == "/up/EU-CP001"
        assert request.headers["X-Tenant"] == "blue"
        assert request.headers["Sec-WebSocket-Protocol"] == "ocpp1.6j"
        assert request.headers["User-Agent"] == "Switchboard"
        assert request.headers["Authorization"] == "Basic RVUtQ1AwMDE6b3duLXNlY3JldA=="
        assert not station.ws.closed


async def test_one_stations_cookies_are_not_carried_into_anothers_handshake(upstream):
    upstream.cookie = "sticky=1"
    async with rig(upstream) as r:
        await r.connect()
        await upstream.connected()
        await r.connect(identity="CP002")
        await upstream.connected()
        assert [request.headers.get("Cookie") for request in upstream.requests] == [None, None]


async def test_a_call_that_was_open_when_the_upstream_was_lost_is_sent_again_first(upstream):
    upstream.auto = False
    async with rig(upstream, upstream_options="reconnect: {initial: 0.05, maximum: 0.05}") as r:
        station = await r.connect()
        for n in range(3):
            await station.send(f'[2,"{n}","Call{n}",{{}}]')
        assert json.loads(await upstream.next())[2] == "Call0"
        lost = await upstream.connected()
        upstream.auto = True
        await lost.close()
        assert [json.loads(await upstream.next())[2] for _ in range(3)] == ["Call0", "Call1", "Call2"]
        assert [(await station.json())[1] for _ in range(3)] == ["0", "1", "2"]


async def test_an_upstream_that_is_away_is_dialled_again_until_it_is_there(upstream):
    upstream.refuse = 503
    async with rig(upstream, upstream_options="reconnect: {initial: 0.05, maximum: 0.05}") as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        failures = "switchboard_upstream_dial_failures_total"
        await r.until(lambda: r.sample(failures, upstream="main", reason="status_5xx") >= 2)
        assert r.sample("switchboard_upstream_up", upstream="main") == 0
        upstream.refuse = None
        assert await station.json() == [3, "1", {"for": "Heartbeat"}]
        assert r.sample("switchboard_upstream_up", upstream="main") == 1


async def test_policy_close_ends_the_session_after_the_grace_time_and_turns_newcomers_away(upstream):
    await upstream.stop()
    async with rig(upstream, route="grace: 0.3", upstream_options="reconnect: {initial: 0.05, maximum: 0.1}") as r:
        station = await r.connect()
        await station.send('[2,"1","StartTransaction",{}]')
        assert await station.closed() == 1013, "closed without an answer, so the station keeps its message"
        await r.until(lambda: r.session is None)
        assert (await r.connect())[:2] == (503, "upstream_down")


async def test_policy_close_forgets_the_outage_when_the_upstream_is_back_in_time(upstream):
    options = "reconnect: {initial: 0.05, maximum: 0.1}"
    async with rig(upstream, route="grace: 1.0", upstream_options=options) as r:
        station = await r.connect()
        await upstream.connected()
        await upstream.stop()
        await station.send('[2,"1","Heartbeat",{}]')
        await asyncio.sleep(0.3)
        await upstream.start()
        assert await station.json() == [3, "1", {"for": "Heartbeat"}]
        await asyncio.sleep(1.0)
        assert r.session is not None


async def test_policy_hold_answers_with_an_error_and_keeps_the_station(upstream):
    await upstream.stop()
    options = "reconnect: {initial: 0.05, maximum: 0.1}"
    async with rig(upstream, route="grace: 0.3, when_primary_down: hold", upstream_options=options) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        assert (await station.json())[:3] == [4, "1", "GenericError"]
        await asyncio.sleep(0.5)
        assert r.session is not None


async def test_an_answer_to_a_call_of_a_lost_connection_does_not_reach_the_next_one(upstream):
    upstream.auto = False
    async with rig(upstream, upstream_options="reconnect: {initial: 0.05, maximum: 0.05}") as r:
        station = await r.connect()
        first = await upstream.connected()
        await first.send_str('[2,"1","ClearCache",{}]')
        asked = await station.json()
        await first.close()
        second = await upstream.connected()
        await second.send_str('[2,"1","GetConfiguration",{}]')
        await r.until(lambda: r.session.primary.exchange.inbound == 1)
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        asked = await station.json()
        assert asked[2] == "GetConfiguration"
        await station.send(json.dumps([3, asked[1], {"configurationKey": []}]))
        assert json.loads(await upstream.next()) == [3, "1", {"configurationKey": []}]


async def test_a_silent_upstream_is_dropped_and_dialled_again(upstream):
    options = "ping_interval: 0.3, reconnect: {initial: 0.05, maximum: 0.05}"
    async with rig(upstream, upstream_options=options) as r:
        station = await r.connect()
        ws = await upstream.connected()
        ws._req.transport.pause_reading()
        await upstream.connected()
        await station.send('[2,"1","Heartbeat",{}]')
        assert (await station.json())[1] == "1"


async def test_the_upstream_leg_closes_with_the_session(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        ws = await upstream.connected()
        await station.ws.close()
        await r.until(lambda: ws.closed)
        assert ws.close_code == 1000
        assert r.sample("switchboard_upstream_links", upstream="main") == 0


async def test_a_session_that_ends_while_dialling_dials_no_more(upstream):
    upstream.hold_handshake = asyncio.Event()
    async with rig(upstream) as r:
        station = await r.connect()
        await station.ws.close()
        await r.until(lambda: r.session is None)
        upstream.hold_handshake.set()
        await asyncio.sleep(0.1)
        assert upstream.ws is None or upstream.ws.closed


FLAPPING = "reconnect: {initial: 0.05, maximum: 0.05}, call_timeout: 0.5"


async def test_policy_close_holds_for_an_upstream_that_accepts_and_closes_at_once(upstream):
    """A CSMS in a crash loop, or a proxy in front of a dead one: each dial is good and brings nothing."""
    upstream.close_at_once = True
    async with rig(upstream, route="grace: 0.5", upstream_options=FLAPPING) as r:
        station = await r.connect()
        await station.send('[2,"1","BootNotification",{}]')
        assert await station.closed() == 1013
        assert r.sample("switchboard_upstream_dial_failures_total", upstream="main", reason="no_use") >= 2


async def test_policy_hold_answers_though_the_upstream_breaks_on_each_call(upstream):
    upstream.auto = False
    route = "grace: 0.5, when_primary_down: hold"
    async with rig(upstream, route=route, upstream_options=FLAPPING) as r:

        async def break_on_each_call():
            while True:
                await upstream.next()
                await upstream.ws.close()

        breaking = asyncio.ensure_future(break_on_each_call())
        station = await r.connect()
        await station.send('[2,"1","BootNotification",{}]')
        assert (await station.json())[:3] == [4, "1", "GenericError"]
        assert r.session is not None
        breaking.cancel()


async def test_a_restarting_upstream_costs_no_call_while_the_grace_time_runs(upstream):
    """Accepting and closing at once says nothing about the call: only a connection that was of use counts as a try."""
    upstream.close_at_once = True
    async with rig(upstream, route="grace: 3", upstream_options=FLAPPING) as r:
        station = await r.connect()
        await station.send('[2,"1","StartTransaction",{}]')
        await r.until(
            lambda: r.sample("switchboard_upstream_dial_failures_total", upstream="main", reason="no_use") >= 6
        )
        upstream.close_at_once = False
        assert await station.json() == [3, "1", {"for": "StartTransaction"}]
