"""All built-in plugins together, through the entry points of the installed package."""

import pytest

from broker.hooks import Direction, Plugins, PluginSpec
from broker.hooks.resolve import installed
from broker.ocpp import Version

FROM = Direction.FROM_STATION
CHARGING = {
    Version.V16: ["Authorize", "BootNotification", "Heartbeat", "StartTransaction", "StopTransaction", "MeterValues"],
    Version.V201: ["Authorize", "BootNotification", "Heartbeat", "StatusNotification", "TransactionEvent"],
    Version.V21: ["Authorize", "BootNotification", "Heartbeat", "StatusNotification", "TransactionEvent"],
}


def test_all_profiles_are_on_without_a_list_and_no_policy_is():
    plugins = Plugins.load(None)
    assert plugins.stats
    assert not [name for name in plugins.stats if not name.startswith("ocpp")]
    assert set(plugins.stats) == {ep.name for ep in installed() if ep.value.startswith("plugins.ocpp")}


@pytest.mark.parametrize("version", list(Version))
def test_every_action_of_a_charging_session_has_one_answer(version):
    table = Plugins.load(None).table(version)
    assert [a for a in CHARGING[version] if table.chain(FROM, a).answer is None] == []


def test_every_entry_point_loads_under_its_own_name():
    names = [ep.name for ep in installed() if ep.value.startswith("plugins.")]
    plugins = Plugins.load([PluginSpec(name) for name in names])
    assert list(plugins.stats) == names
    assert {row["name"]: row["module"] for row in plugins.describe()} == {
        ep.name: ep.value for ep in installed() if ep.value.startswith("plugins.")
    }


def test_every_answer_is_to_an_action_that_its_plugin_owns():
    plugins = Plugins.load(None)
    owned = {(action.version, action.name) for action in plugins.actions()}
    answered = {
        (selector["version"], selector["action"])
        for row in plugins.describe()
        for selector in row["handles"].get("answer", [])
    }
    assert answered == owned
