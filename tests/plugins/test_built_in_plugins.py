"""All built-in plugins together, through the entry points of the installed package."""

import pytest

from broker.hooks import Direction, Plugins, PluginSpec
from broker.hooks.resolve import installed
from broker.ocpp import Version
from broker.ocpp.actions import FROM_STATION, TO_STATION

FROM = Direction.FROM_STATION
CHARGING = {
    Version.V16: ["Authorize", "BootNotification", "Heartbeat", "StartTransaction", "StopTransaction", "MeterValues"],
    Version.V201: ["Authorize", "BootNotification", "Heartbeat", "StatusNotification", "TransactionEvent"],
    Version.V21: ["Authorize", "BootNotification", "Heartbeat", "StatusNotification", "TransactionEvent"],
}


_PREFIXES = {Version.V16: ("ocpp16.",), Version.V201: ("ocpp201.",), Version.V21: ("ocpp201.", "ocpp21.")}


def _serves(name, version):
    return name.startswith(_PREFIXES[version])


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
    owned = {
        (action.version, action.name) for action in plugins.actions() if action.direction is Direction.FROM_STATION
    }
    answered = {
        (selector["version"], selector["action"])
        for row in plugins.describe()
        for selector in row["handles"].get("answer", [])
    }
    assert answered == owned


def test_every_action_of_ocpp_1_6_belongs_to_a_profile():
    """All 39 of the schemas, DataTransfer in both directions."""
    owned = [a for a in Plugins.load(None).actions() if a.version is Version.V16]
    for direction, names in ((Direction.FROM_STATION, FROM_STATION), (Direction.TO_STATION, TO_STATION)):
        assert {a.name for a in owned if a.direction is direction} == names[Version.V16]
    assert len({a.name for a in owned}) == 39
    assert {a.profile for a in owned} == {
        "Core", "FirmwareManagement", "LocalAuthListManagement", "RemoteTrigger", "Reservation", "SmartCharging",
        "Security",
    }  # fmt: skip


@pytest.mark.parametrize(("version", "count"), [(Version.V201, 64), (Version.V21, 91)])
def test_every_action_of_ocpp_2_belongs_to_a_functional_block(version, count):
    """All of the schemas, each to one plugin alone, DataTransfer in both directions."""
    owned = [a for a in Plugins.load(None).actions() if a.version is version]
    for direction, names in ((Direction.FROM_STATION, FROM_STATION), (Direction.TO_STATION, TO_STATION)):
        assert {a.name for a in owned if a.direction is direction} == names[version]
    assert len({a.name for a in owned}) == count
    assert len(owned) == count + 1


LEFT_OUT = [(version, ep.name) for version in Version for ep in installed() if _serves(ep.name, version)]


@pytest.mark.parametrize(("version", "left_out"), LEFT_OUT)
async def test_without_a_profile_its_actions_are_not_supported_and_the_others_work(version, left_out):
    names = [ep.name for ep in installed() if _serves(ep.name, version) and ep.name != left_out]
    plugins = Plugins.load([PluginSpec(name) for name in names])
    everything = Plugins.load(None)
    kept = {(a.name, a.direction) for a in plugins.actions() if a.version is version}
    gone = {a.name for a in everything.actions() if a.version is version and (a.name, a.direction) not in kept}
    assert gone
    table = plugins.table(version)
    answered = {name for name in FROM_STATION[version] if table.chain(FROM, name).answer}
    assert answered == {name for name, direction in kept if direction is FROM}
