import pytest

from broker.testing import harness
from plugins.ocpp201.security.plugin import VERSIONS, Security

pytestmark = pytest.mark.parametrize("version", VERSIONS)


async def test_security_events_are_taken(version):
    assert (await harness(Security).call(version, "SecurityEventNotification", {})).payload == {}


async def test_no_certificate_is_signed(version):
    reply = await harness(Security).call(version, "SignCertificate", {"csr": "x"})
    assert reply.payload == {"status": "Rejected"}
