from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from session_kit import Upstream, rig

from broker.api import Route
from broker.hooks import PluginError
from broker.testing import TestSession, harness
from plugins.policy.canary import Canary

FLEET = [f"DE*EVC*{n:05}" for n in range(2_000)]


def moved(**options):
    """Who of the fleet goes to the candidate."""
    choose_route = harness(Canary, upstream="candidate", **options).plugins.choose_route
    return {identity for identity in FLEET if choose_route(TestSession(identity=identity)) is not None}


def route_of(identity, **options):
    return harness(Canary, **options).plugins.choose_route(TestSession(identity=identity))


def test_without_options_every_station_keeps_its_route():
    assert route_of("CP001") is None


def test_the_identities_that_are_named_move_and_the_others_do_not():
    named = {"upstream": "candidate", "identities": ["TEST-*", "LAB1"]}
    assert route_of("TEST-7", **named) == route_of("LAB1", **named) == Route("candidate")
    assert [route_of(identity, **named) for identity in ("test-7", "LAB12", "CP001")] == [None, None, None]


def test_the_share_that_moves_is_the_one_that_was_asked_for():
    assert 150 < len(moved(percent=10)) < 250
    assert moved(percent=0) == set()
    assert moved(percent=100) == set(FLEET)


def test_a_greater_share_adds_stations_and_moves_none_back():
    steps = [moved(percent=percent) for percent in (0.5, 10, 25, 60)]
    assert all(before < after for before, after in pairwise(steps))


def test_a_station_has_the_same_place_in_every_process():
    """Python's own hash() would not do; CP001 has its place at 10.6 %."""
    assert route_of("CP001", upstream="candidate", percent=10.5) is None
    assert route_of("CP001", upstream="candidate", percent=10.7) == Route("candidate")
    assert route_of("Ladesäule 1", upstream="candidate", percent=100) == Route("candidate")


@pytest.mark.parametrize("options", [{"percent": 1}, {"identities": ["TEST-*"]}])
def test_moving_somebody_needs_an_upstream(options):
    with pytest.raises(PluginError, match="upstream is missing"):
        harness(Canary, **options)


@pytest.mark.parametrize("percent", [-1, 100.1, "many"])
def test_the_share_is_0_to_100(percent):
    with pytest.raises(PluginError, match=r"plugins\[0\]\.policy\.canary\.percent"):
        harness(Canary, upstream="candidate", percent=percent)


@asynccontextmanager
async def csms():
    made = Upstream()
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def test_the_calls_of_a_station_that_moves_go_to_the_other_upstream_only():
    class TestsFirst(Canary):
        class Config(Canary.Config):
            upstream: str = "candidate"
            identities: tuple[str, ...] = ("TEST-*",)

    async with csms() as main, csms() as candidate:
        second = f"}}, candidate: {{url: 'ws://127.0.0.1:{candidate.port}/next/{{identity}}'"
        async with rig(main, plugins=[TestsFirst], upstream_options=second) as r:
            for identity, there, elsewhere in (("TEST-1", candidate, main), ("CP001", main, candidate)):
                station = await r.connect(identity=identity)
                await station.send('[2,"1","Heartbeat",{}]')
                assert await station.json() == [3, "1", {"for": "Heartbeat"}]
                assert '"Heartbeat"' in await there.next()
                assert elsewhere.frames.empty()
            assert [request.path for request in candidate.requests] == ["/next/TEST-1"]
            assert [request.path for request in main.requests] == ["/up/CP001"]
