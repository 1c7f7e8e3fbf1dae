"""Core: remote start and stop."""

from cases16 import case
from lab_kit import VALID
from story_kit import booted, charging, ended, nothing_runs, runs, started, statuses, stopped

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


async def remotely_started(lab, station, answer=ACCEPTED):
    """RemoteStartTransaction as the operator asks for it: the configured idTag and connector, and nothing else."""
    asked = station.expect("RemoteStartTransaction", answer)
    told = await lab.do("remote-start", idTag=VALID, connectorId=1)
    assert told["status"] == answer["status"]
    payload = await asked
    assert payload == {"idTag": "TAG-VALID", "connectorId": 1}
    return payload["idTag"]


@case("010", "RemoteStartTransaction has idTag and connectorId; Authorize and StartTransaction Accepted")
async def test_tc_010_remote_start_cable_plugged_first(lab):
    async with lab.station() as station:
        await booted(station)
        await station.status("Preparing")
        tag = await remotely_started(lab, station)
        assert (await station.authorizes(tag))["status"] == "Accepted"
        transaction = await started(station, tag)
        await station.status("Charging")
        await runs(lab, transaction)


@case("011_1", "RemoteStartTransaction has idTag and connectorId; Authorize and StartTransaction Accepted")
async def test_tc_011_1_remote_start_first(lab):
    async with lab.station() as station:
        await booted(station)
        tag = await remotely_started(lab, station)
        assert (await station.authorizes(tag))["status"] == "Accepted"
        await station.status("Preparing")
        transaction = await started(station, tag)
        await station.status("Charging")
        await runs(lab, transaction)


@case("011_2", "Authorize Accepted; no transaction follows, none in the book, nothing hangs")
async def test_tc_011_2_remote_start_connection_timeout(lab):
    async with lab.station() as station:
        await booted(station)
        tag = await remotely_started(lab, station)
        assert (await station.authorizes(tag))["status"] == "Accepted"
        await station.status("Preparing")
        await station.status("Available")
        await nothing_runs(lab)


@case("012", "RemoteStopTransaction names the running transaction by itself; its end in the book")
async def test_tc_012_remote_stop(lab):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        asked = station.expect("RemoteStopTransaction", ACCEPTED)
        told = await lab.do("remote-stop")
        assert told == {"status": "Accepted", "transactionId": transaction}
        assert await asked == {"transactionId": transaction}
        await stopped(station, transaction, "Remote")
        await station.status("Finishing")
        await station.status("Available")
        await ended(lab, transaction, "Remote")
        assert (await statuses(lab))[1] == "Available"


@case("026", "The operator is told Rejected; no transaction in the book")
async def test_tc_026_remote_start_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        await remotely_started(lab, station, REJECTED)
        await nothing_runs(lab)


@case("028", "A transactionId that nobody has can be sent; the operator is told Rejected, the transaction runs on")
async def test_tc_028_remote_stop_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        asked = station.expect("RemoteStopTransaction", REJECTED)
        assert await lab.call("RemoteStopTransaction", {"transactionId": transaction + 1}) == REJECTED
        assert await asked == {"transactionId": transaction + 1}
        asked = station.expect("RemoteStopTransaction", REJECTED)
        assert (await lab.do("remote-stop", transactionId=-1))["status"] == "Rejected"
        assert await asked == {"transactionId": -1}
        await runs(lab, transaction)
