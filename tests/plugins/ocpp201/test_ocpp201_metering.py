import pytest

from broker.testing import harness
from plugins.ocpp201.metering.plugin import ACTIONS, VERSIONS, Metering


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ACTIONS)
async def test_what_a_station_says_is_taken(version, action):
    assert (await harness(Metering).call(version, action, {})).payload == {}
