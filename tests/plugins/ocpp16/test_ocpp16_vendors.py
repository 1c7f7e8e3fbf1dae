import logging

import pytest
from ocpp16_core_kit import V, core

from broker.api import BasePlugin, hookimpl
from broker.testing import TestSession
from plugins.ocpp16.vendors import SHARED, transferred


class Vendor(BasePlugin):
    name = "vendor"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared.setdefault("ocpp16.vendors", {})["Com.Example"] = self.transferred

    async def transferred(self, session, message_id, data):
        return {"status": "Accepted", "data": f"{session.identity} {message_id} {data}"} if message_id == "m" else None


class LateVendor(BasePlugin):
    name = "late"

    @hookimpl
    def broker_starting(self, broker):
        self.shared.setdefault(SHARED, {})["late.example"] = lambda *_: {"status": "Rejected"}


async def test_a_plugin_answers_for_its_vendor_and_nobody_for_others():
    async with core(Vendor, LateVendor) as h:
        message = {"vendorId": "COM.Example", "messageId": "m", "data": "d"}
        assert (await h.call(V, "DataTransfer", message)).payload == {"status": "Accepted", "data": "CP001 m d"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "com.example"})).payload == {"status": "UnknownMessageId"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "late.example"})).payload == {"status": "Rejected"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "other"})).payload == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("data", [{}, 5, [1]])
async def test_data_is_text(data, caplog):
    handlers = {"com.example": lambda *_: {"status": "Accepted", "data": data}}
    answer = await transferred(handlers, TestSession(), {"vendorId": "com.example"}, logging.getLogger("test.vendors"))
    assert answer == {"status": "Rejected"}
    assert "text" in caplog.text
