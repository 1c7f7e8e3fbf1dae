"""The way of a message past plugins that change it, call the station, or take their time."""

import asyncio
import json

from session_kit import rig

from broker.api import Answer, BasePlugin, Drop, Reject, Replace, on_call, on_reply
from broker.ocpp import ErrorKind


class Changes(BasePlugin):
    """Says each of the four outcomes, and changes a reply."""

    @on_call("ocpp1.6", "Authorize")
    def replace(self, session, call):
        return Replace({**call.payload, "idTag": call.payload["idTag"].upper()})

    @on_call("ocpp1.6", "DataTransfer")
    def answer(self, session, call):
        return Answer({"status": "Rejected"})

    @on_call("ocpp1.6", "StatusNotification")
    async def reject(self, session, call):
        await asyncio.sleep(0)
        return Reject(ErrorKind.SECURITY, "not here")

    @on_call("ocpp1.6", "DiagnosticsStatusNotification")
    def drop(self, session, call):
        return Drop()

    @on_reply("ocpp1.6", "Heartbeat")
    def later(self, session, call, reply):
        return Replace({**reply.payload, "later": True})


async def test_the_outcomes_of_plugins(upstream):
    async with rig(upstream, plugins=[Changes]) as r:
        station = await r.connect()
        await station.send('[2,"1","Authorize",{"idTag":"abc","x":1.50}]')
        assert (await upstream.next()).endswith('"Authorize",{"idTag":"ABC","x":1.50}]')
        await station.text()
        await station.send('[2,"2","DataTransfer",{"vendorId":"x"}]')
        assert await station.json() == [3, "2", {"status": "Rejected"}]
        await station.send('[2,"3","StatusNotification",{}]')
        assert await station.json() == [4, "3", "SecurityError", "not here", {}]
        await station.send('[2,"4","DiagnosticsStatusNotification",{}]')
        await station.send('[2,"5","Heartbeat",{}]')
        assert await station.json() == [3, "5", {"for": "Heartbeat", "later": True}]
        assert r.session.station.exchange.inbound == 0, "a dropped call holds no place"


class Curious(BasePlugin):
    """Asks the station something before it lets the boot pass."""

    @on_call("ocpp1.6", "BootNotification")
    async def ask(self, session, call):
        reply = await session.call("GetConfiguration", {"key": ["X"]}, timeout=3)
        session.state["answer"] = reply.payload


async def test_a_plugin_may_call_the_station_while_it_handles_a_call_of_that_station(upstream):
    """The reader hands the socket over; in a plain read loop this is a deadlock."""
    async with rig(upstream, plugins=[Curious]) as r:
        station = await r.connect()
        await station.send('[2,"1","BootNotification",{}]')
        await station.send('[2,"2","Heartbeat",{}]')
        asked = await station.json()
        assert asked[2] == "GetConfiguration"
        assert upstream.frames.empty(), "the heartbeat must not overtake the boot"
        await station.send(json.dumps([3, asked[1], {"unknownKey": ["X"]}]))
        assert [(await station.json())[1] for _ in range(2)] == ["1", "2"]
        assert r.session.state["answer"] == {"unknownKey": ["X"]}
        assert [json.loads(await upstream.next())[2] for _ in range(2)] == ["BootNotification", "Heartbeat"]


class Fragile(BasePlugin):
    """Waits, and holds the next calls up."""

    @on_call("ocpp1.6", "Authorize")
    async def wait(self, session, call):
        await asyncio.sleep(0.05)


async def test_a_station_that_pipelines_behind_a_slow_plugin_is_served_in_order_however_long(upstream):
    async with rig(upstream, plugins=[Slow]) as r:
        station = await r.connect()
        sending = asyncio.ensure_future(_send_many(station, 600))
        assert [(await station.json())[1] for _ in range(600)] == [str(n) for n in range(600)]
        await sending


async def _send_many(station, count):
    for n in range(count):
        await station.send(f'[2,"{n}","Authorize",{{"idTag":"A"}}]')


class Slow(BasePlugin):
    """Gives way to the loop on each call, so that there is always a backlog."""

    @on_call("ocpp1.6", "Authorize")
    async def wait(self, session, call):
        await asyncio.sleep(0)


async def test_calls_that_waited_behind_one_that_failed_inside_the_broker_go_on_in_order(upstream, monkeypatch):
    async with rig(upstream, plugins=[Fragile]) as r:
        station = await r.connect()
        forward = r.session.flow._forward
        broken = []

        def break_once(owner, chain, call, *rest):
            if not broken:
                broken.append(call)
                raise RuntimeError("a bug")
            return forward(owner, chain, call, *rest)

        monkeypatch.setattr(type(r.session.flow), "_forward", lambda self, *a: break_once(*a))
        for n in range(4):
            await station.send(f'[2,"{n}","Authorize",{{"idTag":"A"}}]')
        assert [(await station.json())[1] for _ in range(3)] == ["1", "2", "3"]
