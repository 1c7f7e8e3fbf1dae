import pytest

from broker.testing import harness
from plugins.ocpp201.availability.plugin import VERSIONS, Availability

pytestmark = pytest.mark.parametrize("version", VERSIONS)


async def test_a_heartbeat_is_answered_with_the_time(version):
    assert (await harness(Availability).call(version, "Heartbeat", {})).payload == {
        "currentTime": "2026-01-01T00:00:00.000Z"
    }


async def test_a_status_is_taken(version):
    assert (await harness(Availability).call(version, "StatusNotification", {"evseId": 1})).payload == {}
