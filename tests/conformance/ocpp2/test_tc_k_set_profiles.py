"""K, smart charging: profiles that the CSMS composes, of the few things that an operator says."""

import pytest
from cases201 import case201
from charging2_kit import DEFAULT, MAX, TX, begins_now, held, moment, profile_set
from e2e_kit import Refused
from lab2_kit import VALID
from ocpp.exceptions import NotSupportedError
from story2_kit import Charge, booted

DURATION, LEVEL, YEAR = 300, 2, 365 * 86_400
UNITS = pytest.mark.parametrize(("unit", "limit"), [("A", 6.0), ("W", 6000.0)])


def is_default(profile, one, *, unit="A", limit=6.0, level=LEVEL):
    """TxDefaultProfile, Absolute, from now on for the duration."""
    begin = begins_now(one["startSchedule"])
    assert moment(profile["validFrom"]) == begin
    assert moment(profile["validTo"]) == begin + DURATION
    assert profile == {
        "stackLevel": level,
        "chargingProfilePurpose": DEFAULT,
        "chargingProfileKind": "Absolute",
        "validFrom": profile["validFrom"],
        "validTo": profile["validTo"],
    }
    assert one == {
        "startSchedule": one["startSchedule"],
        "chargingRateUnit": unit,
        "duration": DURATION,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }


async def default_set(lab, station, evse, *, unit="A", limit=6.0, **more):
    """The operator sets a TxDefaultProfile; its id."""
    params = {"evseId": evse, "limit": limit, "chargingRateUnit": unit, "duration": DURATION, "stackLevel": LEVEL}
    sent_to, number, profile, one = await profile_set(lab, station, **params, **more)
    assert sent_to == evse
    is_default(profile, one, unit=unit, limit=limit)
    return number


@UNITS
@case201(
    "K_01",
    "evseId, stackLevel, TxDefaultProfile, Absolute, validFrom now, validTo and duration as configured, startSchedule, "
    "the unit, one period from 0 with its limit; in the book",
)
async def test_tc_k_01_default_profile_of_evse(lab, unit, limit):
    async with lab.station() as station:
        await booted(station)
        number = await default_set(lab, station, 1, unit=unit, limit=limit)
        assert await held(lab) == {number: (1, DEFAULT, None)}


@case201("K_10", "evseId 0, and all the rest as in K_01; in the book")
async def test_tc_k_10_default_profile_of_all_evses(lab):
    async with lab.station() as station:
        await booted(station)
        number = await default_set(lab, station, 0)
        assert await held(lab) == {number: (0, DEFAULT, None)}


