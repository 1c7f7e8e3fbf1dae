"""What routes may say but probably do not mean."""

import pytest

from broker.config.load import loads
from broker.config.warnings_routes import of_routes

UPSTREAMS = "upstreams: {a: {url: 'ws://h/{identity}'}, b: {url: 'ws://h/{identity}'}}\n"
LISTENERS = (
    "listeners: [{name: inner, bind: '127.0.0.1:1', security_profiles: [1]},"
    " {name: outer, bind: '10.0.0.1:1', security_profiles: [0, 1]},"
    " {name: open, bind: '10.0.0.1:2', security_profiles: [0]}]\n"
)


def warnings(keys: str, match: str = "{}", head: str = "") -> list[str]:
    text = f"{head}{UPSTREAMS}routes: [{{match: {match}, primary: a, {keys}}}, {{match: {{}}, primary: local}}]"
    return [line for line in of_routes(loads(text, environ={})) if not line.startswith("routes[1]")]


def secondary(keys: str) -> str:
    return f"secondaries: [{{upstream: b, {keys}}}]"


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ("stand_in: {}", "routes[0].stand_in", "no use"),
        ("when_primary_down: hold, stand_in: {unknown_tokens: accept}", "routes[0].stand_in", "no use"),
        (
            "when_primary_down: stand_in, stand_in: {unknown_tokens: accept}",
            "routes[0].stand_in.unknown_tokens",
            "while a is down",
        ),
        (
            "when_primary_down: {failover: [local, b]}",
            "routes[0].when_primary_down.failover",
            "never used",
        ),
        (secondary("grants: logs"), "routes[0].secondaries[0].grants", "without commands"),
        (secondary("grants: logs, commands: []"), "routes[0].secondaries[0].grants", "without commands"),
        (
            secondary("commands: [Reset, TriggerMesage]"),
            "routes[0].secondaries[0].commands[1]",
            "did you mean TriggerMessage?",
        ),
        (secondary("commands: StatusNotification"), "routes[0].secondaries[0].commands[0]", "in this direction"),
        (
            secondary("filter: {actions: ['Meter*', MeterValue]}"),
            "routes[0].secondaries[0].filter.actions[1]",
            "did you mean MeterValues?",
        ),
        (secondary("filter: {actions: Zz*}"), "routes[0].secondaries[0].filter.actions[0]", "in this direction"),
        (
            secondary("filter: {actions: StopTransaction}"),
            "routes[0].secondaries[0].filter.actions",
            "StartTransaction",
        ),
        (
            secondary("compare: true, filter: {pseudonymise: [serial, idTag]}"),
            "routes[0].secondaries[0].compare",
            "pseudonyms",
        ),
    ],
)
def test_it_is_told_with_its_path(keys, path, words):
    (warning,) = warnings(keys)
    assert warning.split(": ")[0] == path
    assert words in warning


@pytest.mark.parametrize(
    "keys",
    [
        "queue: 1",
        "when_primary_down: stand_in",
        "when_primary_down: stand_in, stand_in: {unknown_tokens: reject}",
        "when_primary_down: {failover: [b, local]}",
        secondary("grants: logs, commands: all"),
        secondary("grants: logs, commands: [GetLog, GetDiagnostics]"),
        secondary("compare: true, filter: {pseudonymise: serial}"),
        secondary("filter: {actions: ['*Transaction', BatterySwap], pseudonymise: idTag}"),
        secondary("filter: {actions: StatusNotification}"),
    ],
)
def test_nothing_is_told_where_nothing_is_odd(keys):
    assert warnings(keys) == []


@pytest.mark.parametrize(
    ("match", "told"), [("{}", ["outer"]), ("{listener: outer}", ["outer"]), ("{listener: 'in*'}", [])]
)
def test_a_password_that_is_adopted_should_not_go_over_a_network_in_plain_text(match, told):
    found = [line for line in warnings("credentials: adopt", match, LISTENERS) if "credentials" in line]
    assert [line.split("listener ")[1].split(" ")[0] for line in found] == told


def test_where_passwords_are_not_adopted_nothing_is_told_of_listeners():
    assert warnings("credentials: deny", head=LISTENERS) == []


def test_a_listener_that_is_not_there():
    (warning,) = warnings("queue: 1", match="{listener: outter}")
    assert warning == "routes[0].match.listener: there is no listener outter"


def test_a_route_that_asks_for_the_boot_does_not_take_every_station():
    (route, last) = ("{match: {vendor: '*'}, primary: local}", "{match: {}, primary: local}")
    assert list(of_routes(loads(f"routes: [{route}, {last}]"))) == []
    assert [line.split(":")[0] for line in of_routes(loads(f"routes: [{route}]"))] == ["routes"]
