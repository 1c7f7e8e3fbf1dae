"""E, transactions: how they stop."""

from cases201 import case201
from lab2_kit import UNKNOWN
from story2_kit import METER_STOP, Charge, booted, open_ids, sampled, statuses


async def charging(lab, station):
    await booted(station)
    return await Charge(lab, station).charging()


async def ended_over(charge, reason, told=None):
    """Ended is answered without an idTokenInfo that nobody asked for, and its end is in the book."""
    assert "idTokenInfo" not in (told or {})
    await charge.is_over(reason)
    assert charge.id not in await open_ids(charge.lab)


@case201("E_14", "Ended(EVCommunicationLost, EVDisconnected) after a StopAuthorized: answered, its end in the book")
async def test_tc_e_14_ev_disconnected_station_side(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        await charge.stop_authorized()
        await charge.ev_connected_after()
        await ended_over(charge, "EVDisconnected", await charge.ev_disconnected())
        assert await statuses(lab) == {1: "Available", 2: "Available"}


@case201("E_20", "Ended(EVCommunicationLost, EVDisconnected) in the midst of charging: answered, its end in the book")
async def test_tc_e_20_ev_disconnected_ev_side(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        await ended_over(charge, "EVDisconnected", await charge.ev_disconnected())


@case201("E_15", "Ended(StopAuthorized, Local) with the idToken: Accepted, its end in the book")
async def test_tc_e_15_stop_authorized_local(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        assert (await station.authorizes(charge.token))["status"] == "Accepted"
        told = await charge.ends("StopAuthorized", "Local", token=charge.token, state="EVConnected")
        assert told["idTokenInfo"]["status"] == "Accepted"
        assert (await charge.is_over("Local")).stop_token == charge.token["idToken"]


@case201("E_21", "RequestStopTransaction names the running transaction by itself; Ended(RemoteStop, Remote) answered")
async def test_tc_e_21_stop_authorized_remote(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        asked = station.expect("RequestStopTransaction", {"status": "Accepted"})
        assert await lab.do("remote-stop") == {"status": "Accepted", "transactionId": charge.id}
        assert await asked == {"transactionId": charge.id}
        await ended_over(charge, "Remote", await charge.ends("RemoteStop", "Remote", state="EVConnected"))


async def not_authorized(lab, station):
    """The station has started for an idToken of its cache, which the CSMS does not know."""
    await booted(station)
    charge = Charge(lab, station, token=UNKNOWN)
    await charge.ev_connected()
    told = await charge.goes_on("Authorized", token=UNKNOWN)
    assert told["idTokenInfo"]["status"] in ("Invalid", "Unknown")
    await charge.energy_started()
    return charge


@case201("E_16", "TransactionEventResponse Invalid or Unknown; Ended(Deauthorized, DeAuthorized) answered, in the book")
async def test_tc_e_16_deauthorized_invalid_id_token(lab):
    async with lab.station() as station:
        charge = await not_authorized(lab, station)
        await ended_over(charge, "DeAuthorized", await charge.ends("Deauthorized", "DeAuthorized"))


@case201("E_17", "After Deauthorized: Ended(EVCommunicationLost, Idle, EVDisconnected) answered, its end in the book")
async def test_tc_e_17_deauthorized_ev_side_disconnect(lab):
    async with lab.station() as station:
        charge = await not_authorized(lab, station)
        assert await charge.event("Updated", "Deauthorized", state="EVConnected") == {}
        await ended_over(charge, "EVDisconnected", await charge.ev_disconnected())


@case201("E_39", "Ended(EVConnectTimeout, Timeout) answered; its end in the book, without energy")
async def test_tc_e_39_deauthorized_timeout(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await charge.authorized()
        await charge.ends("EVConnectTimeout", "Timeout", value=None)
        kept = await charge.is_over("Timeout", energy=None)
        assert kept.status == "Accepted"


@case201("E_07", "Ended(StopAuthorized, Local) once the power path is open: Accepted, its end in the book")
async def test_tc_e_07_power_path_closed_local_stop(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        told = await charge.ends("StopAuthorized", "Local", token=charge.token, state="EVConnected")
        assert told["idTokenInfo"]["status"] == "Accepted"
        await charge.is_over("Local")
        await station.connector("Available")


@case201("E_08", "Ended(ChargingStateChanged, EVConnected, Local) after StopAuthorized: answered, its end in the book")
async def test_tc_e_08_energy_transfer_stopped_stop_authorized(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        await charge.stop_authorized()
        told = await charge.ends("ChargingStateChanged", "Local", state="EVConnected")
        await ended_over(charge, "Local", told)


@case201("E_22", "Ended(ChargingStateChanged, SuspendedEV, StoppedByEV) answered, its end in the book")
async def test_tc_e_22_energy_transfer_stopped_suspended_ev(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        told = await charge.ends("ChargingStateChanged", "StoppedByEV", state="SuspendedEV")
        await ended_over(charge, "StoppedByEV", told)


@case201("E_19", "Ended(EVDeparted, Local) answered, its end in the book")
async def test_tc_e_19_parking_bay_unoccupied(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await charge.bay_occupied()
        await charge.charging()
        await charge.stop_authorized()
        await station.connector("Available")
        assert (
            await charge.event("Updated", "EVCommunicationLost", state="Idle", meterValue=[sampled(METER_STOP)]) == {}
        )
        await ended_over(charge, "Local", await charge.bay_unoccupied())


@case201("E_26", "Updated(EVCommunicationLost, Idle), CablePluggedIn, Charging again answered; one transaction runs on")
async def test_tc_e_26_disconnect_suspends(lab):
    async with lab.station() as station:
        charge = await charging(lab, station)
        await station.connector("Available")
        assert await charge.event("Updated", "EVCommunicationLost", state="Idle") == {}
        assert (await charge.runs()).details["chargingState"] == "Idle"
        await station.connector("Occupied")
        assert await charge.event("Updated", "CablePluggedIn", state="EVConnected") == {}
        assert await charge.event("Updated", "ChargingStateChanged", state="Charging") == {}
        assert (await charge.runs()).details["chargingState"] == "Charging"
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        assert await charge.values() == [1000, METER_STOP]
