"""G, availability: of a connector, an EVSE, the station; a lock that fails."""

import pytest
from cases201 import case201
from lab2_kit import EVSES, VALID
from station2_kit import EVENT, STATUS
from story2_kit import Charge, booted, nothing_runs, statuses

INOPERATIVE, OPERATIVE = "Inoperative", "Operative"
STATE = {INOPERATIVE: "Unavailable", OPERATIVE: "Available"}
BY = pytest.mark.parametrize("by", [STATUS, EVENT])

#: Where, as the operator says it and as it stands in the call; and the EVSEs that it is about.
CONNECTOR = ({"evseId": 1, "connectorId": 1}, {"evse": {"id": 1, "connectorId": 1}}, (1,))
EVSE = ({"evseId": 1}, {"evse": {"id": 1}}, (1,))
STATION = ({}, {}, EVSES)


async def changed(lab, station, wanted, where, status):
    """ChangeAvailability as the operator asks for it; its answer is told."""
    given, payload, _ = where
    asked = station.expect("ChangeAvailability", {"status": status})
    assert await lab.do("change-availability", type=wanted, **given) == {"status": status}
    assert await asked == {"operationalStatus": wanted, **payload}


async def is_now(lab, station, wanted, where):
    """The connectors say so, and the book has it."""
    *_, evses = where
    for evse in evses:
        await station.connector(STATE[wanted], evse=evse)
    assert {evse: (await statuses(lab))[evse] for evse in evses} == dict.fromkeys(evses, STATE[wanted])


async def taken_out(lab, where, by=None):
    async with lab.station() as station:
        station.tells_by = by or station.tells_by
        await booted(station)
        await changed(lab, station, INOPERATIVE, where, "Accepted")
        await is_now(lab, station, INOPERATIVE, where)


async def taken_back(lab, where, by=None):
    """What it ends with is what the case is about; it was out of operation before."""
    async with lab.station() as station:
        station.tells_by = by or station.tells_by
        await booted(station)
        await changed(lab, station, INOPERATIVE, where, "Accepted")
        await is_now(lab, station, INOPERATIVE, where)
        await changed(lab, station, OPERATIVE, where, "Accepted")
        await is_now(lab, station, OPERATIVE, where)


async def taken_out_later(lab, where):
    """Scheduled: the transaction runs on to its end, then the connector is Unavailable."""
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await changed(lab, station, INOPERATIVE, where, "Scheduled")
        await charge.runs()
        await charge.stop_authorized()
        await charge.ends("EVCommunicationLost", "EVDisconnected", state="Idle")
        await charge.is_over("EVDisconnected")
        await is_now(lab, station, INOPERATIVE, where)


@case201("G_20", "NotifyEvent(ConnectorPlugRetentionLock.Problem) answered with nothing, and in the book")
async def test_tc_g_20_lock_failure(lab):
    async with lab.station() as station:
        await booted(station)
        await station.authorizes(VALID)
        component = {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}}
        await station.event(component, "Problem", "true", trigger="Alerting")
        [kept] = await lab.records.events.page(identity=lab.identity, component="ConnectorPlugRetentionLock@1.1")
        assert (kept.variable, kept.value, kept.details["trigger"]) == ("Problem", "true", "Alerting")
        await nothing_runs(lab)


@BY
@case201("G_03", "Inoperative, evse.id, no connectorId; Unavailable by StatusNotification or NotifyEvent in the book")
async def test_tc_g_03_evse_inoperative(lab, by):
    await taken_out(lab, EVSE, by)


@BY
@case201("G_04", "Operative, evse.id, no connectorId; Available in the book")
async def test_tc_g_04_evse_operative(lab, by):
    await taken_back(lab, EVSE, by)


@case201("G_11", "Inoperative, evse.id, no connectorId: Scheduled; after the transaction Unavailable in the book")
async def test_tc_g_11_evse_with_transaction(lab):
    await taken_out_later(lab, EVSE)


@BY
@case201("G_05", "Inoperative without evse; Unavailable of every connector in the book")
async def test_tc_g_05_station_inoperative(lab, by):
    await taken_out(lab, STATION, by)


@case201("G_06", "Operative without evse; Available of every connector in the book")
async def test_tc_g_06_station_operative(lab):
    await taken_back(lab, STATION)


@case201("G_14", "Inoperative without evse: Scheduled; after the transaction Unavailable of all in the book")
async def test_tc_g_14_station_with_transaction(lab):
    await taken_out_later(lab, STATION)


@BY
@case201("G_07", "Inoperative, evse.id and evse.connectorId; Unavailable in the book")
async def test_tc_g_07_connector_inoperative(lab, by):
    await taken_out(lab, CONNECTOR, by)


@case201("G_08", "Operative, evse.id and evse.connectorId; Available in the book")
async def test_tc_g_08_connector_operative(lab):
    await taken_back(lab, CONNECTOR)


@case201("G_17", "Inoperative, evse.id and evse.connectorId: Scheduled; after the transaction Unavailable in the book")
async def test_tc_g_17_connector_with_transaction(lab):
    await taken_out_later(lab, CONNECTOR)
