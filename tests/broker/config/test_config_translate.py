"""The words for each kind of fault, through the loader that uses them."""

import pytest

from broker.config.listeners import Listener
from broker.config.load import loads
from broker.config.operations import AdminToken
from broker.config.primary_down import Failover
from broker.config.problems import ConfigError, Problem
from broker.config.routes import Route
from broker.config.secondaries import Filter, Secondary
from broker.config.stations import Station
from broker.config.translate import model_at


def problems(text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        loads(text, environ={})
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("stations: {unknwon: accept}", "stations.unknwon", "", "a known key; did you mean unknown?"),
        ("listener: []", "listener", "", "a known key; did you mean listeners?"),
        ("logging: {Level: info}", "logging.Level", "", "a known key; did you mean level?"),
        ("shutdown: {zzz: 1}", "shutdown.zzz", "", "a known key, one of: timeout, spread"),
        ("admin: {tokens: [{name: a, role: admin}]}", "admin.tokens[0].token", "", "a value: this key is required"),
        ("stations: {unknown: maybe}", "stations.unknown", "'maybe'", "one of: reject or accept"),
        ("stations: {known: [{identity: 5}]}", "stations.known[0].identity", "5", "text (a number needs quotes)"),
        ("stations: {known: [{identity: ''}]}", "stations.known[0].identity", "''", "text that is not empty"),
        ("limits: {queue: 1.5}", "limits.queue", "1.5", "a whole number"),
        ("limits: {queue: many}", "limits.queue", "'many'", "a whole number"),
        ("limits: {queue: 0}", "limits.queue", "0", "at least 1"),
        ("limits: {json_depth: 9999}", "limits.json_depth", "9999", "at most 512"),
        ("limits: {send_deadline: 0}", "limits.send_deadline", "0", "a number above 0"),
        ("limits: {send_deadline: x}", "limits.send_deadline", "'x'", "a number"),
        ("limits: [1]", "limits", "", "a mapping of keys to values"),
        ("limits:", "limits", "", "a mapping of keys to values"),
        ("limits: {1: 2}", "limits[1]", "2", "a key that is text (a number needs quotes)"),
        ("plugin_dirs: x", "plugin_dirs", "", "a list"),
        ("plugin_dirs: [5]", "plugin_dirs[0]", "5", "the path of a file or folder"),
        ("routes: []", "routes", "a list", "at least one entry"),
        ("routes: [{match: {}, primary: x}]", "routes[0].primary", "'x'", "one of: local"),
        (
            "routes: [{match: {version: v}, primary: local}]",
            "routes[0].match.version[0]",
            "'v'",
            "one of: ocpp1.6, ocpp2.0.1 or ocpp2.1",
        ),
        ("stations: {known: [{identity: a, half_duplex: x}]}", "stations.known[0].half_duplex", "'x'", "true or false"),
        ("upstreams: {a: 1}", "upstreams.a", "", "a mapping of keys to values"),
        (
            "stations: {known: [{identity: a, password:hunter2}]}",
            'stations.known[0]["password:..."]',
            "",
            "a space after the colon of password",
        ),
        (
            "liveness: never",
            "liveness",
            "'never'",
            "seconds between pings, off, or a mapping of ping_interval and missed",
        ),
    ],
)
def test_a_fault_has_path_value_and_expectation(text, path, value, expected):
    assert problems(text) == [Problem(path, value, expected)]


@pytest.mark.parametrize(
    ("text", "path"),
    [("cluster: {url: null}", "cluster"), ("store: {url: 'postgresql://u:hunter2@h/d'}", "store.url")],
)
def test_what_comes_later_is_refused_in_so_many_words(text, path):
    (problem,) = problems(text)
    assert problem.path == path
    assert "not supported yet by this version" in problem.expected
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("keys", "path", "value", "expected"),
    [
        ("failover: [a]", "failover", "", "no such key: write it below when_primary_down"),
        ("fail_back: 5", "fail_back", "", "no such key: write it below when_primary_down, beside failover"),
        (
            "when_primary_down: drop",
            "when_primary_down",
            "'drop'",
            "one of: close, hold, stand_in; or {failover: NAME} with the names of upstreams",
        ),
        ("when_primary_down: {fail_back: 5}", "when_primary_down.failover", "", "a value: this key is required"),
        (
            "when_primary_down: {failover: a, fail_bak: 5}",
            "when_primary_down.fail_bak",
            "",
            "a known key; did you mean fail_back?",
        ),
        ("when_primary_down: {failover: [a, 5]}", "when_primary_down.failover[1]", "5", "text (a number needs quotes)"),
        ("when_primary_down: {failover: b}", "when_primary_down.failover[0]", "'b'", "one of: a"),
        ("secondaries: [a]", "secondaries[0]", "", "a mapping of keys to values"),
        ("secondaries: a", "secondaries", "", "a list"),
        ("secondaries: [{upstream: b}]", "secondaries[0].upstream", "'b'", "one of: a"),
        (
            "secondaries: [{upstream: a, comands: all}]",
            "secondaries[0].comands",
            "",
            "a known key; did you mean commands?",
        ),
        (
            "secondaries: [{upstream: a, commands: [Reset, all]}]",
            "secondaries[0].commands[1]",
            "'all'",
            "the name of an action, such as TriggerMessage (none and all stand alone)",
        ),
        (
            "secondaries: [{upstream: a, commands: {}}]",
            "secondaries[0].commands",
            "a mapping",
            "none, all, or a list of actions",
        ),
        ("grants: [net]", "grants[0]", "'net'", "one of: network, certificates, firmware or logs"),
        ("replay: all", "replay[0]", "'all'", "one of: boot or status"),
        (
            "secondaries: [{upstream: a, filter: {pseudonymise: [serial, serial]}}]",
            "secondaries[0].filter.pseudonymise",
            "a list",
            "each entry once",
        ),
        (
            "when_primary_down: stand_in",
            "when_primary_down",
            "'stand_in'",
            "close or hold: the broker's own CSMS, which is the primary, is never down",
        ),
    ],
)
def test_a_fault_of_a_route_has_path_value_and_expectation(keys, path, value, expected):
    text = f"upstreams: {{a: {{url: 'ws://h/{{identity}}'}}}}\nroutes: [{{match: {{}}, primary: local, {keys}}}]"
    found = problems(text)
    assert Problem(f"routes[0].{path}", value, expected) in found
    assert len({problem.path for problem in found}) == len(found)


def test_a_wrong_key_of_a_mapping_is_named():
    (problem,) = problems('upstreams: {"a b": {url: "ws://h/{identity}"}}')
    assert problem.path == 'upstreams["a b"]'
    assert problem.expected.startswith("another key: a name of letters")


def test_faults_across_fields_have_their_own_paths():
    text = "listeners: [{name: a, bind: '0.0.0.0:1', security_profiles: [1, 3]}]"
    assert [problem.path for problem in problems(text)] == ["listeners[0].security_profiles", "listeners[0].insecure"]


@pytest.mark.parametrize(
    ("loc", "model"),
    [
        (("listeners", 0), Listener),
        (("stations", "known", 3), Station),
        (("admin", "tokens", 0), AdminToken),
        (("routes", 1, "when_primary_down"), Failover),
        (("routes", 1, "secondaries", 0, "filter"), Filter),
        (("listeners",), None),
        (("nothing",), None),
        (("stations", "known", 0, "tags", "x"), None),
    ],
)
def test_the_model_of_a_place(loc, model):
    assert model_at(loc) is model


def test_the_model_of_a_place_below_another_root():
    assert model_at(("secondaries", 0), Route) is Secondary
    assert model_at((), Route) is Route
