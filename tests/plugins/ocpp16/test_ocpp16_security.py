import pytest

from broker.testing import harness
from plugins.ocpp16.security import NOTIFICATIONS, Security


@pytest.mark.parametrize("action", NOTIFICATIONS)
async def test_notifications_are_taken(action):
    assert (await harness(Security).call("ocpp1.6", action, {})).payload == {}


async def test_no_certificate_is_signed():
    reply = await harness(Security).call("ocpp1.6", "SignCertificate", {"csr": "x"})
    assert reply.payload == {"status": "Rejected"}
