import asyncio

import pytest
from ocpp201_tx_kit import CARD, NOW, plugin

from broker.api import Call, Reply, Version
from broker.testing import Harness
from plugins.ocpp201.remote_control.plugin import RemoteControl
from plugins.ocpp201.remote_control.starts import KEY, MOST, RemoteStarts

ACCEPTED = Reply.result({"status": "Accepted", "transactionId": "t1"})


@pytest.fixture
async def h():
    h = await Harness((RemoteControl, {})).ready()
    yield h
    await h.stop()


def starts_of(h):
    return RemoteStarts(plugin(h, "ocpp201.remote_control").context)


def start(number, **members):
    payload = {"remoteStartId": number, "idToken": CARD, **members}
    return Call.of("RequestStartTransaction", payload, version=Version.V201)


async def test_what_was_asked_and_answered_is_kept_without_the_id_token(h):
    await starts_of(h).note("CP001", start(5, evseId=2), ACCEPTED)
    kept = await starts_of(h).of("CP001")
    assert kept == [
        {"remoteStartId": 5, "evseId": 2, "type": "ISO14443", "status": "Accepted", "transactionId": "t1", "at": NOW}
    ]


async def test_an_error_is_kept_as_the_answer(h):
    await starts_of(h).note("CP001", start(5), Reply.error("InternalError"))
    assert [one["status"] for one in await starts_of(h).of("CP001")] == ["InternalError"]


async def test_the_same_start_again_takes_its_place_and_only_the_latest_are_kept(h):
    starts = starts_of(h)
    await asyncio.gather(*(starts.note("CP001", start(number), ACCEPTED) for number in (1, *range(1, MOST + 3))))
    assert [one["remoteStartId"] for one in await starts.of("CP001")] == [*range(3, MOST + 3)]


@pytest.mark.parametrize("kept", [None, "x", {}, [5]])
async def test_what_is_damaged_is_nothing(h, kept):
    h.records.later(plugin(h, "ocpp201.remote_control").documents.put("CP001", KEY, kept))
    assert await starts_of(h).of("CP001") == []


async def test_a_start_of_any_shape_is_kept(h):
    call = Call.of("RequestStartTransaction", {"remoteStartId": "x", "idToken": 5, "evseId": []}, version=Version.V201)
    await starts_of(h).note("CP001", call, Reply.result({"status": []}))
    assert await starts_of(h).of("CP001") == [{"at": NOW}]
