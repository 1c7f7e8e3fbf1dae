import pytest

from broker.testing import harness
from plugins.ocpp201.data_transfer.plugin import VERSIONS, DataTransfer


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_vendor_is_known(version):
    reply = await harness(DataTransfer).call(version, "DataTransfer", {"vendorId": "X"})
    assert reply.payload == {"status": "UnknownVendorId"}
