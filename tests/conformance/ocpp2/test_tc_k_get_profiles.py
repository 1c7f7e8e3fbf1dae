"""K, smart charging: what a station holds, reported, cleared, put together; and the limits of others."""

import pytest
from cases201 import case201
from charging2_kit import DEFAULT, EXTERNAL, MAX, held, profile, schedule
from later_kit import comes
from story2_kit import Charge, booted

ACCEPTED = {"status": "Accepted"}
DURATION, SOURCE = 300, "EMS"


@pytest.mark.parametrize("unit", ["A", "W"])
@case201("K_43", "evseId, duration, chargingRateUnit as configured; the operator is told the station's schedule")
async def test_tc_k_43_composite_schedule_of_evse(lab, unit):
    await composite(lab, 1, unit)


@pytest.mark.parametrize("unit", ["A", "W"])
@case201("K_44", "evseId 0, duration, chargingRateUnit as configured; the operator is told the station's schedule")
async def test_tc_k_44_composite_schedule_of_station(lab, unit):
    await composite(lab, 0, unit)


async def composite(lab, evse, unit):
    periods = [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}, {"startPeriod": 150, "limit": 6.0}]
    found = {
        "evseId": evse,
        "duration": DURATION,
        "scheduleStart": "2026-11-20T12:00:00Z",
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": periods,
    }
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetCompositeSchedule", {**ACCEPTED, "schedule": found})
        told = await lab.do("get-composite-schedule", evseId=evse, duration=DURATION, chargingRateUnit=unit)
        assert await asked == {"evseId": evse, "duration": DURATION, "chargingRateUnit": unit}
        assert (told["status"], told["schedule"]) == ("Accepted", found)


async def reported(lab, wanted, *parts, **params):
    """GetChargingProfiles with `wanted`; the station tells `parts`: EVSE, source and profiles of each message."""

    async def report(payload):
        for number, (evse, source, profiles) in enumerate(parts):
            more = {"tbc": True} if number < len(parts) - 1 else {}
            await station.tells(
                "ReportChargingProfiles",
                requestId=payload["requestId"], chargingLimitSource=source, evseId=evse, chargingProfile=profiles,
                **more,
            )  # fmt: skip

    async with lab.station() as station:
        await booted(station)
        asked = station.answers("GetChargingProfiles", ACCEPTED, report)
        told = await lab.do("get-charging-profiles", **params)
        payload = await asked
        number = payload.pop("requestId")
        assert number > 0
        assert payload == wanted
        rows = [
            {"evseId": evse, "chargingLimitSource": source, "chargingProfile": one}
            for evse, source, profiles in parts
            for one in profiles
        ]
        assert told == {"status": "Accepted", "requestId": number, "complete": True, "chargingProfiles": rows}
        places = {one["id"]: (evse, one["chargingProfilePurpose"]) for evse, _, some in parts for one in some}
        assert {one: found[:2] for one, found in (await held(lab)).items()} == places


ONE, TWO, THREE = profile(1), profile(2, MAX), profile(3, level=3)


@case201("K_29", "evseId 0, chargingProfilePurpose as configured; both parts of the report told, and in the book")
async def test_tc_k_29_profiles_of_evse_0(lab):
    wanted = {"evseId": 0, "chargingProfile": {"chargingProfilePurpose": MAX}}
    parts = (0, "CSO", [TWO]), (0, "CSO", [profile(4, MAX, level=1)])
    await reported(lab, wanted, *parts, evseId=0, purpose=MAX)


@case201("K_30", "evseId as configured, no criteria; the report told to the operator, and in the book")
async def test_tc_k_30_profiles_of_evse(lab):
    await reported(lab, {"evseId": 1, "chargingProfile": {}}, (1, "CSO", [ONE, THREE]), evseId=1)


@case201("K_31", "evseId omitted; the reports of the station and of an EVSE told to the operator, and in the book")
async def test_tc_k_31_profiles_of_all(lab):
    await reported(lab, {"chargingProfile": {}}, (0, "CSO", [TWO]), (1, "CSO", [ONE]), (2, "SO", [THREE]))


@case201("K_32", "requestId and chargingProfileId, no other criteria; the report told, and in the book")
async def test_tc_k_32_profiles_by_id(lab):
    await reported(lab, {"chargingProfile": {"chargingProfileId": [3]}}, (1, "CSO", [THREE]), chargingProfileId=3)


@case201("K_33", "evseId and stackLevel as configured; the report told to the operator, and in the book")
async def test_tc_k_33_profiles_by_stack_level(lab):
    wanted = {"evseId": 1, "chargingProfile": {"stackLevel": 3}}
    await reported(lab, wanted, (1, "CSO", [THREE]), evseId=1, stackLevel=3)


@case201("K_34", "evseId and chargingLimitSource as configured; the report told to the operator, and in the book")
async def test_tc_k_34_profiles_by_limit_source(lab):
    wanted = {"evseId": 1, "chargingProfile": {"chargingLimitSource": ["CSO"]}}
    await reported(lab, wanted, (1, "CSO", [ONE]), evseId=1, chargingLimitSource="CSO")


@case201("K_35", "evseId and chargingProfilePurpose as configured; the report told to the operator, and in the book")
async def test_tc_k_35_profiles_by_purpose(lab):
    wanted = {"evseId": 1, "chargingProfile": {"chargingProfilePurpose": DEFAULT}}
    await reported(lab, wanted, (1, "CSO", [ONE, THREE]), evseId=1, purpose=DEFAULT)


