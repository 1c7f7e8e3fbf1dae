import asyncio
import logging

import pytest

from broker.api import StoreFailed
from broker.testing import TestSession
from plugins.shared import vendors
from plugins.shared.vendors import transferred

LOG = logging.getLogger("test.vendors")
ANSWER = {"status": "Accepted", "data": "ok"}


async def ask(handler, payload=None, **how):
    found = payload or {"vendorId": "com.example"}
    return await transferred({"com.example": handler}, TestSession(), found, LOG, **how)


async def test_a_handler_may_be_a_plain_function():
    assert await ask(lambda session, message_id, data: ANSWER) == ANSWER


async def test_a_handler_gets_the_session_the_message_and_the_data():
    async def handler(session, message_id, data):
        return {"status": "Accepted", "data": [session.identity, message_id, data]}

    payload = {"vendorId": "COM.example", "messageId": "m", "data": {"a": 1}}
    assert await ask(handler, payload) == {"status": "Accepted", "data": ["CP001", "m", {"a": 1}]}
    assert await ask(handler, {"vendorId": "com.example"}) == {"status": "Accepted", "data": ["CP001", None, None]}


async def test_a_message_that_a_handler_does_not_know_is_unknown():
    assert await ask(lambda *_: None) == {"status": "UnknownMessageId"}


async def test_no_data_is_left_out():
    assert await ask(lambda *_: {"status": "Accepted", "data": None}) == {"status": "Accepted"}


@pytest.mark.parametrize("data", ["x", 0, False, {"a": 1}, [1]])
async def test_data_is_any_json_unless_only_text_is(data):
    answer = {"status": "Accepted", "data": data}
    assert await ask(lambda *_: answer) == answer
    only_text = await ask(lambda *_: answer, only_text=True)
    assert only_text == (answer if isinstance(data, str) else {"status": "Rejected"})


async def test_the_reason_of_a_status_is_told_where_there_is_a_place_for_it():
    answer = {"status": "Rejected", "statusInfo": {"reasonCode": "X"}, "other": 1}
    assert await ask(lambda *_: answer) == {"status": "Rejected", "statusInfo": {"reasonCode": "X"}}
    assert await ask(lambda *_: answer, only_text=True) == {"status": "Rejected"}


@pytest.mark.parametrize("vendor", [None, 5, [], {}, "other"])
async def test_a_vendor_that_nobody_knows_is_unknown(vendor):
    assert await ask(lambda *_: ANSWER, {"vendorId": vendor}) == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("wrong", ["Accepted", {}, {"status": "Fine"}, {"status": None}, 5])
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
