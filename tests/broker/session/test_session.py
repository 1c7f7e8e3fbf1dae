"""A session's life: liveness, limits, the API's calls, draining."""

import asyncio
import json
import socket

import pytest
from session_kit import rig

from broker.api import BasePlugin, on_call
from broker.session import CallFailed, CallTimeout, NotConnected, QueueFull


async def test_a_call_of_the_api_gets_the_stations_reply(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("ClearCache", {}, origin="api"))
        asked = await station.json()
        assert asked[0] == 2
        assert asked[2:] == ["ClearCache", {}]
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        assert (await calling).payload == {"status": "Accepted"}
        assert upstream.frames.empty(), "nobody but the caller sees the answer"


async def test_a_callerror_of_the_station_is_a_reply_too(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("ClearCache", {}))
        asked = await station.json()
        await station.send(json.dumps([4, asked[1], "NotSupported", "no", {}]))
        reply = await calling
        assert (reply.is_result, reply.code, reply.description) == (False, "NotSupported", "no")


async def test_a_call_without_an_answer_times_out_and_the_next_one_goes_out(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        with pytest.raises(CallTimeout):
            await r.session.call("ClearCache", {}, timeout=0.1)
        await station.json()
        calling = asyncio.ensure_future(r.session.call("GetConfiguration", {}))
        asked = await station.json()
        assert asked[2] == "GetConfiguration"
        await station.send(json.dumps([3, asked[1], {}]))
        assert (await calling).is_result


async def test_a_full_queue_refuses_the_call_at_once(upstream):
    async with rig(upstream, limits="queue: 1") as r:
        station = await r.connect()
        waiting = [asyncio.ensure_future(r.session.call("ClearCache", {})) for _ in range(2)]
        await station.json()
        with pytest.raises(QueueFull):
            await r.session.call("ClearCache", {})
        for call in waiting:
            call.cancel()


async def test_a_cancelled_call_leaves_the_queue(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        first = asyncio.ensure_future(r.session.call("ClearCache", {}))
        asked = await station.json()
        second = asyncio.ensure_future(r.session.call("Reset", {"type": "Hard"}))
        await r.until(lambda: r.session.station.exchange.waiting == 1)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert r.session.station.exchange.waiting == 0
        await station.send(json.dumps([3, asked[1], {}]))
        assert (await first).is_result


async def test_callers_are_told_when_the_station_leaves(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        session = r.session
        calling = asyncio.ensure_future(session.call("ClearCache", {}))
        await station.json()
        await station.ws.close()
        with pytest.raises(NotConnected):
            await calling
        with pytest.raises(NotConnected):
            await session.call("ClearCache", {})


async def test_what_an_operator_sends_is_not_validated_again_nor_is_the_answer(upstream):
    """Certification has the operator send wrong values on purpose, and look at what the station says."""
    async with rig(upstream, route="validation: strict") as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("Reset", {"type": "Gentle"}, origin="api"))
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"status": "Whatever"}]))
        assert (await calling).payload == {"status": "Whatever"}
        refused = await r.session.call("Reset", {"type": "Gentle"})
        assert refused.code == "PropertyConstraintViolation", "a plugin's call is"


class Swallows(BasePlugin):
    """Drops what is sent to the station."""

    @on_call("ocpp1.6", "ClearCache")
    def drop(self, session, call):
        from broker.api import Drop

        return Drop()


async def test_a_dropped_call_of_the_api_fails(upstream):
    async with rig(upstream, plugins=[Swallows]) as r:
        station = await r.connect()
        with pytest.raises(CallFailed, match="dropped"):
            await r.session.call("ClearCache", {})
        assert not station.ws.closed


async def test_q27_a_silent_peer_is_pinged_and_dropped_after_the_missed_pings(upstream):
    async with rig(upstream) as r:
        station = await r.connect(autoping=False, ping_interval=0.3, missed_pongs=2)
        await r.until(lambda: r.session is None)
        pings = 0
        while (message := await station.ws.receive(timeout=1)).type.name == "PING":
            pings += 1
        assert pings == 2
        assert message.type.name in ("CLOSED", "CLOSE", "ERROR")
        assert r.sample("switchboard_sessions_ended_total", reason="silent") == 1


async def test_q27_a_station_that_talks_but_never_pongs_stays(upstream):
    async with rig(upstream) as r:
        station = await r.connect(autoping=False, ping_interval=0.3, missed_pongs=1)
        for n in range(8):
            await station.send(f'[2,"{n}","Heartbeat",{{}}]')
            await asyncio.sleep(0.15)
        assert r.session is not None


async def test_q27_no_pings_where_they_are_switched_off(upstream):
    async with rig(upstream) as r:
        station = await r.connect(autoping=False, ping_interval=0)
        await asyncio.sleep(0.8)
        await station.send('[2,"1","Heartbeat",{}]')
        assert (await station.json())[1] == "1"


