"""What the standard asks of a station that has no connection, or no answer: OCPP 1.6 3.7, 2.0.1 E04 and E13."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from chaos_journal import Journal, read
from chaos_messages import ACTIONS, comparable, number_of
from chaos_messaging import End, Gone, Refused
from chaos_station import V16, V201, NumberedStation


class Csms:
    """Answers as `script` says by the count of transaction messages so far: None, "lose" (and cut), "refuse"."""

    def __init__(self, script):
        self._script = script
        self.got = []

    async def serve(self, request):
        self.socket = web.WebSocketResponse(protocols=(V16, V201))
        await self.socket.prepare(request)
        await End(self.socket, self.answer, print).run()
        return self.socket

    async def answer(self, action, payload):
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
        if action not in ACTIONS:
            return {}
        self.got.append((action, payload))
        match self._script.get(len(self.got)):
            case "lose":
                await self.socket.close()
                raise Gone
            case "refuse":
                raise Refused("InternalError")
        return {"transactionId": 40 + len(self.got), "idTagInfo": {"status": "Accepted"}}


async def run(folder, version, script, enough):
    """What a CSMS got from a station until it had `enough` transaction messages, and the station's journal."""
    csms = Csms(script)
    app = web.Application()
    app.router.add_get("/{identity}", csms.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    journal = Journal(folder / "stations.jsonl")
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/A"
    station = NumberedStation("A", version, url, journal, seed=1, pace=0.002, connectors=1)
    async with aiohttp.ClientSession() as client, asyncio.timeout(30):
        running = asyncio.create_task(station.run(client))
        while len(csms.got) < enough and not running.done():
            await asyncio.sleep(0.01)
        station.finish()
        while not station.done and not running.done():
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await runner.cleanup()
    journal.close()
    return csms.got, read(folder / "stations.jsonl")


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("trouble", ["lose", "refuse"])
@pytest.mark.parametrize("at", [1, 3])
async def test_what_was_not_acknowledged_comes_again_unchanged_before_anything_else(tmp_path, version, trouble, at):
    got, _ = await run(tmp_path, version, {at: trouble, at + 1: trouble}, 12)
    numbers = [number_of(*one) for one in got]
    assert numbers[at - 1] == numbers[at] == numbers[at + 1] == at
    assert comparable(*got[at - 1]) == comparable(*got[at]) == comparable(*got[at + 1])
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    assert numbers == sorted(numbers)


async def test_messages_of_a_transaction_have_the_id_that_its_start_was_given(tmp_path):
    got, _ = await run(tmp_path, V16, {}, 12)
    current = None
    for count, (action, payload) in enumerate(got, 1):
        if action == "StartTransaction":
            current = 40 + count
        elif action != "SecurityEventNotification":
            assert payload["transactionId"] == current


async def test_events_of_a_transaction_are_numbered_without_a_gap(tmp_path):
    got, _ = await run(tmp_path, V201, {2: "lose"}, 30)
    sequences = {}
    for action, payload in got:
        if action == "TransactionEvent":
            found = sequences.setdefault(payload["transactionInfo"]["transactionId"], [])
            if payload["seqNo"] not in found:
                found.append(payload["seqNo"])
    assert len(sequences) > 2
    assert all(found == list(range(len(found))) for found in sequences.values())


async def test_everything_that_was_made_is_acknowledged_in_the_end(tmp_path):
    _, journal = await run(tmp_path, V16, {2: "lose", 5: "refuse"}, 20)
    sent = [one["n"] for one in journal if one["e"] == "sent"]
    assert sent == [one["n"] for one in journal if one["e"] == "ack"]
    assert [one["code"] for one in journal if one["e"] == "refused"] == ["InternalError"]


def told(tmp_path, action, payload):
    journal = Journal(tmp_path / "stations.jsonl")
    station = NumberedStation("A", V16, "", journal, 1)
    station._known = {}
    answer = asyncio.run(station._answer(action, payload))
    journal.close()
    return answer, read(tmp_path / "stations.jsonl")


def test_a_remote_stop_for_a_transaction_that_it_never_had_is_rejected_and_noted(tmp_path):
    answer, journal = told(tmp_path, "RemoteStopTransaction", {"transactionId": 5})
    assert answer == {"status": "Rejected"}
    assert journal[0]["unknown"] is True


def test_a_data_transfer_is_answered_with_who_it_is(tmp_path):
    answer, _ = told(tmp_path, "DataTransfer", {"vendorId": "chaos", "data": "main-1"})
    assert answer == {"status": "Accepted", "data": "main-1@A"}
