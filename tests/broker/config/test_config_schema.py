"""The JSON Schema for editors, held against the loader."""

from pathlib import Path

import jsonschema_rs
import pytest

from broker.config.load import loads
from broker.config.problems import ConfigError
from broker.config.schema import json_schema
from broker.config.yaml_text import parse

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"
URL = "ws://h/{identity}"

GOOD = [
    "{}",
    "liveness: off",
    "liveness: 30",
    "liveness: {ping_interval: off, missed: 3}",
    "plugins: [a, {b: {x: 1}}, {c: }, {name: d, options: {y: 2}}]",
    "plugins:",
    "limits: {queue: '${Q:-5}'}",
    "logging: {level: '${L:-info}'}",
    "stations: {known: [{identity: a, liveness: off, tags: {a: 1, b: true, c: x}}]}",
    "routes: [{match: {identity: a, version: ocpp1.6}, primary: local, validation: off}]",
    "routes: [{match: {identity: [a], version: [ocpp1.6]}, primary: local, validation: {to_station: strict}}]",
    "listeners: [{name: a, bind: '127.0.0.1:1', security_profiles: [0], compress: true}]",
    "listeners: [{name: a, bind: '127.0.0.1:1', security_profiles: [2], compress: {ocpp1.6: true},"
    " tls: {minimum_version: 1.3, certificates: [{certificate: a, key: b}]}}]",
    f"upstreams: {{a: {{url: '{URL}', ping_interval: off, headers: {{X: y}}, auth: {{basic: {{password: x}}}}}}}}",
    "store: {url: 'sqlite://'}",
    "outbox: {attempts: 5, max_age: '${AGE:-60}', while_away: false, pseudonym_key: x, linger: 0}",
    "routes: [{match: {vendor: A, model: [B, C], firmware: '1.*'}, primary: local, grants: [logs], replay: boot}]",
    "routes: [{match: {}, primary: local, grants: logs, replay: none, credentials: adopt, boot_grace: 0}]",
    *(
        f"upstreams: {{a: {{url: '{URL}'}}, b: {{url: '{URL}'}}}}\nroutes: [{{match: {{}}, primary: a, {keys}}}]"
        for keys in (
            "when_primary_down: stand_in, stand_in: {unknown_tokens: accept, replay_per_second: 0.5}",
            "when_primary_down: {failover: b}",
            "when_primary_down: {failover: [b, local], fail_back: true}",
            "when_primary_down: {failover: [b], fail_back: false}",
            "when_primary_down: {failover: [b], fail_back: off}",
            "when_primary_down: {failover: [b], fail_back: 90}",
            "secondaries: [{upstream: b}]",
            "secondaries: [{upstream: b, commands: all, grants: all, compare: true, replay: [status]}]",
            "secondaries: [{upstream: b, commands: Reset, filter: {actions: '*', measurands: [SoC], every: 5}}]",
            "secondaries: [{upstream: b, commands: [Reset, '${ACTION:-GetLog}'], filter: {pseudonymise: serial}}]",
        )
    ),
]

BAD = [
    "listener: []",
    "cluster: {}",
    "store: {uri: x}",
    "outbox: {attempts: 0}",
    "outbox: {station_bytes: 1}",
    "outbox: {max_age: 0}",
    "listeners: []",
    "listeners: [{name: a}]",
    "listeners: [{name: a, bind: 'h:1', security_profiles: [4]}]",
    "stations: {unknown: maybe}",
    "stations: {known: [{identity: 5}]}",
    "limits: {queue: 0}",
    "limits: {send_deadline: 0}",
    "liveness: never",
    "plugins: [{a: {}, b: {}, c: {}}]",
    "plugins: [5]",
    "routes: [{primary: local}]",
    "routes: [{match: {}, primary: local, validation: hard}]",
    "routes: [{match: {}, primary: local, when_primary_down: drop}]",
    "routes: [{match: {}, primary: local, when_primary_down: {fail_back: true}}]",
    "routes: [{match: {}, primary: local, when_primary_down: {failover: 5}}]",
    "routes: [{match: {}, primary: local, when_primary_down: {failover: a, fail_back: never}}]",
    "routes: [{match: {}, primary: local, secondaries: [{}]}]",
    "routes: [{match: {}, primary: local, secondaries: [{upstream: a, commands: [5]}]}]",
    "routes: [{match: {}, primary: local, secondaries: [{upstream: a, filter: {every: 0}}]}]",
    "routes: [{match: {}, primary: local, grants: most}]",
    "routes: [{match: {}, primary: local, replay: [all]}]",
    "routes: [{match: {}, primary: local, credentials: allow}]",
    "routes: [{match: {vendor: 5}, primary: local}]",
    f"upstreams: {{a: {{url: '{URL}', auth: {{basic: {{}}}}}}}}",
]


def errors(text: str) -> list[str]:
    return [error.message for error in jsonschema_rs.validator_for(json_schema()).iter_errors(parse(text))]


def test_it_is_a_schema_of_draft_2020_12():
    jsonschema_rs.meta.validate(json_schema())


def test_the_example_is_valid():
    assert errors(EXAMPLE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_is_valid(text):
    assert loads(text, environ={}).model_dump()
    assert errors(text) == []


@pytest.mark.parametrize("text", BAD)
def test_what_has_the_wrong_shape_is_refused_by_both(text):
    with pytest.raises(ConfigError):
        loads(text, environ={})
    assert errors(text)


def test_no_constraint_is_lost_in_words_that_json_schema_does_not_know():
    assert {"gt", "ge", "lt", "le"}.isdisjoint(_words(json_schema()))


def _words(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*map(_words, node.values()))
    return set().union(*map(_words, node)) if isinstance(node, list) else set()
