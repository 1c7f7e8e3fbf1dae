"""Which route a station takes."""

from dataclasses import replace

import pytest

from broker.config import loads
from broker.ocpp import Version
from broker.session import Admission
from broker.session.routing import find_route

STATION = Admission(
    identity="CP001",
    version=Version.V201,
    subprotocol="ocpp2.0.1",
    security_profile=2,
    listener="secure",
    remote="127.0.0.1",
    tags={"site": "north", "model": "X 1"},
    known=True,
)


def taken(*matches, **changes):
    """Which of the routes with these conditions is taken, by number; None for none."""
    routes = ", ".join(f"{{match: {match}, primary: local, queue: {n + 1}}}" for n, match in enumerate(matches))
    route = find_route(loads(f"routes: [{routes}]").routes, replace(STATION, **changes))
    return None if route is None else route.queue - 1


def test_the_first_route_that_matches_is_taken():
    assert taken("{identity: 'XX*'}", "{identity: 'CP*'}", "{}") == 1
    assert taken("{}", "{identity: CP001}") == 0


def test_no_match_is_no_route():
    assert taken("{identity: 'XX*'}") is None


def test_without_routes_there_is_none():
    assert find_route([], STATION) is None


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ("{}", True),
        ("{identity: CP001}", True),
        ("{identity: cp001}", False),
        ("{identity: 'CP00?'}", True),
        ("{identity: 'CP0[01]1'}", True),
        ("{identity: 'P00'}", False),
        ("{identity: ['XX*', 'CP*']}", True),
        ("{identity: ['XX*', 'YY*']}", False),
        ("{listener: secure}", True),
        ("{listener: 'sec*'}", True),
        ("{listener: plain}", False),
        ("{version: ocpp2.0.1}", True),
        ("{version: ocpp1.6}", False),
        ("{version: [ocpp1.6, ocpp2.0.1]}", True),
        ("{tags: {site: north}}", True),
        ("{tags: {site: 'n*'}}", True),
        ("{tags: {site: south}}", False),
        ("{tags: {site: North}}", False),
        ("{tags: {owner: '*'}}", False),
        ("{tags: {site: north, model: 'X*'}}", True),
        ("{tags: {site: north, model: 'Y*'}}", False),
        ("{identity: CP001, listener: plain}", False),
        ("{identity: CP001, listener: secure, version: ocpp2.0.1, tags: {site: north}}", True),
    ],
)
def test_every_condition_must_hold(match, holds):
    assert (taken(match) == 0) is holds


def test_an_identity_with_the_characters_of_a_pattern_is_only_text():
    assert taken("{identity: CP001}", identity="CP*") is None
    assert taken("{identity: 'CP[*]'}", identity="CP*") == 0
