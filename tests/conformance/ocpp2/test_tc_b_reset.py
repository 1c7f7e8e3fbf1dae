"""B, provisioning: resets of the station and of one EVSE, with and without a transaction."""

from cases201 import case201
from story2_kit import Charge, booted, statuses


async def asked_to_reset(lab, station, answer, payload):
    """The operator's reset is exactly `payload`, and its answer is what the operator is told."""
    asked = station.expect("Reset", {"status": answer})
    assert (await lab.do("reset", **payload))["status"] == answer
    assert await asked == payload


async def is_back(lab, reason="RemoteReset"):
    """The station has restarted, and is let in."""
    async with lab.station() as station:
        await booted(station, reason=reason)
        assert await statuses(lab) == {1: "Available", 2: "Available"}


@case201("B_20", "Reset OnIdle without an EVSE; the boot after it Accepted")
async def test_tc_b_20_reset_on_idle_without_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        await asked_to_reset(lab, station, "Accepted", {"type": "OnIdle"})
        await station.loses_its_connection()
    await is_back(lab)


@case201("B_21", "Reset OnIdle: Scheduled; the transaction goes on to its end, then the boot is Accepted")
async def test_tc_b_21_reset_on_idle_with_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await asked_to_reset(lab, station, "Scheduled", {"type": "OnIdle"})
        await charge.runs()
        await charge.stop_authorized()
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        await station.loses_its_connection()
    await is_back(lab, "ScheduledReset")


@case201("B_22", "Reset Immediate; Ended(ResetCommand, ImmediateReset) answered, its end in the book; boot Accepted")
async def test_tc_b_22_reset_immediate_with_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await asked_to_reset(lab, station, "Accepted", {"type": "Immediate"})
        await charge.ends("ResetCommand", "ImmediateReset")
        await charge.is_over("ImmediateReset")
        await station.loses_its_connection()
    await is_back(lab)


async def evse_resets(station):
    """It is away for a moment, and comes back without a boot."""
    await station.connector("Unavailable")
    await station.connector("Available")


@case201("B_25", "Reset OnIdle with evseId; the EVSE is back without a boot")
async def test_tc_b_25_reset_evse_without_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        await asked_to_reset(lab, station, "Accepted", {"type": "OnIdle", "evseId": 1})
        await evse_resets(station)
        assert await statuses(lab) == {1: "Available", 2: "Available"}


@case201("B_26", "Reset OnIdle with evseId: Scheduled; the transaction goes on to its end, then the EVSE resets")
async def test_tc_b_26_reset_evse_on_idle_with_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await asked_to_reset(lab, station, "Scheduled", {"type": "OnIdle", "evseId": 1})
        await charge.runs()
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        await evse_resets(station)


@case201("B_27", "Reset Immediate with evseId; Ended(ResetCommand, ImmediateReset) answered, its end in the book")
async def test_tc_b_27_reset_evse_immediate_with_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        other = await Charge(lab, station, evse=2).charging()
        await asked_to_reset(lab, station, "Accepted", {"type": "Immediate", "evseId": 1})
        await charge.ends("ResetCommand", "ImmediateReset")
        await evse_resets(station)
        await charge.is_over("ImmediateReset")
        await other.runs()
