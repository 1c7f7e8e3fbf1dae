"""Core: a cold boot, and sessions that a driver starts at the station."""

from datetime import UTC, datetime

from cases16 import case
from lab_kit import IDENTITY, VALID
from scripted_station_kit import FIRMWARE, MODEL, SERIAL, VENDOR
from story_kit import booted, charging, ended, metered, nothing_runs, runs, started, statuses, stopped, values_of


@case("001", "BootNotification.conf: Accepted, an interval, the time; station, connectors in the book", over=(1, 2, 3))
async def test_tc_001_cold_boot(lab):
    async with lab.station() as station:
        told = await booted(station)
        assert set(told) == {"status", "interval", "currentTime"}
        apart = datetime.now(UTC) - datetime.fromisoformat(told["currentTime"])
        assert abs(apart.total_seconds()) < 30
        for _ in range(2):
            assert datetime.fromisoformat((await station.says("Heartbeat"))["currentTime"])
        kept = await lab.records.stations.get(IDENTITY)
        assert (kept.vendor, kept.model, kept.serial_number, kept.firmware) == (VENDOR, MODEL, SERIAL, FIRMWARE)
        assert (kept.boot_status, kept.version) == ("Accepted", "ocpp1.6")
        assert await statuses(lab) == {0: "Available", 1: "Available", 2: "Available"}
        assert lab.broker.sessions.get(IDENTITY).security_profile == lab.transport


@case("003", "Authorize and StartTransaction Accepted, an integer transactionId; the transaction runs in the book")
async def test_tc_003_start_session_plug_in_first(lab):
    async with lab.station() as station:
        await booted(station)
        await station.status("Preparing")
        assert (await station.authorizes(VALID))["status"] == "Accepted"
        transaction = await started(station)
        await station.status("Charging")
        await runs(lab, transaction)
        assert await statuses(lab) == {0: "Available", 1: "Charging", 2: "Available"}


@case("004_1", "Authorize and StartTransaction Accepted; another transactionId than before; both run in the book")
async def test_tc_004_1_start_session_identification_first(lab):
    async with lab.station() as station:
        await booted(station)
        first = await charging(station)
        assert (await station.authorizes(VALID))["status"] == "Accepted"
        await station.status("Preparing", connector=2)
        second = await started(station, connector=2)
        await station.status("Charging", connector=2)
        assert first != second
        running = await lab.records.transactions.open_of(IDENTITY)
        assert {(one.transaction_id, one.evse) for one in running} == {(str(first), 1), (str(second), 2)}


@case("004_2", "Authorize Accepted; back to Available without a transaction, none in the book")
async def test_tc_004_2_identification_first_connection_timeout(lab):
    async with lab.station() as station:
        await booted(station)
        assert (await station.authorizes(VALID))["status"] == "Accepted"
        await station.status("Preparing")
        await station.status("Available")
        await nothing_runs(lab)
        assert await statuses(lab) == {0: "Available", 1: "Available", 2: "Available"}


@case("005_1", "StopTransaction answered; end, reason, energy and meter values in the book")
async def test_tc_005_1_ev_side_disconnect(lab):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        await metered(station, transaction, value=1700)
        await station.status("SuspendedEV")
        await stopped(station, transaction, "EVDisconnected")
        await station.status("Finishing")
        await station.status("Available")
        await ended(lab, transaction, "EVDisconnected")
        assert await values_of(lab, transaction) == [1700]
        assert (await statuses(lab))[1] == "Available"


@case("007", "StartTransaction without an Authorize Accepted; the transaction runs in the book")
async def test_tc_007_start_with_cached_id(lab):
    async with lab.station() as station:
        await booted(station)
        await station.status("Preparing")
        transaction = await started(station)
        await station.status("Charging")
        await runs(lab, transaction)


@case("024", "ConnectorLockFailure answered, and in the book")
async def test_tc_024_lock_failure(lab):
    async with lab.station() as station:
        await booted(station)
        assert (await station.authorizes(VALID))["status"] == "Accepted"
        await station.status("Preparing")
        await station.status("Faulted", error="ConnectorLockFailure")
        row = await lab.records.connectors.get(IDENTITY, 1, 1)
        assert (row.status, row.error_code) == ("Faulted", "ConnectorLockFailure")
        await nothing_runs(lab)
