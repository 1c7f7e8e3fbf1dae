"""Smart Charging: profiles that the CSMS composes, with as little from the operator as a lab would say."""

from datetime import UTC, datetime

import pytest
from cases16 import case
from lab_kit import IDENTITY, VALID
from story_kit import booted, charging, runs, started, stopped

ACCEPTED = {"status": "Accepted"}
CONNECTOR, STACK_LEVEL, DURATION = 1, 0, 300


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def one_period(schedule):
    """Ascending from 0, which one period is where it is 0; `phaseToUse` is of 2.x."""
    (period,) = schedule["chargingSchedulePeriod"]
    assert period["startPeriod"] == 0
    assert period.get("numberPhases", 3) == 3
    assert set(period) <= {"startPeriod", "limit", "numberPhases"}
    return period


async def held(lab):
    """The profiles that the book has the station hold, by id."""
    return {row.profile_id: row for row in await lab.records.charging_profiles.of(IDENTITY)}


@pytest.mark.parametrize(("unit", "limit"), [("A", 6.0), ("W", 6000.0)])
@case("056", "TxDefaultProfile, Absolute, validFrom, validTo, startSchedule; limit 6.0 A or 6000.0 W; in the book")
async def test_tc_056_tx_default_profile(lab, unit, limit):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetChargingProfile", ACCEPTED)
        told = await lab.do(
            "set-charging-profile", connectorId=CONNECTOR, limit=limit, chargingRateUnit=unit, duration=DURATION
        )
        payload = await asked
        assert payload["connectorId"] == 1
        profile, schedule = payload["csChargingProfiles"], payload["csChargingProfiles"]["chargingSchedule"]
        assert (profile["stackLevel"], profile["chargingProfilePurpose"]) == (0, "TxDefaultProfile")
        assert profile["chargingProfileKind"] == "Absolute"
        assert "transactionId" not in profile
        assert "recurrencyKind" not in profile
        assert moment(profile["validFrom"]) <= datetime.now(UTC).timestamp() < moment(profile["validTo"])
        assert abs(moment(schedule["startSchedule"]) - datetime.now(UTC).timestamp()) < 30
        assert (schedule["chargingRateUnit"], schedule["duration"]) == (unit, 300)
        assert one_period(schedule)["limit"] == limit
        assert told["status"] == "Accepted"
        row = (await held(lab))[profile["chargingProfileId"]]
        assert (row.evse, row.purpose, row.kind, row.stack_level) == (1, "TxDefaultProfile", "Absolute", 0)


@case("057", "TxProfile of the running transaction, whose id the CSMS knows; gone from the book with it")
async def test_tc_057_tx_profile(lab):
    async with lab.station() as station:
        await booted(station)
        transaction = await charging(station)
        asked = station.expect("SetChargingProfile", ACCEPTED)
        await lab.do("set-charging-profile", connectorId=CONNECTOR, purpose="TxProfile", limit=6)
        payload = await asked
        profile = payload["csChargingProfiles"]
        assert payload["connectorId"] == 1
        assert (profile["chargingProfilePurpose"], profile["transactionId"]) == ("TxProfile", transaction)
        assert profile["stackLevel"] == STACK_LEVEL
        assert one_period(profile["chargingSchedule"])["limit"] == 6
        row = (await held(lab))[profile["chargingProfileId"]]
        assert row.transaction_id == str(transaction)
        await stopped(station, transaction, "Local", idTag=VALID)
        assert await held(lab) == {}


@case("066", "connectorId, duration, chargingRateUnit as configured; the operator is told the station's schedule")
async def test_tc_066_get_composite_schedule(lab):
    async with lab.station() as station:
        await booted(station)
        schedule = {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 150, "limit": 6.0}],
        }
        answer = {"connectorId": 1, "scheduleStart": "2026-11-20T12:00:00Z", "chargingSchedule": schedule}
        asked = station.expect("GetCompositeSchedule", {**ACCEPTED, **answer})
        told = await lab.do("get-composite-schedule", connectorId=CONNECTOR, duration=DURATION, chargingRateUnit="A")
        assert await asked == {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"}
        assert {name: told[name] for name in ("status", *answer)} == {**ACCEPTED, **answer}


@case("067", "Three TxDefaultProfiles of stackLevels n, n+1, n+2; cleared by id alone, by criteria without id, and all")
async def test_tc_067_clear_charging_profile(lab):
    async with lab.station() as station:
        await booted(station)
        ids = []
        for level in (0, 1, 2):
            asked = station.expect("SetChargingProfile", ACCEPTED)
            await lab.do("set-charging-profile", connectorId=CONNECTOR, limit=6, stackLevel=level)
            profile = (await asked)["csChargingProfiles"]
            assert (profile["stackLevel"], profile["chargingProfilePurpose"]) == (level, "TxDefaultProfile")
            ids.append(profile["chargingProfileId"])
        assert sorted(await held(lab)) == sorted(set(ids))
        assert await cleared(lab, station, id=ids[0]) == {"id": ids[0]}
        assert sorted(await held(lab)) == sorted(ids[1:])
        criteria = {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}
        assert await cleared(lab, station, **criteria) == criteria
        assert sorted(await held(lab)) == ids[2:]
        assert await cleared(lab, station) == {}
        assert await held(lab) == {}


async def cleared(lab, station, **criteria):
    asked = station.expect("ClearChargingProfile", ACCEPTED)
    assert await lab.do("clear-charging-profile", **criteria) == ACCEPTED
    return await asked


@case("059", "RemoteStartTransaction with a TxProfile without a transactionId, Relative, from 0; Start Accepted")
async def test_tc_059_remote_start_with_charging_profile(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("RemoteStartTransaction", ACCEPTED)
        assert (await lab.do("remote-start", idTag=VALID, connectorId=CONNECTOR, limit=6))["status"] == "Accepted"
        payload = await asked
        assert (payload["idTag"], payload["connectorId"]) == ("TAG-VALID", 1)
        profile = payload["chargingProfile"]
        assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"]) == ("TxProfile", "Relative")
        assert profile["stackLevel"] == STACK_LEVEL
        assert "transactionId" not in profile
        assert "startSchedule" not in profile["chargingSchedule"]
        assert one_period(profile["chargingSchedule"])["limit"] == 6
        assert (await station.authorizes(payload["idTag"]))["status"] == "Accepted"
        await station.status("Preparing")
        transaction = await started(station, payload["idTag"])
        await station.status("Charging")
        await runs(lab, transaction)
        row = (await held(lab))[profile["chargingProfileId"]]
        assert (row.purpose, row.transaction_id) == ("TxProfile", str(transaction))