async def test_a_stations_ping_is_answered(upstream):
    async with rig(upstream) as r:
        station = await r.connect(autoping=False)
        await station.ws.ping(b"hello")
        message = await station.ws.receive(timeout=2)
        assert (message.type.name, bytes(message.data)) == ("PONG", b"hello")


async def test_too_many_frames_a_second_close_the_connection_with_1008(upstream):
    async with rig(upstream, limits="frames_per_second: 1, frames_burst: 5") as r:
        station = await r.connect()
        for n in range(8):
            await station.send(f'[2,"{n}","Heartbeat",{{}}]')
        assert await station.closed() == 1008
        assert r.sample("switchboard_limit_hits_total", limit="frames_per_second") == 1


async def test_a_message_above_the_limit_closes_the_connection_with_1009(upstream):
    async with rig(upstream, limits="message_bytes: 2048") as r:
        station = await r.connect()
        await station.send('[2,"1","DataTransfer",{"data":"' + "x" * 4096 + '"}]')
        assert await station.closed() == 1009
        await r.until(lambda: r.sample("switchboard_limit_hits_total", limit="message_bytes") == 1)


async def test_text_that_is_not_utf8_closes_the_connection_with_1007(upstream):
    async with rig(upstream) as r:
        station = await r.connect()
        await station.ws.send_frame(b'[2,"1","X\xff",{}]', 1)
        assert await station.closed() == 1007
        await r.until(lambda: r.sample("switchboard_bad_frames_total", leg="station", reason="encoding") == 1)


async def test_deep_json_is_refused_and_counted(upstream):
    async with rig(upstream, limits="json_depth: 8") as r:
        station = await r.connect()
        await station.send('[2,"1","DataTransfer",{"x":' + "[" * 20 + "]" * 20 + "}]")
        assert (await station.json())[0:2] == [4, "1"]
        assert r.sample("switchboard_limit_hits_total", limit="json_depth") == 1
        assert upstream.frames.empty()


async def test_a_station_that_stops_reading_is_dropped_after_the_send_deadline(upstream):
    """Field-notes L7: without a deadline the sender waits for ever, and memory with it."""
    upstream.auto = False
    async with rig(upstream, limits="send_deadline: 0.3, queue: 1000") as r:
        station = await r.connect()
        transport = station.ws._writer.transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        transport.pause_reading()
        await upstream.connected()
        big = json.dumps({"data": "x" * 900_000})
        for n in range(60):
            if upstream.ws.closed:
                break
            await upstream.ws.send_str(f'[6,"{n}","X",{big}]')
            await upstream.ws.send_str(f'[2,"u{n}","DataTransfer",{big}]')
            await station.ws._writer.send_frame(b'[2,"s","Heartbeat",{}]', 1)
            if r.session is None:
                break
            session = r.session
            for pending in [session.station.exchange.open] if session.station.exchange.open else []:
                await station.ws._writer.send_frame(f'[3,"{pending.message_id}",{{}}]'.encode(), 1)
            await asyncio.sleep(0.01)
        await r.until(lambda: r.session is None)
        assert r.sample("switchboard_limit_hits_total", limit="send_deadline") >= 1
        transport.abort()  # else the station's own close waits for what it does not read


async def test_draining_lets_the_open_call_finish_then_says_1001(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        frame = json.loads(await upstream.next())
        draining = asyncio.ensure_future(r.sessions.drain(seconds=5, spread=0))
        await asyncio.sleep(0.1)
        assert not draining.done()
        await station.send('[2,"2","Heartbeat",{}]')
        await upstream.ws.send_str(json.dumps([3, frame[1], {}]))
        assert await station.json() == [3, "1", {}]
        assert await station.closed() == 1001
        await draining
        assert await r.connect() == (503, "stopping", "the broker is stopping")


async def test_draining_does_not_wait_for_ever(upstream):
    upstream.auto = False
    async with rig(upstream) as r:
        station = await r.connect()
        await station.send('[2,"1","Heartbeat",{}]')
        await upstream.next()
        await r.sessions.drain(seconds=0.3, spread=0)
        assert await station.closed() == 1001


async def test_describe_shows_the_session_and_its_legs(upstream):
    async with rig(upstream) as r:
        station = await r.connect(tags={"site": "a"})
        await upstream.connected()
        await r.until(lambda: r.session.primary.socket is not None)
        row = r.sessions.station("CP001")
        assert row["connected"] is True
        assert row["version"] == "ocpp1.6"
        assert row["tags"] == {"site": "a"}
        assert [leg["name"] for leg in row["legs"]] == ["station", "main"]
        assert [leg["state"] for leg in row["legs"]] == ["open", "open"]
        assert not station.ws.closed
