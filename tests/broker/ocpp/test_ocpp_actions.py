"""The direction of every action."""

import pytest

from broker.ocpp import Version
from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.ocpp.schema_files import actions


@pytest.mark.parametrize("version", Version)
def test_every_action_of_the_schemas_has_a_direction_and_no_other_name_has_one(version):
    assert FROM_STATION[version] | TO_STATION[version] == actions(version)


@pytest.mark.parametrize("version", Version)
def test_data_transfer_alone_goes_both_ways(version):
    assert FROM_STATION[version] & TO_STATION[version] == {"DataTransfer"}


@pytest.mark.parametrize(
    ("version", "action", "made_by_station"),
    [
        (Version.V16, "BootNotification", True),
        (Version.V16, "SignedUpdateFirmware", False),
        (Version.V201, "GetCertificateStatus", True),
        (Version.V201, "GetChargingProfiles", False),
        (Version.V21, "BatterySwap", True),
        (Version.V21, "NotifyWebPaymentStarted", False),
    ],
)
def test_names_that_mislead(version, action, made_by_station):
    assert (action in FROM_STATION[version], action in TO_STATION[version]) == (made_by_station, not made_by_station)
