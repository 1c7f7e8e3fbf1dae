import pytest

from broker.testing import harness
from plugins.ocpp16.firmware_management import ACTIONS, FirmwareManagement


@pytest.mark.parametrize("action", ACTIONS)
async def test_notifications_are_taken(action):
    assert (await harness(FirmwareManagement).call("ocpp1.6", action, {"status": "Uploaded"})).payload == {}
