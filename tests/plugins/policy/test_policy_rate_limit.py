import json

import pytest
from prometheus_client import generate_latest

from broker.api import ConnectionRequest, Direction, Refuse
from broker.testing import NotForwarded, harness
from plugins.policy import rate_limit
from plugins.policy.rate_limit import Bucket, RateLimit

V = "ocpp1.6"


def connection(identity="CP001"):
    return ConnectionRequest(identity, "127.0.0.1", "plain", 0, {})


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = Bucket(rate=2, burst=3, now=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


async def test_calls_over_the_limit_are_rejected_until_time_has_passed():
    h = harness(RateLimit, rate=1, burst=2)
    for _ in range(2):
        await h.forward(V, "Heartbeat", {})
    reply = await h.call(V, "Heartbeat", {})
    assert (reply.code, reply.description) == ("GenericError", "over the rate limit of 1 calls a second")
    h.clock.advance(1)
    assert (await h.forward(V, "Heartbeat", {})).action == "Heartbeat"


async def test_each_origin_has_its_own_bucket_and_only_those_named_are_limited():
    h = harness(RateLimit, rate=1, burst=1, origins=["station", "up*"])
    to_station = {"direction": Direction.TO_STATION}
    await h.forward(V, "Heartbeat", {})
    await h.forward(V, "Reset", {"type": "Soft"}, origin="upstream", **to_station)
    with pytest.raises(NotForwarded):
        await h.forward(V, "Reset", {"type": "Soft"}, origin="upstream", **to_station)
    for _ in range(3):
        assert (await h.forward(V, "Reset", {"type": "Soft"}, origin="api", **to_station)).origin == "api"


async def test_only_the_actions_named_are_limited_and_transactions_are_spared():
    h = harness(RateLimit, rate=1, burst=1, actions=["Start*", "Data*"])
    await h.forward(V, "DataTransfer", {})
    with pytest.raises(NotForwarded):
        await h.forward(V, "DataTransfer", {})
    for action in ("Heartbeat", "StartTransaction"):
        for _ in range(3):
            assert (await h.forward(V, action, {})).action == action


async def test_connections_over_the_limit_are_refused():
    h = harness(RateLimit, connections_per_minute=60, connections_burst=1)
    door = h.plugins.connection_opening
    assert [await door(connection()), await door(connection())] == [None, Refuse(429, "too many connections")]
    assert await door(connection("CP002")) is None
    h.clock.advance(1)
    assert await door(connection()) is None


async def test_connections_are_not_limited_unless_asked_for():
    h = harness(RateLimit)
    assert {await h.plugins.connection_opening(connection()) for _ in range(20)} == {None}


async def test_refusals_are_counted_and_shown(aiohttp_client):
    from aiohttp import web

    h = harness(RateLimit, rate=1, burst=1)
    await h.plugins.start(None)
    for _ in range(3):
        await h.call(V, "Heartbeat", {})
    text = generate_latest(h.contexts.registry).decode()
    assert 'switchboard_plugin_policy_rate_limit_refused_total{what="call"} 2.0' in text
    app = web.Application()
    app.add_routes(h.plugins.routes()["policy.rate_limit"])
    client = await aiohttp_client(app)
    response = await client.get("/refused")
    assert json.loads(await response.text()) == {"refused": [{"identity": "CP001", "refused": 2}]}
    await h.stop()


async def test_what_peers_can_make_it_remember_is_bounded(monkeypatch):
    monkeypatch.setattr(rate_limit, "REMEMBERED", 2)
    h = harness(RateLimit, rate=1, burst=1, connections_per_minute=1, connections_burst=1)
    for n in range(5):
        await h.call(V, f"Vendor{n}", {})
        await h.plugins.connection_opening(connection(f"CP{n}"))
    assert (await h.plugins.connection_opening(connection("CP4"))) == Refuse(429, "too many connections")
    assert await h.plugins.connection_opening(connection("CP0")) is None
