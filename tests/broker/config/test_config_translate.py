"""The words for each kind of fault, through the loader that uses them."""

import pytest

from broker.config.listeners import Listener
from broker.config.load import loads
from broker.config.operations import AdminToken
from broker.config.problems import ConfigError, Problem
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
    [
        ("store: {url: x}", "store"),
        ("cluster: {url: null}", "cluster"),
        ("routes: [{match: {}, primary: local, secondaries: []}]", "routes[0].secondaries"),
        ("routes: [{match: {}, primary: local, when_primary_down: stand_in}]", "routes[0].when_primary_down"),
        ("routes: [{match: {}, primary: local, when_primary_down: {failover: [a]}}]", "routes[0].when_primary_down"),
        ("routes: [{match: {}, primary: local, failover: [a]}]", "routes[0].failover"),
        ("routes: [{match: {}, primary: local, replay: boot}]", "routes[0].replay"),
    ],
)
def test_what_comes_later_is_refused_in_so_many_words(text, path):
    (problem,) = problems(text)
    assert problem.path == path
    assert "not supported yet by this version" in problem.expected


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
        (("listeners",), None),
        (("nothing",), None),
        (("stations", "known", 0, "tags", "x"), None),
    ],
)
def test_the_model_of_a_place(loc, model):
    assert model_at(loc) is model
