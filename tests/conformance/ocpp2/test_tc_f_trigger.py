"""F, remote control: messages that the operator has the station send."""

from cases201 import case201
from lab2_kit import EVSES
from scripted_station_kit import now
from story2_kit import Charge, booted, latest_values, sampled, statuses


async def triggered(lab, station, wanted, then=None, *, status="Accepted", evse=None):
    """TriggerMessage as the operator asks for it, and then what it asks for."""
    asked = station.expect("TriggerMessage", {"status": status})
    place = {} if evse is None else {"evseId": evse}
    assert await lab.do("trigger", requestedMessage=wanted, **place) == {"status": status}
    assert await asked == {"requestedMessage": wanted, **({} if evse is None else {"evse": {"id": evse}})}
    if then is not None:
        await then()


def metered(station, *evses):
    """MeterValues of each of these EVSEs."""

    async def told():
        for evse in evses:
            await station.tells("MeterValues", evseId=evse, meterValue=[sampled(1500 + evse, "Trigger")])

    return told


@case201("F_11", "TriggerMessage MeterValues with evse.id; the MeterValues answered, in the book")
async def test_tc_f_11_meter_values_of_an_evse(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "MeterValues", metered(station, 1), evse=1)
        assert await latest_values(lab) == {1: 1501}


@case201("F_12", "TriggerMessage MeterValues without evse; the MeterValues of all answered, in the book")
async def test_tc_f_12_meter_values_of_all(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "MeterValues", metered(station, *EVSES))
        assert await latest_values(lab) == {1: 1501, 2: 1502}


def told_of(*charges):
    """TransactionEvent of each of these."""

    async def told():
        for charge in charges:
            values = [sampled(1500, "Trigger")]
            assert await charge.event("Updated", "Trigger", state="Charging", meterValue=values) == {}

    return told


@case201("F_13", "TriggerMessage TransactionEvent with evse.id; Updated(Trigger) answered, its value in the book")
async def test_tc_f_13_transaction_event_of_an_evse(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await triggered(lab, station, "TransactionEvent", told_of(charge), evse=1)
        assert await charge.values() == [1000, 1500]


@case201("F_14", "TriggerMessage TransactionEvent without evse; Updated(Trigger) of each transaction answered")
async def test_tc_f_14_transaction_event_of_all(lab):
    async with lab.station() as station:
        await booted(station)
        charges = [await Charge(lab, station, evse=evse).charging() for evse in EVSES]
        await triggered(lab, station, "TransactionEvent", told_of(*charges))
        assert [await charge.values() for charge in charges] == [[1000, 1500]] * 2


@case201("F_15", "TriggerMessage LogStatusNotification; Idle answered")
async def test_tc_f_15_log_status_idle(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "LogStatusNotification")
        await station.tells("LogStatusNotification", status="Idle")


@case201("F_18", "TriggerMessage FirmwareStatusNotification; Idle answered")
async def test_tc_f_18_firmware_status_idle(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "FirmwareStatusNotification")
        await station.tells("FirmwareStatusNotification", status="Idle")


@case201("F_20", "TriggerMessage Heartbeat; the Heartbeat answered with the time")
async def test_tc_f_20_heartbeat(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "Heartbeat")
        assert set(await station.says("Heartbeat")) == {"currentTime"}


async def connector_told(lab, status):
    """TriggerMessage StatusNotification of an EVSE, whose connector is in this state."""
    async with lab.station() as station:
        await booted(station)
        if status != "Available":
            await station.connector(status)
        asked = station.expect("TriggerMessage", {"status": "Accepted"})
        assert await lab.do("trigger", requestedMessage="StatusNotification", evseId=1, connectorId=1) == {
            "status": "Accepted"
        }
        assert await asked == {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}
        state = {"timestamp": now(), "connectorStatus": status, "evseId": 1, "connectorId": 1}
        await station.tells("StatusNotification", **state)
        assert (await statuses(lab))[1] == status


@case201("F_23", "TriggerMessage StatusNotification with evse.id; Available answered, in the book")
async def test_tc_f_23_status_available(lab):
    await connector_told(lab, "Available")


@case201("F_24", "TriggerMessage StatusNotification with evse.id; Occupied answered, in the book")
async def test_tc_f_24_status_occupied(lab):
    await connector_told(lab, "Occupied")


@case201("F_27", "TriggerMessage: NotImplemented is told to the operator; nothing comes")
async def test_tc_f_27_not_implemented(lab):
    async with lab.station() as station:
        await booted(station)
        await triggered(lab, station, "PublishFirmwareStatusNotification", status="NotImplemented")
