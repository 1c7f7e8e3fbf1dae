import pytest

from broker.testing import harness
from plugins.ocpp201.diagnostics.plugin import ACTIONS, VERSIONS, Diagnostics


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("action", ACTIONS)
async def test_what_a_station_says_is_taken(version, action):
    assert (await harness(Diagnostics).call(version, action, {})).payload == {}
