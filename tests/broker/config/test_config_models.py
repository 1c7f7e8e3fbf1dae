"""The whole configuration as a model."""

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.config.models import Config, PluginEntry
from broker.config.warnings import warnings_of

PLUGINS = TypeAdapter(list[PluginEntry])


def test_without_a_word_it_listens_on_loopback_and_answers_locally():
    config = Config()
    assert [(listener.name, listener.bind, listener.security_profiles) for listener in config.listeners] == [
        ("plain", "127.0.0.1:9000", [0])
    ]
    assert [(route.primary, route.match.everything) for route in config.routes] == [("local", True)]
    assert config.stations.unknown == "reject"
    assert config.plugins is None


def test_what_it_learns_is_kept_beside_it_in_a_file():
    assert (Config().store.url, Config().outbox.while_away) == ("sqlite:///switchboard.db", True)


def test_a_plugin_is_a_name_or_a_name_with_options():
    entries = PLUGINS.validate_python(["a.b", {"c": {"x": 1}}, {"d": None}, {"name": "m.n:P", "options": {"y": 2}}])
    assert [(entry.name, entry.options) for entry in entries] == [
        ("a.b", {}),
        ("c", {"x": 1}),
        ("d", {}),
        ("m.n:P", {"y": 2}),
    ]


@pytest.mark.parametrize("wrong", ["", "a b", "../a", {"a": 1}, {"a": {}, "b": {}}, {}, 5, {"name": "a", "x": 1}, None])
def test_anything_else_is_no_plugin(wrong):
    with pytest.raises(ValidationError):
        PLUGINS.validate_python([wrong])


def test_an_option_of_a_plugin_may_be_a_secret_and_does_not_show():
    config = Config(plugins=[{"a": {"url": "hunter2", "deep": {"x": "hunter2"}, "n": 5}}])
    assert "hunter2" not in repr(config) + config.model_dump_json()
    assert '"n":5' in config.model_dump_json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"listeners": []},
        {"routes": []},
        {"routes": [{"match": {}, "primary": "x"}]},
        {"upstreams": {"a b": {"url": "ws://h/{identity}"}}},
        {"cluster": {}},
        {"store": {"url": "postgresql://h/db"}},
        {"routes": [{"name": "a", "match": {}, "primary": "local"}, {"name": "a", "match": {}, "primary": "local"}]},
        {"routes": [{"match": {}, "primary": "local", "secondaries": [{"upstream": "x"}]}]},
        {"routes": [{"match": {}, "primary": "local", "when_primary_down": "stand_in"}]},
    ],
)
def test_what_cannot_work_is_refused(wrong):
    with pytest.raises(ValidationError):
        Config(**wrong)


def test_the_warnings_are_at_hand():
    assert warnings_of(Config()) == [
        "stations: none is known and unknown ones are rejected, so only those that the API registers can connect"
    ]
