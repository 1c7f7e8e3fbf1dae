"""A simulated station against a simulated CSMS, with every message checked against its schema."""

import asyncio

import pytest

from broker.ocpp import Call, Reply, Schemas, Version, parse
from broker.simulate import SimulatedStation


def assert_schema_valid(version: Version, lines) -> None:
    """Every frame that passed is a CALL or CALLRESULT that its schema accepts."""
    schemas, actions = Schemas(), {}
    for line in lines:
        frame = parse(line.text, version)
        if isinstance(frame, Call):
            actions[frame.id] = frame.action
            assert schemas.check_call(frame) is None, line.text
        else:
            assert isinstance(frame, Reply)
            assert frame.is_result, line.text
            assert schemas.check_result(version, actions[frame.id], frame) is None, line.text


@pytest.fixture
async def station(csms, version, fast):
    async with SimulatedStation(csms.url, "CP1", version, pace=fast, timeout=5.0) as connected:
        await csms.wait_for("CP1")
        yield connected


async def test_a_whole_visit_is_schema_valid(csms, station, version):
    assert await station.arrive()
    tx = await station.charge()
    assert tx is not None
    assert tx.accepted
    assert tx.meter_stop > tx.meter_start
    assert station.charged == 1
    assert_schema_valid(version, csms.transcripts["CP1"])


async def test_the_interval_of_the_boot_is_kept(csms, station):
    csms.answers.interval = 77
    await station.boot()
    assert station.variables["HeartbeatInterval"] == "77"


async def test_a_refused_card_starts_nothing(csms, station):
    csms.answers.refused["DEMO-TAG"] = "Blocked"
    assert await station.charge() is None
    assert station.charged == 0
    assert station.busy == set()


async def test_a_transaction_refused_at_its_start_is_stopped(csms, station):
    csms.answers.refused["OTHER"] = "Invalid"
    tx = await station.start(id_token="OTHER")
    assert not tx.accepted
    await station.stop(tx, "DeAuthorized")
    assert station.transactions == {}


async def test_an_override_answers_in_the_stations_place(csms, station):
    station.answers["ClearCache"] = lambda call: {"status": "Rejected"}
    assert (await csms.call("CP1", "ClearCache")).payload == {"status": "Rejected"}


async def test_a_trigger_is_followed_by_its_message(csms, station):
    await csms.call("CP1", "TriggerMessage", {"requestedMessage": "Heartbeat"})
    await csms.wait_for_call("CP1", "Heartbeat")


def start_command(version: Version) -> tuple[str, dict]:
    if version is Version.V16:
        return "RemoteStartTransaction", {"idTag": "REMOTE", "connectorId": 1}
    return "RequestStartTransaction", {
        "idToken": {"idToken": "REMOTE", "type": "Central"}, "remoteStartId": 7, "evseId": 1,
    }  # fmt: skip


async def test_a_remote_start_charges_with_the_token_of_the_csms(csms, station, version):
    reply = await csms.call("CP1", *start_command(version))
    assert reply.payload == {"status": "Accepted"}
    action = "StartTransaction" if version is Version.V16 else "TransactionEvent"
    call = await csms.wait_for_call("CP1", action)
    assert "REMOTE" in call.raw.decode()
    if version is not Version.V16:
        assert call.payload["transactionInfo"]["remoteStartId"] == 7
    again = await csms.call("CP1", *start_command(version))
    assert again.payload == {"status": "Rejected"}


async def test_a_remote_stop_ends_the_transaction(csms, station, version):
    tx = await station.start()
    number = int(tx.transaction_id) if version is Version.V16 else tx.transaction_id
    action = "RemoteStopTransaction" if version is Version.V16 else "RequestStopTransaction"
    reply = await csms.call("CP1", action, {"transactionId": number})
    assert reply.payload == {"status": "Accepted"}
    last = "StopTransaction" if version is Version.V16 else "TransactionEvent"
    call = await csms.wait_for_call("CP1", last, count=1 if version is Version.V16 else 2)
    assert "Remote" in call.raw.decode()


async def test_a_station_that_runs_charges_again_and_again_and_comes_back(csms, version, fast):
    station = SimulatedStation(csms.url, "CP2", version, pace=fast, timeout=5.0)
    task = asyncio.create_task(station.run())
    action = "StopTransaction" if version is Version.V16 else "TransactionEvent"
    await csms.wait_for_call("CP2", action, count=4)
    await csms.disconnect("CP2", 1012)
    await csms.wait_for_call("CP2", "BootNotification", count=2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await csms.wait_until_gone("CP2")
    assert station.charged >= 1


async def test_a_reset_brings_a_new_boot(csms, version, fast):
    station = SimulatedStation(csms.url, "CP3", version, pace=fast, timeout=5.0)
    task = asyncio.create_task(station.run())
    await csms.wait_for_call("CP3", "BootNotification")
    await csms.call("CP3", "Reset", {"type": "Soft"})
    again = await csms.wait_for_call("CP3", "BootNotification", count=2)
    assert version is Version.V16 or again.payload["reason"] == "RemoteReset"
    task.cancel()
    await asyncio.wait([task])
