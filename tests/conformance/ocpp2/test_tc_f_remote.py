"""F, remote control: starts by the operator, and unlocking."""

import pytest
from cases201 import case201
from lab2_kit import CENTRAL, ISO15693, NO_AUTHORIZATION, VALID
from story2_kit import Charge, booted, nothing_runs

TOKENS = [VALID, ISO15693, CENTRAL, NO_AUTHORIZATION]


async def remote_start(lab, station, *, token=VALID, answer=None, **more):
    """RequestStartTransaction as the operator asks for it; its remoteStartId."""
    asked = station.expect("RequestStartTransaction", {"status": "Accepted", **(answer or {})})
    told = await lab.do("remote-start", idToken=token, **more)
    payload = await asked
    number = payload.pop("remoteStartId")
    assert isinstance(number, int)
    assert payload == {"idToken": token, **more}
    assert (told["status"], told["remoteStartId"]) == ("Accepted", number)
    return number


async def remotely_started(charge, number, trigger="RemoteStart", **more):
    """The event that belongs to it, which is answered as the idToken deserves."""
    told = await charge.goes_on(trigger, token=charge.token, info={"remoteStartId": number}, **more)
    assert told["idTokenInfo"]["status"] == "Accepted"
    assert (await charge.runs()).details["remoteStartId"] == number


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token["type"])
@case201("F_01", "idToken and evseId as configured, a remoteStartId; the transaction that was there goes on, Accepted")
async def test_tc_f_01_cable_plugin_first(lab, token):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, token=token)
        await charge.ev_connected()
        number = await remote_start(lab, station, token=token, evseId=1, answer={"transactionId": charge.id})
        await remotely_started(charge, number)
        await charge.energy_started()
        assert ((await charge.runs()).token or "") == token["idToken"]


@case201("F_02", "RequestStartTransaction; Authorize of its idToken Accepted; the transaction starts, Accepted")
async def test_tc_f_02_remote_start_first_with_authorize(lab):
    async with lab.station() as station:
        await booted(station)
        number = await remote_start(lab, station, evseId=1)
        assert (await station.authorizes(VALID))["status"] == "Accepted"
        charge = Charge(lab, station)
        await remotely_started(charge, number)
        await charge.ev_connected()
        await charge.energy_started()


@pytest.mark.parametrize("token", [*TOKENS, None], ids=lambda token: token["type"] if token else "of the CSMS")
@case201("F_03", "RequestStartTransaction, of an idToken or one that the CSMS makes; the transaction starts, Accepted")
async def test_tc_f_03_remote_start_first_without_authorize(lab, token):
    async with lab.station() as station:
        await booted(station)
        if token is None:
            token, number = await made_by_the_csms(lab, station)
        else:
            number = await remote_start(lab, station, token=token)
        charge = Charge(lab, station, token=token)
        await remotely_started(charge, number)
        await charge.ev_connected()
        await charge.energy_started()


async def made_by_the_csms(lab, station):
    """The operator gives no idToken: one of type Central is made, for this start."""
    asked = station.expect("RequestStartTransaction", {"status": "Accepted"})
    told = await lab.do("remote-start")
    payload = await asked
    assert set(payload) == {"idToken", "remoteStartId"}
    assert payload["idToken"]["type"] == "Central"
    assert 0 < len(payload["idToken"]["idToken"]) <= 36
    assert told["remoteStartId"] == payload["remoteStartId"]
    return payload["idToken"], payload["remoteStartId"]


@case201("F_04", "RequestStartTransaction; nobody comes: Ended(EVConnectTimeout, Timeout) answered, in the book")
async def test_tc_f_04_remote_start_cable_plugin_timeout(lab):
    async with lab.station() as station:
        await booted(station)
        number = await remote_start(lab, station, evseId=1)
        charge = Charge(lab, station)
        await remotely_started(charge, number)
        await charge.ends("EVConnectTimeout", "Timeout", value=None)
        await charge.is_over("Timeout", energy=None)


@case201("F_06", "UnlockConnector: evseId, connectorId; each answer of the station told to the operator")
async def test_tc_f_06_unlock_without_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        for status in ("Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"):
            asked = station.expect("UnlockConnector", {"status": status})
            assert (await lab.do("unlock", evseId=2))["status"] == status
            assert await asked == {"evseId": 2, "connectorId": 1}
        await nothing_runs(lab)
