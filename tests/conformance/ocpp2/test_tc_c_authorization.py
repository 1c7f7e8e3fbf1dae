"""C, authorization: idTokens of every kind, groups, the master pass, the cache."""

import pytest
from cases201 import case201
from lab2_kit import (
    BLOCKED,
    CENTRAL,
    EXPIRED,
    GROUP,
    ISO15693,
    KEY_CODE,
    LOCAL,
    MAC,
    MASTER_GROUP,
    MASTER_PASS,
    NO_AUTHORIZATION,
    UNKNOWN,
    VALID,
    VALID_2,
)
from story2_kit import Charge, booted, nothing_runs, open_ids

KNOWN = {"ISO14443": VALID, "ISO15693": ISO15693, "KeyCode": KEY_CODE, "Local": LOCAL, "MacAddress": MAC}


async def refused(lab, token):
    async with lab.station() as station:
        await booted(station)
        info = await station.authorizes(token)
        await nothing_runs(lab)
    return info


@case201("C_02", "An idToken that nobody knows, or of another type than it has: Unknown or Invalid; nothing is kept")
async def test_tc_c_02_authorization_invalid_or_unknown(lab):
    info = await refused(lab, UNKNOWN)
    assert info["status"] in ("Invalid", "Unknown")
    assert set(info) == {"status"}
    assert await lab.records.tokens.find(UNKNOWN["idToken"]) is None, "asking for it does not make it known"
    assert (await refused(lab, {**VALID, "type": "KeyCode"}))["status"] in ("Invalid", "Unknown")


@case201("C_06", "A blocked idToken is Blocked")
async def test_tc_c_06_authorization_blocked(lab):
    assert (await refused(lab, BLOCKED))["status"] == "Blocked"


@case201("C_07", "An idToken whose time has passed is Expired")
async def test_tc_c_07_authorization_expired(lab):
    assert (await refused(lab, EXPIRED))["status"] == "Expired"


@case201("C_39", "Authorize and TransactionEvent: Accepted, the same groupIdToken, for who starts and for who stops")
async def test_tc_c_39_authorization_by_group_id(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        assert (await station.authorizes(VALID))["groupIdToken"] == GROUP
        assert (await charge.authorized())["idTokenInfo"]["groupIdToken"] == GROUP
        await charge.ev_connected()
        await charge.energy_started()
        assert (await charge.runs()).parent == GROUP["idToken"]
        info = await station.authorizes(VALID_2)
        assert (info["status"], info["groupIdToken"]) == ("Accepted", GROUP)
        assert (await charge.stop_authorized(VALID_2))["idTokenInfo"]["groupIdToken"] == GROUP
        await charge.ev_disconnected()
        assert (await charge.is_over("EVDisconnected")).token == VALID["idToken"]


async def both_evses(lab, station):
    """A transaction on each EVSE, of drivers in no common group with the master pass."""
    await booted(station)
    return [await Charge(lab, station, evse=evse).charging(token) for evse, token in ((1, VALID), (2, ISO15693))]


async def presents_the_master_pass(station):
    info = await station.authorizes(MASTER_PASS)
    assert (info["status"], info["groupIdToken"]) == ("Accepted", MASTER_GROUP)


async def ends_by_the_master_pass(charge):
    told = await charge.ends("StopAuthorized", "MasterPass", token=MASTER_PASS, state="EVConnected")
    assert told["idTokenInfo"]["status"] == "Accepted"
    assert told["idTokenInfo"]["groupIdToken"] == MASTER_GROUP
    kept = await charge.is_over("MasterPass")
    assert kept.stop_token == MASTER_PASS["idToken"]


@case201("C_47", "Authorize and both Ended with the master pass: Accepted, groupIdToken the master pass group's")
async def test_tc_c_47_master_pass_stops_all(lab):
    async with lab.station() as station:
        charges = await both_evses(lab, station)
        await presents_the_master_pass(station)
        for charge in charges:
            await ends_by_the_master_pass(charge)
        assert await open_ids(lab) == set()


@case201("C_48", "Authorize and one Ended with the master pass: Accepted with its group; the other transaction runs on")
async def test_tc_c_48_master_pass_stops_one(lab):
    async with lab.station() as station:
        first, second = await both_evses(lab, station)
        await presents_the_master_pass(station)
        await ends_by_the_master_pass(first)
        assert await open_ids(lab) == {second.id}


@case201("C_49", "Ended with MasterPass and the original idTokens answered; both over in the book")
async def test_tc_c_49_master_pass_without_ui(lab):
    async with lab.station() as station:
        charges = await both_evses(lab, station)
        await presents_the_master_pass(station)
        for charge in charges:
            told = await charge.ends("StopAuthorized", "MasterPass", token=charge.token, state="EVConnected")
            assert told["idTokenInfo"]["status"] == "Accepted"
            await charge.is_over("MasterPass")


async def cleared(lab, status):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ClearCache", {"status": status})
        assert (await lab.do("clear-cache"))["status"] == status
        assert await asked == {}


@case201("C_37", "ClearCache; the operator is told Accepted")
async def test_tc_c_37_clear_cache_accepted(lab):
    await cleared(lab, "Accepted")


@case201("C_38", "ClearCache; the operator is told Rejected")
async def test_tc_c_38_clear_cache_rejected(lab):
    await cleared(lab, "Rejected")


@pytest.mark.parametrize("kind", [*KNOWN, "Central", "NoAuthorization"])
@case201("C_08", "TransactionEvent without an Authorize: idTokenInfo Accepted, for idTokens of every type; in the book")
async def test_tc_c_08_authorization_through_the_cache_accepted(lab, kind):
    token = {**KNOWN, "Central": CENTRAL, "NoAuthorization": NO_AUTHORIZATION}[kind]
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, token=token)
        await charge.ev_connected()
        await charge.authorized(authorize=False)
        await charge.energy_started()
        kept = await charge.runs()
        assert (kept.token or "", kept.token_type, kept.status) == (token["idToken"], kind, "Accepted")


@case201("C_20", "TransactionEvent with an idToken that the cache had and the CSMS does not know: Unknown or Invalid")
async def test_tc_c_20_authorization_through_the_cache_invalid(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, token=UNKNOWN)
        await charge.ev_connected()
        told = await charge.goes_on("Authorized", token=UNKNOWN)
        assert told["idTokenInfo"]["status"] in ("Invalid", "Unknown")
        assert (await charge.runs()).status == told["idTokenInfo"]["status"]
        await charge.ends("Deauthorized", "DeAuthorized", value=None)
        await charge.is_over("DeAuthorized", energy=None)
