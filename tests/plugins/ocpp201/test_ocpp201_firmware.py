import pytest

from broker.testing import harness
from plugins.ocpp201.firmware.plugin import ACTIONS, VERSIONS, Firmware


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ACTIONS)
async def test_what_a_station_says_is_taken(version, action):
    assert (await harness(Firmware).call(version, action, {})).payload == {}
