import pytest

from broker.testing import harness
from plugins.ocpp201.meter_values import ACTIONS, VERSIONS, MeterValues


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ACTIONS)
async def test_what_a_station_says_is_taken(version, action):
    assert (await harness(MeterValues).call(version, action, {})).payload == {}
