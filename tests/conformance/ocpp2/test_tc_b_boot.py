"""B, provisioning: cold boots, and stations that are not let in yet."""

import pytest
from cases201 import case201
from device_kit import reported
from lab2_kit import IN_GROUP, VALID
from scripted_station_kit import now
from station2_kit import FIRMWARE, MODEL, SERIAL, VENDOR
from story2_kit import booted, nothing_runs, statuses, variable


@case201(
    "B_01",
    "Accepted, an interval, the time; the station in the book; permessage-deflate, which 2.x asks for",
    over=(1, 2, 3),
)
async def test_tc_b_01_cold_boot_accepted(lab):
    async with lab.station() as station:
        told = await booted(station)
        assert set(told) == {"status", "interval", "currentTime"}
        assert station.extensions.startswith("permessage-deflate")
        kept = await lab.records.stations.get(lab.identity)
        assert (kept.vendor, kept.model, kept.serial_number, kept.firmware) == (VENDOR, MODEL, SERIAL, FIRMWARE)
        assert (kept.boot_status, kept.version) == ("Accepted", lab.version)
        assert await statuses(lab) == {1: "Available", 2: "Available"}
        assert lab.session.security_profile == lab.transport


async def is_kept_out(station, status):
    """The boot is answered so, with when to come again, and with nothing that is for those who may work."""
    told = await station.boots()
    assert told["status"] == status
    assert told["interval"] > 0
    assert set(told) <= {"status", "interval", "currentTime", "statusInfo"}


@case201("B_02", "BootNotificationResponse Pending with an interval; Accepted once the operator has said so")
async def test_tc_b_02_cold_boot_pending(lab):
    await lab.set_registration(boot="pending")
    async with lab.station() as station:
        await is_kept_out(station, "Pending")
        assert (await lab.records.stations.get(lab.identity)).boot_status == "Pending"
        station.expect("TriggerMessage", {"status": "Rejected"}, optional=True)
        await lab.set_registration(boot="accepted")
        await booted(station)
        assert (await lab.records.stations.get(lab.identity)).boot_status == "Accepted"


def of_a_transaction():
    """What a station may not tell before it is accepted."""
    return {
        "eventType": "Started",
        "timestamp": now(),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "before-the-boot"},
        "idToken": VALID,
    }


@pytest.mark.parametrize("boot", ["pending", "rejected"])
@case201("B_30", "While Pending or Rejected every other call gets CALLERROR SecurityError, and nothing of it is kept")
async def test_tc_b_30_security_error_until_accepted(lab, boot):
    await lab.set_registration(boot=boot)
    async with lab.station() as station:
        assert await station.is_refused("Authorize", idToken=VALID) == "SecurityError", "nor before its boot"
        await is_kept_out(station, boot.capitalize())
        status = {"timestamp": now(), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
        assert await station.is_refused("StatusNotification", **status) == "SecurityError"
        assert await station.is_refused("Heartbeat") == "SecurityError"
        assert await station.is_refused("Authorize", idToken=VALID) == "SecurityError"
        assert await station.is_refused("TransactionEvent", **of_a_transaction()) == "SecurityError"
        assert await statuses(lab) == {}
        await nothing_runs(lab)
        station.expect("TriggerMessage", {"status": "Rejected"}, optional=True)
        await lab.set_registration(boot="accepted")
        await booted(station)
        assert IN_GROUP["parent"] == (await station.authorizes(VALID))["groupIdToken"]["idToken"]


@pytest.mark.parametrize("boot", ["pending", "rejected"])
@case201("B_31", "TriggerMessage(BootNotification) by itself when the operator lets the station in; then Accepted")
async def test_tc_b_31_trigger_of_a_boot(lab, boot):
    await lab.set_registration(boot=boot)
    async with lab.station() as station:
        await is_kept_out(station, boot.capitalize())

        async def boots(payload):
            await booted(station, reason="Triggered")

        asked = station.answers("TriggerMessage", {"status": "Accepted"}, boots)
        await lab.set_registration(boot="accepted")
        assert await asked == {"requestedMessage": "BootNotification"}
        await station.done()
        assert (await lab.records.stations.get(lab.identity)).boot_status == "Accepted"


INVENTORY = [
    {"reportData": [reported("OCPPCommCtrlr", "OfflineThreshold", "60", kind="integer")]},
    {"reportData": [reported("EVSE", "AvailabilityState", "Available", mutability="ReadOnly", evse=1)]},
]


async def inventory_told(lab, station, button):
    """GetBaseReport(FullInventory), whose report comes in two parts, all of it in the book."""

    async def report(payload):
        await station.in_parts("NotifyReport", INVENTORY, request_id=payload["requestId"])

    asked = station.answers("GetBaseReport", {"status": "Accepted"}, report)
    told = await button()
    payload = await asked
    assert payload.pop("requestId") >= 0
    assert payload == {"reportBase": "FullInventory"}
    await station.done()
    assert await variable(lab, "OCPPCommCtrlr", "OfflineThreshold") == "60"
    assert await variable(lab, "EVSE@1", "AvailabilityState") == "Available"
    return told


@case201(
    "B_13", "GetBaseReport(FullInventory) by the operator, and by itself after a first boot; all of it in the book"
)
async def test_tc_b_13_full_inventory(lab):
    async with lab.station() as station:
        await booted(station)
        told = await inventory_told(lab, station, lambda: lab.do("get-base-report"))
        assert (told["status"], told["complete"]) == ("Accepted", True)
        assert told["reportData"] == [one for part in INVENTORY for one in part["reportData"]]
    options = {"ocpp201.provisioning": {"full_inventory": "first", "full_inventory_delay": 0}}
    async with lab.alone(options=options) as alone:
        async with alone.station() as station:
            await inventory_told(alone, station, lambda: booted(station))
        async with alone.station() as station:
            await booted(station)
