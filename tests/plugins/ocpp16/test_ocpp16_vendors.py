import asyncio
import logging

import pytest
from ocpp16_core_kit import V, core

from broker.api import BasePlugin, StoreFailed, hookimpl
from broker.testing import TestSession
from plugins.ocpp16 import vendors
from plugins.ocpp16.vendors import transferred

LOG = logging.getLogger("test.vendors")
ANSWER = {"status": "Accepted", "data": "ok"}


async def ask(handler, payload=None):
    return await transferred({"com.example": handler}, TestSession(), payload or {"vendorId": "com.example"}, LOG)


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
        self.shared.setdefault("ocpp16.vendors", {})["late.example"] = lambda *_: {"status": "Rejected"}


async def test_a_plugin_answers_for_its_vendor_and_nobody_for_others():
    async with core(Vendor, LateVendor) as h:
        message = {"vendorId": "COM.Example", "messageId": "m", "data": "d"}
        assert (await h.call(V, "DataTransfer", message)).payload == {"status": "Accepted", "data": "CP001 m d"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "com.example"})).payload == {"status": "UnknownMessageId"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "late.example"})).payload == {"status": "Rejected"}
        assert (await h.call(V, "DataTransfer", {"vendorId": "other"})).payload == {"status": "UnknownVendorId"}


async def test_a_handler_may_be_a_plain_function():
    assert await ask(lambda session, message_id, data: ANSWER) == ANSWER


async def test_no_data_is_left_out():
    assert await ask(lambda *_: {"status": "Accepted", "data": None}) == {"status": "Accepted"}


@pytest.mark.parametrize("vendor", [None, 5, [], {}])
async def test_a_vendor_that_is_no_text_is_unknown(vendor):
    assert await ask(lambda *_: ANSWER, {"vendorId": vendor}) == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("wrong", ["Accepted", {}, {"status": "Fine"}, {"status": "Accepted", "data": {}}, 5])
async def test_a_wrong_answer_is_rejected_and_told_in_the_log(wrong, caplog):
    assert await ask(lambda *_: wrong) == {"status": "Rejected"}
    assert "com.example" in caplog.text


async def test_a_handler_that_fails_is_rejected_and_hurts_nobody(caplog):
    async def fails(session, message_id, data):
        raise RuntimeError("broken")

    assert await ask(fails) == {"status": "Rejected"}
    assert "broken" in caplog.text


async def test_a_handler_that_takes_too_long_is_rejected(monkeypatch):
    monkeypatch.setattr(vendors, "_LIMIT", 0.01)
    assert await ask(lambda *_: asyncio.sleep(10)) == {"status": "Rejected"}


async def test_what_a_handler_cannot_keep_is_not_answered():
    def full(session, message_id, data):
        raise StoreFailed("disk full")

    with pytest.raises(StoreFailed):
        await ask(full)
