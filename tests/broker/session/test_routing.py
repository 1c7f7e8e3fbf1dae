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


def taken(*matches, boot=None, **changes):
    """Which of the routes with these conditions is taken, by number; None for none."""
    routes = ", ".join(f"{{match: {match}, primary: local, queue: {n + 1}}}" for n, match in enumerate(matches))
    route = find_route(loads(f"routes: [{routes}]").routes, replace(STATION, **changes), boot)
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


BOOT = {"vendor": "Example", "model": "X 1", "firmware": "1.4.2"}


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ("{vendor: Example}", True),
        ("{vendor: [Other, 'Ex*']}", True),
        ("{vendor: example}", False),
        ("{vendor: Ex}", False),
        ("{model: 'X ?'}", True),
        ("{model: Example}", False),
        ("{firmware: ['0.*', '1.*']}", True),
        ("{firmware: '2.*'}", False),
        ("{vendor: Example, model: 'X*', firmware: '1.4.*'}", True),
        ("{vendor: Example, model: 'Y*', firmware: '1.4.*'}", False),
        ("{vendor: Example, identity: CP001}", True),
        ("{vendor: Example, identity: CP002}", False),
    ],
)
def test_what_the_station_said_of_itself_when_it_booted(match, holds):
    assert (taken(match, boot=BOOT) == 0) is holds


@pytest.mark.parametrize("key", ["vendor", "model", "firmware"])
def test_a_station_that_has_not_said_it_does_not_fit(key):
    match = f"{{{key}: '*'}}"
    assert taken(match, boot=BOOT) == 0
    assert taken(match) is None
    assert taken(match, boot={name: value for name, value in BOOT.items() if name != key}) is None
    assert taken(match, boot={**BOOT, key: ""}) is None


def test_until_the_first_boot_a_later_route_is_taken():
    assert taken("{vendor: Example}", "{}") == 1
    assert taken("{vendor: Example}", "{}", boot=BOOT) == 0
