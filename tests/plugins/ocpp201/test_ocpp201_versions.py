"""Versions and who owns an action."""

from broker.api import Direction, Version
from plugins.ocpp201.versions import V2, V21, V201, actions


def test_the_versions_are_those_of_the_broker():
    assert (V201, V21) == (Version.V201, Version.V21) == V2


def test_actions_are_owned_in_each_version_and_direction():
    found = actions("Data", from_station=("DataTransfer",), to_station=("DataTransfer",))
    assert [(one.version, one.name, one.direction, one.profile) for one in found] == [
        (version, "DataTransfer", direction, "Data")
        for version in (Version.V201, Version.V21)
        for direction in (Direction.FROM_STATION, Direction.TO_STATION)
    ]


def test_of_one_version_alone():
    (only,) = actions("New", from_station=("BatterySwap",), versions=(V21,))
    assert (only.version, only.direction) == (Version.V21, Direction.FROM_STATION)
