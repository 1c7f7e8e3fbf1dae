"""A leg: its queue, its answers, and the gate in front of its reader."""

import asyncio
import json
from contextlib import asynccontextmanager
from time import monotonic

from session_kit import rig as session_rig
from socket_kit import pair, texts

from broker.api import BasePlugin, Drop, on_call
from broker.hooks import Direction
from broker.ocpp import Call, Exchange, Pending, Reply, Version, parse
from broker.session.leg import Leg
from broker.session.socket import Socket


class Owner:
    """Who made a call."""

    aside = False

    def __init__(self, timeout=None):
        self.timeout = timeout


def pending(action, *, owner=None, deadline=1e12):
    return Pending(Call.of(action, {}, version=Version.V16, origin="test"), owner or Owner(), deadline)


def call(message_id, action="Heartbeat"):
    return parse(f'[2,"{message_id}","{action}",{{}}]', Version.V16)


def answered(leg, asked, now):
    """The peer's answer has come."""
    assert leg.exchange.take_reply(parse(f'[3,"{asked.message_id}",{{}}]', Version.V16)) is asked
    leg.pump(now)


def make(**options):
    exchange = Exchange(prefix="t-", max_waiting=options.pop("queue", 4), half_duplex=options.pop("half_duplex", False))
    return Leg("station", Direction.FROM_STATION, exchange, call_timeout=30.0, max_inbound=options.pop("inbound", 2))


@asynccontextmanager
async def connected(**options):
    """A leg on a real socket, and the peer's end."""
    leg = make(**options)
    async with pair() as (server, client):
        leg.socket = Socket(server, send_deadline=30, on_limit=lambda name: None, now=monotonic())
        yield leg, client


async def test_one_call_is_on_the_wire_and_the_others_wait_for_its_end():
    async with connected() as (leg, peer):
        for action in ("A", "B", "C"):
            assert leg.submit(pending(action), 0.0)
        (first,) = await texts(peer, 1)
        assert json.loads(first)[2] == "A"
        assert leg.exchange.waiting == 2
        answered(leg, leg.exchange.open, 0.0)
        assert json.loads((await texts(peer, 1))[0])[2] == "B"


async def test_a_call_has_its_time_from_when_it_goes_out_unless_its_maker_set_a_limit_on_the_whole():
    async with connected() as (leg, peer):
        first, second = pending("A", deadline=50.0), pending("B", deadline=150.0)
        limited = pending("C", owner=Owner(timeout=7), deadline=107.0)
        for one in (first, second, limited):
            leg.submit(one, 100.0)
        assert (first.deadline, second.deadline) == (130.0, 150.0)
        answered(leg, first, 105.0)
        assert second.deadline == 135.0
        answered(leg, second, 106.0)
        assert limited.deadline == 107.0
        assert len(await texts(peer, 3)) == 3


async def test_a_full_queue_says_no_and_keeps_what_it_has():
    leg = make(queue=2)
    assert [leg.submit(pending(str(n)), 0.0) for n in range(3)] == [True, True, False]
    assert leg.exchange.waiting == 2


async def test_without_a_socket_calls_wait_and_answers_go_nowhere():
    leg = make()
    leg.submit(pending("A"), 0.0)
    assert leg.exchange.open is None
    asked = call("1")
    leg.exchange.take_call(asked)
    assert leg.answer(asked, Reply.result({})) is True
    assert leg.exchange.inbound == 0


async def test_an_answer_goes_out_once_for_each_time_it_was_asked_and_not_again():
    async with connected() as (leg, peer):
        asked = call("7")
        for _ in range(3):
            leg.exchange.take_call(call("7"))
        assert leg.answer(asked, Reply.result({"n": 1})) is True
        assert leg.answer(asked, Reply.result({"n": 2})) is False
        leg.socket.send(b"end")
        assert await texts(peer, 4) == ['[3,"7",{"n":1}]'] * 3 + ["end"]


async def test_the_gate_closes_at_the_bound_and_opens_with_the_next_answer():
    leg = make(inbound=2)
    first, second = call("1"), call("2")
    leg.exchange.take_call(first)
    assert leg.gate() is None
    leg.exchange.take_call(second)
    gate = leg.gate()
    assert leg.gate() is gate
    assert leg.reading_paused
    leg.answer(first, Reply.result({}))
    assert gate.done()
    assert not leg.reading_paused
    assert leg.gate() is None


async def test_the_gate_opens_for_a_call_that_is_dropped_as_well():
    leg = make(inbound=1)
    asked = call("1")
    leg.exchange.take_call(asked)
    gate = leg.gate()
    leg.drop(asked)
    assert gate.done()
    assert leg.gate() is None


async def test_a_gate_of_a_socket_that_is_gone_opens_for_good():
    leg = make(inbound=1)
    leg.exchange.take_call(call("1"))
    gate = leg.gate()
    leg.release()
    assert gate.done()
    assert leg.gate() is None
    leg.release()


async def test_half_duplex_sends_when_the_peers_call_is_answered_or_dropped():
    async with connected(half_duplex=True, inbound=9) as (leg, peer):
        for end in (lambda asked: leg.answer(asked, Reply.result({})), leg.drop):
            asked = call("1")
            leg.exchange.take_call(asked)
            leg.submit(pending("A"), 0.0)
            assert leg.exchange.open is None
            end(asked)
            assert leg.exchange.open is not None
            leg.exchange.expire(1e13)
        assert [json.loads(text)[0] for text in await texts(peer, 3)] == [3, 2, 2]


class DropsSlowly(BasePlugin):
    """Waits a little, then lets the call vanish."""

    @on_call("ocpp1.6", "Heartbeat")
    async def drop(self, session, call):
        await asyncio.sleep(0.001)
        return Drop()


async def test_a_station_whose_calls_are_all_dropped_is_read_on(upstream):
    """Its queue fills behind a plugin that waits; nothing is ever answered, and still it must not be left unread."""
    async with session_rig(upstream, plugins=[DropsSlowly], route="queue: 4") as r:
        station = await r.connect()
        for n in range(30):
            await station.send(f'[2,"{n}","Heartbeat",{{}}]')
        await station.send('[2,"last","StatusNotification",{}]')
        assert await station.json() == [3, "last", {"for": "StatusNotification"}]
        assert r.session.station.exchange.inbound == 0


class Ponders(BasePlugin):
    """Takes its time over what comes from the upstream."""

    @on_call("ocpp1.6", "ClearCache", direction=Direction.TO_STATION)
    async def ponder(self, session, call):
        await asyncio.sleep(0.3)


async def test_calls_of_a_lost_upstream_connection_that_no_plugin_has_seen_yet_are_forgotten(upstream):
    upstream.auto = False
    options = "reconnect: {initial: 0.05, maximum: 0.05}"
    async with session_rig(upstream, plugins=[Ponders], upstream_options=options) as r:
        station = await r.connect()
        first = await upstream.connected()
        await first.send_str('[2,"1","ClearCache",{}]')
        await first.send_str('[2,"2","Reset",{"type":"Hard"}]')
        await r.until(lambda: len(r.session.primary.backlog) == 1)
        await first.close()
        second = await upstream.connected()
        await second.send_str('[2,"2","GetConfiguration",{}]')
        asked = await station.json()
        while asked[2] == "ClearCache":
            await station.send(json.dumps([3, asked[1], {}]))
            asked = await station.json()
        assert asked[2] == "GetConfiguration"
