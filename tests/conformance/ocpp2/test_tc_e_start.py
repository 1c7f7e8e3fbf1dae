"""E, transactions: how they start."""

import pytest
from cases201 import case201
from lab2_kit import ISO15693, NO_AUTHORIZATION, VALID
from station2_kit import EVENT, STATUS
from story2_kit import BEGIN, Charge, booted, sampled, statuses


async def is_charged(charge, token=VALID):
    """The book has it with its driver, and energy flows."""
    kept = await charge.runs()
    assert (kept.token, kept.token_type, kept.status) == (token["idToken"], token["type"], "Accepted")
    assert kept.meter_start == 1000
    assert kept.details["chargingState"] == "Charging"


@case201("E_38", "Updated(ChargingStateChanged, SuspendedEV) answered with nothing; the state in the book")
async def test_tc_e_38_ev_not_ready(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await charge.ev_connected()
        await charge.authorized()
        assert await charge.energy_suspended() == {}
        assert (await charge.runs()).details["chargingState"] == "SuspendedEV"


@pytest.mark.parametrize("by", [STATUS, EVENT])
@pytest.mark.parametrize("token", [VALID, ISO15693], ids=["ISO14443", "ISO15693"])
@case201("E_03", "All events answered, idTokenInfo Accepted; the transaction and the connector's state in the book")
async def test_tc_e_03_cable_plugin_first(lab, by, token):
    async with lab.station() as station:
        station.tells_by = by
        await booted(station)
        charge = await Charge(lab, station, token=token).charging()
        await is_charged(charge, token)
        assert await statuses(lab) == {1: "Occupied", 2: "Available"}


@case201("E_04", "All events answered, idTokenInfo Accepted; one transaction, its EVSE known once it is told")
async def test_tc_e_04_authorization_first(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, evse=None)
        await charge.authorized()
        assert (await charge.runs()).token == VALID["idToken"]
        charge.evse = 1
        await charge.ev_connected()
        await charge.energy_started()
        await is_charged(charge)


@case201("E_09", "Started(CablePluggedIn) without idToken answered without idTokenInfo")
async def test_tc_e_09_start_by_ev_connected(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await charge.ev_connected()
        assert (await charge.runs()).token is None


@pytest.mark.parametrize("token", [VALID, NO_AUTHORIZATION], ids=["ISO14443", "NoAuthorization"])
@case201("E_10", "Authorize and Started(Authorized): idTokenInfo Accepted by both; in the book")
async def test_tc_e_10_start_by_authorized(lab, token):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, token=token)
        await charge.authorized()
        assert (await charge.runs()).status == "Accepted"


async def started_late(lab, station, trigger, state, **more):
    """Authorized and plugged in without an event; the transaction begins with what the station waits for."""
    await booted(station)
    assert (await station.authorizes(VALID))["status"] == "Accepted"
    await station.connector("Occupied")
    charge = Charge(lab, station)
    told = await charge.event("Started", trigger, token=VALID, state=state, **more)
    assert told["idTokenInfo"]["status"] == "Accepted"
    assert (await charge.runs()).token == VALID["idToken"]
    return charge


@case201("E_11", "Started(SignedDataReceived) with the idToken: Accepted; the signed reading in the book")
async def test_tc_e_11_start_by_data_signed(lab):
    async with lab.station() as station:
        values = [sampled(1000, BEGIN, signed=True)]
        charge = await started_late(lab, station, "SignedDataReceived", "EVConnected", meterValue=values)
        assert (await charge.row()).meter_start == 1000
        [row] = await lab.records.meter_values.of_transaction(lab.identity, charge.id)
        assert row.values[0]["sampledValue"][0]["signed"]["encodingMethod"] == "OCMF"


@case201("E_01", "Started(ChargingStateChanged) once the power path is closed: idTokenInfo Accepted; in the book")
async def test_tc_e_01_start_by_power_path_closed(lab):
    async with lab.station() as station:
        charge = await started_late(lab, station, "ChargingStateChanged", "SuspendedEV")
        await charge.energy_started()
        await is_charged(charge)


@case201("E_02", "Started(ChargingStateChanged, Charging) once energy flows: idTokenInfo Accepted; in the book")
async def test_tc_e_02_start_by_energy_transfer(lab):
    async with lab.station() as station:
        values = [sampled(1000, BEGIN)]
        charge = await started_late(lab, station, "ChargingStateChanged", "Charging", meterValue=values)
        await is_charged(charge)


@case201("E_12", "Started(EVDetected) without idToken answered without idTokenInfo; goes on as any other")
async def test_tc_e_12_start_by_parking_bay_occupied(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await charge.bay_occupied()
        assert (await charge.runs()).token is None
        await charge.charging()
        await is_charged(charge)


@case201("E_53", "Each transaction begins at seqNo 0 and is a row of its own, on the same EVSE and on another")
async def test_tc_e_53_sequence_number_begins_at_0(lab):
    async with lab.station() as station:
        await booted(station)
        first = await Charge(lab, station).charging()
        await first.ev_disconnected()
        second, third = Charge(lab, station), Charge(lab, station, evse=2)
        for charge in (second, third):
            await charge.charging()
            await is_charged(charge)
        assert (second.seq, third.seq) == (first.seq - 1, first.seq - 1)
        await first.is_over("EVDisconnected")
