import json

import pydantic

from broker.hooks import BasePlugin, Plugins, PluginSpec, answer, hookimpl, observe, on_call
from broker.ocpp import Version


class Shown(BasePlugin):
    """What people see.

    And what they do not.
    """

    class Config(BasePlugin.Config):
        size: int = 1
        key: pydantic.SecretStr = pydantic.SecretStr("")

    @hookimpl
    def session_opened(self, session):
        """A hook."""

    @answer(("ocpp2.0.1", "ocpp2.1"), "Heartbeat")
    def beat(self, session, call):
        return {}

    @on_call("ocpp1.6", "*")
    def every(self, session, call):
        """All."""

    @observe("ocpp1.6")
    def look(self, session, event):
        """All."""


def test_a_plugin_is_described_as_plain_data_without_secrets():
    plugins = Plugins.load([PluginSpec("shown", {"size": 2, "key": "s3cret"}, Shown)])
    (row,) = plugins.describe()
    assert json.loads(json.dumps(row)) == {
        "name": "shown",
        "module": f"{__name__}:Shown",
        "summary": "What people see.",
        "enabled": True,
        "on_error": "skip",
        "time_limit": 5.0,
        "hooks": ["session_opened"],
        "handles": {
            "on_call": [{"version": "ocpp1.6", "action": "*", "direction": None}],
            "answer": [
                {"version": "ocpp2.0.1", "action": "Heartbeat", "direction": "from_station"},
                {"version": "ocpp2.1", "action": "Heartbeat", "direction": "from_station"},
            ],
            "observe": [{"version": "ocpp1.6", "action": "*", "direction": None}],
        },
        "config": {"size": 2, "key": "**********"},
        "stats": {"calls": 0, "errors": 0, "timeouts": 0, "seconds": 0.0, "breaker_open": False},
    }


def test_chains_show_who_handles_what_in_order():
    plugins = Plugins.load([PluginSpec("shown", {}, Shown)])
    every = {"on_call": ["shown.every"], "answer": None, "on_reply": [], "record": [], "observe": ["shown.look"]}
    assert plugins.chains(Version.V16) == [
        {"direction": "from_station", "action": "*", **every},
        {"direction": "to_station", "action": "*", **every},
    ]
    (row,) = plugins.chains(Version.V21)
    assert (row["action"], row["answer"]) == ("Heartbeat", "shown.beat")