@case201("K_36", "evseId, chargingProfilePurpose and stackLevel as configured; the report told, and in the book")
async def test_tc_k_36_profiles_by_purpose_and_stack_level(lab):
    wanted = {"evseId": 1, "chargingProfile": {"chargingProfilePurpose": DEFAULT, "stackLevel": 3}}
    await reported(lab, wanted, (1, "CSO", [THREE]), evseId=1, purpose=DEFAULT, stackLevel=3)


async def cleared(lab, station, *, answer="Accepted", **params):
    asked = station.expect("ClearChargingProfile", {"status": answer})
    assert await lab.do("clear-charging-profile", **params) == {"status": answer}
    return await asked


async def three_set(lab, station):
    """TxDefaultProfiles of stackLevels 0 to 2 on EVSE 1; their ids."""
    numbers = []
    for level in range(3):
        asked = station.expect("SetChargingProfile", ACCEPTED)
        await lab.do("set-charging-profile", evseId=1, limit=6.0, stackLevel=level)
        sent = (await asked)["chargingProfile"]
        assert (sent["stackLevel"], sent["chargingProfilePurpose"]) == (level, DEFAULT)
        numbers.append(sent["id"])
    assert set(await held(lab)) == set(numbers)
    assert len(set(numbers)) == 3
    return numbers


@case201("K_05", "ClearChargingProfile with chargingProfileId alone; that one is gone from the book")
async def test_tc_k_05_clear_by_id(lab):
    async with lab.station() as station:
        await booted(station)
        first, *others = await three_set(lab, station)
        assert await cleared(lab, station, id=first) == {"chargingProfileId": first}
        assert set(await held(lab)) == set(others)


@case201("K_06", "chargingProfileCriteria: evseId, TxDefaultProfile, stackLevel, no id; that one is gone from the book")
async def test_tc_k_06_clear_by_criteria(lab):
    async with lab.station() as station:
        await booted(station)
        *others, last = await three_set(lab, station)
        payload = await cleared(lab, station, evseId=1, purpose=DEFAULT, stackLevel=2)
        criteria = {"evseId": 1, "chargingProfilePurpose": DEFAULT, "stackLevel": 2}
        assert payload == {"chargingProfileCriteria": criteria}
        assert set(await held(lab)) == set(others) - {last}


@case201("K_08", "ClearChargingProfile by criteria as in K_06: Unknown is told to the operator; the book has none")
async def test_tc_k_08_clear_without_profile(lab):
    async with lab.station() as station:
        await booted(station)
        payload = await cleared(lab, station, answer="Unknown", evseId=1, purpose=DEFAULT, stackLevel=0)
        criteria = {"evseId": 1, "chargingProfilePurpose": DEFAULT, "stackLevel": 0}
        assert payload == {"chargingProfileCriteria": criteria}
        assert await held(lab) == {}


# --- limits of others -------------------------------------------------------------------------------------------------


async def limited(lab, station, **place):
    """NotifyChargingLimit, and what the broker tells of it."""
    one = schedule(16.0, startSchedule="2026-11-20T12:00:00Z", duration=3600)
    limit = {"chargingLimitSource": SOURCE, "isGridCritical": False}
    await station.tells("NotifyChargingLimit", chargingLimit=limit, chargingSchedule=[one], **place)
    one.pop("id")
    known = {"source": SOURCE, **place, "isGridCritical": False, "isLocalGeneration": False, "chargingSchedule": [one]}
    await comes(lambda: limits(lab), [known])


async def limits(lab):
    """The limits that are known, but for since when."""
    told = await lab.do("charging-limits")
    assert told["chargingNeeds"] == []
    assert all(one.pop("since") for one in told["chargingLimits"])
    return told["chargingLimits"]


@pytest.mark.parametrize("place", [{}, {"evseId": 1}])
@case201("K_48", "NotifyChargingLimit answered; the limit and its schedule told to the operator")
async def test_tc_k_48_external_limit(lab, place):
    async with lab.station() as station:
        await booted(station)
        await limited(lab, station, **place)


@case201("K_50", "ClearedChargingLimit answered; the limit is no longer known")
async def test_tc_k_50_external_limit_released(lab):
    async with lab.station() as station:
        await booted(station)
        await limited(lab, station)
        await station.tells("ClearedChargingLimit", chargingLimitSource=SOURCE)
        await comes(lambda: limits(lab), [])


@case201("K_51", "ClearedChargingLimit and TransactionEvent(ChargingRateChanged) answered; the transaction runs on")
async def test_tc_k_51_external_limit_released_in_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await limited(lab, station, evseId=1)
        assert await charge.event("Updated", "ChargingRateChanged") == {}
        await station.tells("ClearedChargingLimit", chargingLimitSource=SOURCE, evseId=1)
        assert await charge.event("Updated", "ChargingRateChanged") == {}
        await charge.runs()
        await comes(lambda: limits(lab), [])


@case201(
    "K_52", "GetChargingProfiles with evseId and chargingLimitSource; the constraints reported told, and in the book"
)
async def test_tc_k_52_external_constraints_reported(lab):
    wanted = {"evseId": 1, "chargingProfile": {"chargingLimitSource": [SOURCE]}}
    part = (1, SOURCE, [profile(1_000_001, EXTERNAL)])
    await reported(lab, wanted, part, evseId=1, chargingLimitSource=SOURCE)
