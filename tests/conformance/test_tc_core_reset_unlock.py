"""Core: resets, a power failure, and unlocking connectors."""

import json

import pytest
from cases16 import case
from lab_kit import CONNECTORS, IDENTITY
from story_kit import ago, booted, charging, ended, nothing_runs, statuses, stopped

ACCEPTED = {"status": "Accepted"}


async def reset(lab, kind):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("Reset", ACCEPTED)
        assert (await lab.do("reset", type=kind))["status"] == "Accepted"
        payload = await asked
    async with lab.station() as station:
        await booted(station)
        assert await statuses(lab) == {0: "Available", 1: "Available", 2: "Available"}
    return payload


@case("013", "Reset.type Hard; the boot after it Accepted")
async def test_tc_013_hard_reset(lab):
    assert await reset(lab, "Hard") == {"type": "Hard"}


@case("014", "Reset.type Soft; the boot after it Accepted")
async def test_tc_014_soft_reset(lab):
    assert await reset(lab, "Soft") == {"type": "Soft"}


async def unlocked(lab, station, status, *, connector=1):
    """UnlockConnector as the operator asks for it, who is told the station's own word."""
    asked = station.expect("UnlockConnector", {"status": status})
    assert await lab.do("unlock", connectorId=connector) == {"status": status}
    assert await asked == {"connectorId": 1}


@case("017_1", "The operator is told Unlocked")
async def test_tc_017_1_unlock_without_session_no_fixed_cable(lab):
    async with lab.station() as station:
        await booted(station)
        await unlocked(lab, station, "Unlocked")
        await nothing_runs(lab)


@case("017_2", "The operator is told NotSupported")
async def test_tc_017_2_unlock_without_session_fixed_cable(lab):
    async with lab.station() as station:
        await booted(station)
        await unlocked(lab, station, "NotSupported")


@case("018_1", "The operator is told Unlocked; StopTransaction(UnlockCommand) answered, its end in the book")
async def test_tc_018_1_unlock_with_session(lab):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        await unlocked(lab, station, "Unlocked")
        await station.status("Finishing")
        await stopped(station, transaction, "UnlockCommand")
        await station.status("Available")
        await ended(lab, transaction, "UnlockCommand")


@case("030", "The operator is told UnlockFailed")
async def test_tc_030_unlock_failure(lab):
    async with lab.station() as station:
        await booted(station)
        await unlocked(lab, station, "UnlockFailed")


@case("031", "A connector that there is not can be sent, by `switchboard call`; the operator is told NotSupported")
async def test_tc_031_unlock_unknown_connector(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("UnlockConnector", {"status": "NotSupported"})
        printed = await lab.cli("call", IDENTITY, "UnlockConnector", '{"connectorId": 3}')
        assert json.loads(printed) == {"status": "NotSupported"}
        assert await asked == {"connectorId": CONNECTORS + 1}
        assert sorted(await statuses(lab)) == [0, 1, 2]


@pytest.mark.parametrize("status", ["Finishing", "Available"])
@case("032_1", "The boot after it Accepted, the late StopTransaction(PowerLoss) answered, its end in the book")
async def test_tc_032_1_power_failure_that_stops_transactions(lab, status):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        await station.loses_its_connection()
    sent, kept = ago(minutes=1)
    async with lab.station() as station:
        assert (await station.boots())["status"] == "Accepted"
        await station.status(status)
        await stopped(station, transaction, "PowerLoss", at=sent)
        assert (await ended(lab, transaction, "PowerLoss")).stopped_at == kept
