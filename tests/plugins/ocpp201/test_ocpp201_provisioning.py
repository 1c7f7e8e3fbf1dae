import pytest

from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp201.provisioning.plugin import VERSIONS, Provisioning

pytestmark = pytest.mark.parametrize("version", VERSIONS)


async def test_a_boot_is_accepted_with_the_interval_of_the_options(version):
    assert (await harness(Provisioning, heartbeat_interval=60).call(version, "BootNotification", {})).payload == {
        "currentTime": "2026-01-01T00:00:00.000Z",
        "interval": 60,
        "status": "Accepted",
    }


async def test_a_report_is_taken(version):
    assert (await harness(Provisioning).call(version, "NotifyReport", {"requestId": 1})).payload == {}


def test_the_interval_is_at_least_a_second(version):
    with pytest.raises(PluginError, match="heartbeat_interval"):
        harness(Provisioning, heartbeat_interval=0)
