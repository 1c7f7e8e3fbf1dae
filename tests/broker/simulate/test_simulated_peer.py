"""One end of a connection, against the other one of the same kind."""

import asyncio
import json

import pytest

from broker.ocpp import Reply, Version
from broker.simulate import SimulatedStation


@pytest.fixture
async def station(csms):
    async with SimulatedStation(csms.url, "CP1", timeout=5.0) as connected:
        await csms.wait_for("CP1")
        yield connected


async def test_a_call_gives_its_answer(station):
    reply = await station.call("Heartbeat")
    assert reply.is_result
    assert list(reply.payload) == ["currentTime"]


async def test_calls_go_one_at_a_time(csms, station):
    order: list[str] = []
    release = asyncio.Event()

    async def slow(identity, call):
        order.append("asked")
        await release.wait()
        return {"currentTime": "2026-01-01T00:00:00Z"}

    csms.overrides["Heartbeat"] = slow
    tasks = [asyncio.create_task(station.heartbeat()) for _ in range(3)]
    await csms.wait_for_call("CP1", "Heartbeat")
    assert order == ["asked"]
    release.set()
    await asyncio.gather(*tasks)
    assert len(order) == 3


async def test_silence_is_a_timeout_and_the_late_answer_is_unmatched(csms, station):
    answers: asyncio.Queue = asyncio.Queue()

    async def late(identity, call):
        return await answers.get()

    csms.overrides["Heartbeat"] = late
    with pytest.raises(TimeoutError, match=r"no answer to Heartbeat in 0\.01 s"):
        await station.call("Heartbeat", timeout=0.01)
    answers.put_nowait({"currentTime": "2026-01-01T00:00:00Z"})
    csms.overrides.clear()
    await station.call("Heartbeat")
    assert [reply.is_result for reply in station.peer.unmatched] == [True]


async def test_a_waiting_call_ends_with_the_connection(csms, station):
    csms.overrides["Heartbeat"] = lambda identity, call: None
    waiting = asyncio.create_task(station.heartbeat())
    await csms.wait_for_call("CP1", "Heartbeat")
    await csms.disconnect("CP1", 1001)
    with pytest.raises(ConnectionError):
        await waiting
    assert await station.closed() == 1001


async def test_a_call_after_the_end_is_refused(csms, station):
    await csms.disconnect("CP1")
    await station.closed()
    with pytest.raises(ConnectionError):
        await station.heartbeat()


async def test_the_transcript_holds_every_frame_as_it_was(csms, station):
    await station.heartbeat()
    sent, received = station.peer.transcript
    assert (sent.sent, received.sent) == (True, False)
    assert json.loads(sent.text)[2] == "Heartbeat"
    assert [line.text for line in csms.transcripts["CP1"]] == [sent.text, received.text]


async def test_any_text_can_be_sent_and_what_cannot_be_read_is_kept(csms, station):
    await station.peer.send_text("rubbish")
    await station.heartbeat()
    assert len(csms.peers["CP1"].malformed) == 1


async def test_a_failing_answer_is_an_internal_error(csms, station):
    def broken(identity, call):
        raise ZeroDivisionError

    csms.overrides["Heartbeat"] = broken
    reply = await station.heartbeat()
    assert (reply.is_result, reply.code) == (False, "InternalError")


async def test_an_error_can_be_the_answer(csms, station):
    csms.overrides["Heartbeat"] = lambda identity, call: Reply.error("GenericError", "no")
    reply = await station.heartbeat()
    assert (reply.code, reply.description) == ("GenericError", "no")


async def test_nobody_answers_a_send_of_2_1(csms):
    async with SimulatedStation(csms.url, "CP21", Version.V21) as station:
        peer = await csms.wait_for("CP21")
        await station.peer.send("NotifyPeriodicEventStream", {"id": 1, "pending": 0, "data": []})
        await csms.wait_for_call("CP21", "NotifyPeriodicEventStream")
        await station.heartbeat()
        assert [json.loads(line.text)[0] for line in peer.transcript] == [6, 2, 3]


async def test_ids_differ_over_the_connections_of_a_station(csms, station):
    await station.heartbeat()
    await station.connect()
    await station.heartbeat()
    ids = [call.id for call in csms.received("CP1", "Heartbeat")]
    assert len(set(ids)) == 2
