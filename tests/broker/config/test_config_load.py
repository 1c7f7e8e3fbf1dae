"""From file to configuration, or to all the faults of it."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.config.load import defaults, load, loads
from broker.config.models import Config
from broker.config.problems import ConfigError
from broker.config.schema import json_schema
from broker.config.warnings import warnings_of

ROOT = Path(__file__).parents[3]
EXAMPLE_ENV = {"CP003_PASSWORD": "p" * 20, "MAIN_PASSWORD": "m", "MAIN_API_KEY": "k", "OPS_TOKEN": "t" * 20}


def refused(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loads(text, environ=environ)
    return [str(problem) for problem in caught.value.problems]


def test_without_a_file_any_station_of_this_machine_gets_in():
    config = load(None)
    assert config == defaults()
    assert config.stations.unknown == "accept"
    assert [listener.host for listener in config.listeners] == ["127.0.0.1"]
    assert warnings_of(config) == []


def test_the_example_loads_without_a_warning():
    config = load(ROOT / "config.example.yaml", environ=EXAMPLE_ENV)
    assert warnings_of(config) == []
    assert [route.primary for route in config.routes] == ["main", "main", "lab", "local"]
    assert [len(route.secondaries) for route in config.routes] == [2, 0, 0, 0]
    assert [route.when_primary_down_mode for route in config.routes] == ["stand_in", "failover", "close", "close"]
    assert config.store.path == ROOT / "switchboard.db"
    assert config.listeners[1].tls is not None
    assert config.listeners[1].tls.crl == ROOT / "pki" / "station-ca.crl"


def test_the_example_names_what_it_needs_of_the_environment():
    with pytest.raises(ConfigError) as caught:
        load(ROOT / "config.example.yaml", environ={})
    assert [problem.path for problem in caught.value.problems] == [
        "stations.known[2].password",
        "upstreams.main.auth.basic.password",
        "upstreams.main.headers.X-Api-Key",
        "admin.tokens[0].token",
    ]


def test_an_empty_file_is_the_defaults_with_unknown_stations_rejected():
    assert loads("") == Config()


def test_paths_and_secret_files_count_from_the_folder_of_the_file(tmp_path):
    (tmp_path / "pw").write_text("hunter2-hunter2-hunter2\n")
    file = tmp_path / "switchboard.yaml"
    file.write_text("stations: {known: [{identity: a, password: 'file:pw'}]}\nplugin_dirs: [mine]\n")
    config = load(file)
    password = config.stations.known[0].password
    assert password is not None
    assert password.get_secret_value() == "hunter2-hunter2-hunter2"
    assert config.plugin_dirs == [tmp_path / "mine"]
    assert config.admin.token_file == tmp_path / "switchboard.token"
    assert config.store.path == tmp_path / "switchboard.db"


def test_a_byte_order_mark_does_no_harm(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbfstations: {unknown: accept}\n")
    assert load(file).stations.unknown == "accept"


@pytest.mark.parametrize(("content", "text"), [(None, "No such file"), (b"a: \xff", "not UTF-8 at byte 3")])
def test_a_file_that_cannot_be_read(tmp_path, content, text):
    file = tmp_path / "a.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=text):
        load(file)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["- a", "text", "5"])
def test_the_top_is_a_mapping(text):
    assert refused(text) == ["expected a mapping of keys such as listeners and routes at the top of the file"]


def test_every_fault_is_told_at_once():
    text = """
    listeners: [{name: a, bind: x, security_profiles: [7]}, {name: a, bind: '127.0.0.1:1', security_profiles: [0]}]
    stations: {known: [{identity: 1}, {identity: b, pasword: x}], unknwon: x}
    upstreams: {main: {url: "${NOPE}"}}
    routes: [{match: {}, primary: mian}]
    limits: {queue: 0}
    """
    paths = [line.split(": ")[0] for line in refused(text)]
    assert sorted(paths) == [
        "limits.queue",
        "listeners[0].bind",
        "listeners[0].security_profiles[0]",
        "listeners[1].name",
        "routes[0].primary",
        "stations.known[0].identity",
        "stations.known[1].pasword",
        "stations.unknwon",
        "upstreams.main.url",
    ]


def test_an_error_shows_the_reference_and_not_what_it_stands_for():
    assert refused("logging: {level: '${LEVEL}'}", LEVEL="hunter2") == [
        "logging.level: expected one of: debug, info, warning or error, found '${LEVEL}'"
    ]


def test_numbers_and_truth_values_may_come_from_the_environment():
    text = "limits: {queue: '${Q}'}\n"
    text += "listeners: [{name: a, bind: '0.0.0.0:${P:-9}', security_profiles: [0], insecure: '${I}'}]"
    config = loads(text, environ={"Q": "7", "I": "true"})
    assert (config.limits.queue, config.listeners[0].port, config.listeners[0].insecure) == (7, 9, True)


def test_the_environment_of_the_process_is_taken_by_default(monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_TEST_BIND", "127.0.0.1:7")
    assert loads("admin: {bind: '${SWITCHBOARD_TEST_BIND}'}").admin.port == 7


def test_bytes_of_the_environment_that_are_no_utf_8_are_a_fault_and_no_crash():
    broken = os.fsdecode(b"\xff")
    assert refused("plugin_dirs: ['${X}']\nstations: {known: [{identity: '${X}', tags: {a: '${X}'}}]}", X=broken)


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "stations: {known: [{identity: a, password: [%s]}]}",
        "stations: {known: [{identity: a, pasword: %s}]}",
        "stations: {known: [{identity: a, password:%s}]}",
        "stations: {known: ['a:%s']}",
        "stations: {known: 'a %s'}",
        "stations: {known: [{identity: a, password: 'hex:%s'}]}",
        "stations: {password: %s}",
        "passwrd: %s",
        "upstreams: {a: {url: 'wss://u:%s@h/{identity}'}}",
        "upstreams: {a: {url: 'h?%s'}}",
        "upstreams: {a: %s}",
        "upstreams: {a: {url: 'ws://h/{identity}', auth: %s}}",
        "upstreams: {a: {url: 'ws://h/{identity}', auth: {basic: %s}}}",
        "upstreams: {a: {url: 'ws://h/{identity}', auth: {basic: {pass: %s}}}}",
        "admin: {tokens: [%s]}",
        "admin: %s",
        "upstreams: {a: {url: 'ws://h/{identity}', headers: {X: [%s]}}}",
        "plugins: [{a: %s}]",
        "plugins: ['a %s']",
        "admin: {tokens: [{name: a, role: admin, token: 'sha256$%s'}]}",
        "stations: {known: [{identity: a, password: *%s }]}",
        "stations: {known: [{identity: a, password: !%s }]}",
        "store: {url: %s}",
        "store: {url: 'postgresql://u:%s@h/d'}",
        "store: {url: 'sqlite:///a?key=%s'}",
        "outbox: {pseudonym_key: [%s]}",
        "outbox: {pseudonymkey: %s}",
        "outbox: %s",
        "store: %s",
    ],
)
def test_no_secret_shows_in_any_error(text):
    with pytest.raises(ConfigError) as caught:
        loads(text.replace("%s", SECRET), environ={})
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.problems}"
    assert caught.value.__cause__ is None


def test_a_thousand_stations_are_told_apart():
    text = yaml.safe_dump({"stations": {"known": [{"identity": f"CP{n}"} for n in range(1000)]}})
    assert len(loads(text).stations.known) == 1000


@given(st.text())
@settings(max_examples=300)
def test_any_text_is_a_configuration_or_a_config_error(text):
    check(text)


YAML_PIECES = st.sampled_from(
    [
        "listeners",
        "routes",
        "stations",
        "known",
        "identity",
        "password",
        "a",
        "1",
        "off",
        "${A}",
        "${",
        "file:x",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "!!int ",
        "!x ",
        "<<",
        "'",
        '"',
        "|",
        ">",
        "?",
        "#",
        "%",
        "---",
        "\t",
    ]
)


@given(st.lists(YAML_PIECES, max_size=25).map("".join))
@settings(max_examples=500)
def test_any_heap_of_yaml_is_a_configuration_or_a_config_error(text):
    check(text)


def _keys(node: object) -> set[str]:
    if isinstance(node, dict):
        own = set(node.get("properties", {})) if isinstance(node.get("properties"), dict) else set()
        return own.union(*map(_keys, node.values()))
    return set().union(*map(_keys, node)) if isinstance(node, list) else set()


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "off",
            "local",
            "ocpp1.6",
            "127.0.0.1:0",
            "ws://h/{identity}",
            "${A}",
            "strict",
            "accept",
            "file:/dev/null",
            "~x/y",
        ]
    )
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(_keys(json_schema()))), inner, max_size=4)
    ),
    max_leaves=20,
)
TOP = st.dictionaries(st.sampled_from(sorted(Config.model_fields)), DOCUMENTS, max_size=4)


@given(TOP)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
def test_any_document_of_known_keys_is_a_configuration_or_a_config_error(document):
    check(yaml.safe_dump(document, allow_unicode=True))


def check(text: str) -> None:
    try:
        outcome = warnings_of(loads(text, environ={"A": "x"}, folder=Path("/nowhere")))
    except ConfigError as error:
        outcome = [problem.expected for problem in error.problems] or [""]
    assert all(outcome)