@pytest.mark.parametrize("kind", ["Absolute", "Relative"])
@case201(
    "K_60",
    "TxProfile with transactionId and evseId of the transaction that runs, found by the CSMS; startSchedule if "
    "Absolute, none if Relative; gone from the book with the transaction",
)
async def test_tc_k_60_tx_profile_of_the_transaction(lab, kind):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station, evse=2).charging()
        evse, number, profile, one = await profile_set(lab, station, purpose=TX, kind=kind, limit=6.0)
        assert evse == 2
        assert profile == {
            "stackLevel": 0,
            "chargingProfilePurpose": TX,
            "chargingProfileKind": kind,
            "transactionId": charge.id,
        }
        if kind == "Absolute":
            begins_now(one.pop("startSchedule"))
        assert one == {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
        assert await held(lab) == {number: (2, TX, charge.id)}
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        assert await held(lab) == {}


async def max_set(lab, station, **more):
    """The operator sets a ChargingStationMaxProfile; its id."""
    evse, number, profile, one = await profile_set(lab, station, purpose=MAX, duration=DURATION, stackLevel=1, **more)
    assert evse == 0
    begin = begins_now(one["startSchedule"])
    assert (moment(profile["validFrom"]), moment(profile["validTo"])) == (begin, begin + DURATION)
    assert profile == {
        "stackLevel": 1,
        "chargingProfilePurpose": MAX,
        "chargingProfileKind": "Absolute",
        "validFrom": profile["validFrom"],
        "validTo": profile["validTo"],
    }
    limit, unit = more["limit"], more.get("chargingRateUnit", "A")
    assert one == {
        "startSchedule": one["startSchedule"],
        "chargingRateUnit": unit,
        "duration": DURATION,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    return number


@UNITS
@case201("K_03", "evseId 0, ChargingStationMaxProfile, Absolute, unit, duration, one period from 0; in the book")
async def test_tc_k_03_station_max_profile(lab, unit, limit):
    async with lab.station() as station:
        await booted(station)
        number = await max_set(lab, station, limit=limit, chargingRateUnit=unit)
        assert await held(lab) == {number: (0, MAX, None)}


@pytest.mark.parametrize("recurrency", ["Daily", "Weekly"])
@case201(
    "K_19", "TxDefaultProfile, Recurring, recurrencyKind as configured, startSchedule, periods from 0; in the book"
)
async def test_tc_k_19_recurring_profile(lab, recurrency):
    periods = [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 3600, "limit": 6.0, "numberPhases": 1}]
    async with lab.station() as station:
        await booted(station)
        evse, number, profile, one = await profile_set(
            lab, station, evseId=1, stackLevel=LEVEL, recurrencyKind=recurrency, periods=periods, duration=7200
        )
        assert evse == 1
        begin = begins_now(one["startSchedule"])
        assert moment(profile["validFrom"]) == begin
        assert abs(moment(profile["validTo"]) - begin - YEAR) < 30
        assert profile == {
            "stackLevel": LEVEL,
            "chargingProfilePurpose": DEFAULT,
            "chargingProfileKind": "Recurring",
            "recurrencyKind": recurrency,
            "validFrom": profile["validFrom"],
            "validTo": profile["validTo"],
        }
        assert one == {
            "startSchedule": one["startSchedule"],
            "chargingRateUnit": "A",
            "duration": 7200,
            "chargingSchedulePeriod": periods,
        }
        assert await held(lab) == {number: (1, DEFAULT, None)}


@case201("K_15", "SetChargingProfile as in K_01; NotSupported, and Rejected, told to the operator; none in the book")
async def test_tc_k_15_not_supported(lab):
    params = {"evseId": 1, "limit": 6.0, "duration": DURATION, "stackLevel": LEVEL}
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetChargingProfile", NotSupportedError())
        with pytest.raises(Refused) as refused:
            await lab.do("set-charging-profile", **params)
        assert refused.value.code == "NotSupported"
        assert (await asked)["evseId"] == 1
        _, _, profile, one = await profile_set(lab, station, answer="Rejected", **params)
        is_default(profile, one)
        assert await held(lab) == {}


@case201(
    "K_70", "A TxDefaultProfile and a ChargingStationMaxProfile, both Absolute, with ids of their own; in the book"
)
async def test_tc_k_70_several_profiles(lab):
    async with lab.station() as station:
        await booted(station)
        first = await default_set(lab, station, 1)
        second = await max_set(lab, station, limit=32.0)
        assert first != second
        assert await held(lab) == {first: (1, DEFAULT, None), second: (0, MAX, None)}


@pytest.mark.parametrize(("unit", "before", "after"), [("A", 8.0, 6.0), ("W", 8000.0, 6000.0)])
@case201("K_04", "A limit of 8, then one of 6 with the same id: the one takes the other's place in the book")
async def test_tc_k_04_replace_profile(lab, unit, before, after):
    async with lab.station() as station:
        await booted(station)
        number = await default_set(lab, station, 1, unit=unit, limit=before)
        assert await default_set(lab, station, 1, unit=unit, limit=after, id=number) == number
        [row] = await lab.records.charging_profiles.of(lab.identity)
        assert row.profile_id == number
        assert row.profile["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": after}]


@case201(
    "K_37",
    "RequestStartTransaction: idToken, evseId, a TxProfile without transactionId, one period from 0; the transaction "
    "that names its remoteStartId Accepted, and the profile is its own in the book",
)
async def test_tc_k_37_remote_start_with_profile(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("RequestStartTransaction", {"status": "Accepted"})
        told = await lab.do("remote-start", idToken=VALID, evseId=1, limit=6.0)
        payload = await asked
        number, sent = payload.pop("remoteStartId"), payload.pop("chargingProfile")
        assert told == {"status": "Accepted", "remoteStartId": number, "chargingProfileId": sent["id"]}
        assert payload == {"idToken": VALID, "evseId": 1}
        assert sent == {
            "id": sent["id"],
            "stackLevel": 0,
            "chargingProfilePurpose": TX,
            "chargingProfileKind": "Relative",
            "chargingSchedule": [
                {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
            ],
        }
        charge = Charge(lab, station)
        begun = await charge.goes_on("RemoteStart", token=VALID, info={"remoteStartId": number})
        assert begun["idTokenInfo"]["status"] == "Accepted"
        await charge.ev_connected()
        await charge.energy_started()
        await charge.runs()
        assert await held(lab) == {sent["id"]: (1, TX, charge.id)}
