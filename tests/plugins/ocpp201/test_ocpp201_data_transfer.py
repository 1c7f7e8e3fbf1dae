import pytest

from broker.api import BasePlugin, Reply
from broker.testing import Harness
from plugins.ocpp201.data_transfer.plugin import SHARED, DataTransfer
from plugins.ocpp201.versions import V2

pytestmark = pytest.mark.parametrize("version", V2)


class Vendor(BasePlugin):
    name = "vendor"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared.setdefault(SHARED, {})["com.example"] = self.transferred

    def transferred(self, session, message_id, data):
        return {"status": "Accepted", "data": {"version": str(session.version), "m": message_id, "got": data}}


@pytest.fixture
async def h():
    h = Harness((DataTransfer, {}), (Vendor, {}))
    yield h
    await h.stop()


async def test_a_plugin_answers_for_its_vendor_with_any_json(h, version):
    sent = {"vendorId": "Com.Example", "messageId": "m", "data": {"a": [1, None]}}
    reply = await h.call(version, "DataTransfer", sent)
    assert reply.payload["data"] == {"version": version, "m": "m", "got": {"a": [1, None]}}


async def test_nobody_answers_for_others(h, version):
    assert (await h.call(version, "DataTransfer", {"vendorId": "X"})).payload == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("data", ["text", {"a": 1}, 5])
async def test_an_operator_sends_a_vendor_s_message(h, version, data):
    session = h.session(version)
    session.replies["DataTransfer"] = Reply.result({"status": "Accepted", "data": [1], "customData": {"vendorId": "x"}})
    params = {"vendorId": "com.example", "messageId": "m", "data": data}
    assert await h.operate(version, "data-transfer", params) == {"status": "Accepted", "data": [1]}
    assert session.sent == [("DataTransfer", params)]


async def test_what_is_left_out_is_not_sent(h, version):
    await h.operate(version, "data-transfer", {"vendorId": "com.example"})
    assert h.session(version).sent == [("DataTransfer", {"vendorId": "com.example"})]


async def test_the_call_of_the_block_is_owned_in_both_directions(h, version):
    owned = {str(action.direction) for action in h.plugins.actions() if action.version == version}
    assert owned == {"from_station", "to_station"}
