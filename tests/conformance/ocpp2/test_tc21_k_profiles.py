"""K and Q, smart charging of 2.1: what profiles can say beyond 2.0.1, dynamic ones, priority, limits from outside."""

from cases21 import case21
from charging21_kit import profile, profile_set, tx_profile_set
from device_kit import reported
from lab2_kit import VALID
from story2_kit import Charge, booted
from tariff_kit import floats, held

DEFAULT = "TxDefaultProfile"
HIGHEST = 1_000_000_000
"""MaxExternalConstraintsId."""


@case21("K_100", "maxOfflineDuration and invalidAfterOfflineDuration true; the whole profile, and in the book")
async def test_tc21_k_100_max_offline_duration(lab):
    async with lab.station() as station:
        await booted(station)
        offline = {"maxOfflineDuration": 600, "invalidAfterOfflineDuration": True}
        wanted = profile(DEFAULT, {"limit": 6}, **offline)
        await profile_set(lab, station, 1, wanted, evseId=1, purpose=DEFAULT, limit=6, **offline)


@case21("K_102", "chargingSchedule.limitAtSoC; the whole profile, and in the book")
async def test_tc21_k_102_limit_at_soc(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        at_soc = {"soc": 80, "limit": 4000}
        wanted = profile(
            "TxProfile", {"limit": 11000}, unit="W", schedule={"limitAtSoC": at_soc}, transactionId=charge.id
        )
        given = {"purpose": "TxProfile", "chargingRateUnit": "W", "limit": 11000}
        await profile_set(lab, station, 1, wanted, limitAtSoC=at_soc, **given)


@case21("K_104", "chargingProfilePurpose PriorityCharging; the whole profile, and in the book")
async def test_tc21_k_104_priority_charging(lab):
    async with lab.station() as station:
        await booted(station)
        wanted = profile("PriorityCharging", {"limit": 32, "numberPhases": 3})
        await profile_set(lab, station, 0, wanted, purpose="PriorityCharging", limit=32, numberPhases=3)


@case21("K_106", "useLocalTime true and randomizedDelay above 0; the whole profile, and in the book")
async def test_tc21_k_106_randomized_delay(lab):
    async with lab.station() as station:
        await booted(station)
        local = {"useLocalTime": True, "randomizedDelay": 300}
        wanted = profile(
            DEFAULT, {"limit": 6}, kind="Recurring", recurrencyKind="Daily", schedule={**local, "duration": 3600}
        )
        asked = {"recurrencyKind": "Daily", "duration": 3600, "limit": 6, **local}
        start, until = "2026-01-01T18:00:00Z", "2036-01-01T00:00:00Z"
        sent = station.expect("SetChargingProfile", {"status": "Accepted"})
        told = await lab.do("set-charging-profile", **asked, startSchedule=start, validTo=until, id=7)
        wanted |= {"id": 7, "validFrom": start, "validTo": until}
        wanted["chargingSchedule"][0] |= {"id": 7, "startSchedule": start}
        assert floats(await sent) == {"evseId": 0, "chargingProfile": wanted}
        assert told["status"] == "Accepted"
        row = await lab.records.charging_profiles.get(lab.identity, 7)
        assert (row.evse, row.purpose, floats(row.profile)) == (0, DEFAULT, wanted)


@case21("E_117", "SetChargingProfile; after a loss of power and TxResumed the same profile is sent again by itself")
async def test_tc21_e_117_resumed_transaction_gets_its_profile(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        number = await tx_profile_set(charge, {"limit": 5000})
        kept = (await lab.records.charging_profiles.get(lab.identity, number)).profile
        await station.loses_its_connection()
    async with lab.station() as station:
        assert (await station.boots("PowerUp"))["status"] == "Accepted"
        await station.reports("StartupOfTheDevice")
        await station.connector("Occupied")
        charge.station = station
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        assert await charge.event("Updated", "TxResumed", state="EVConnected") == {}
        assert floats(await asked) == {"evseId": 1, "chargingProfile": floats(kept)}
        await charge.event("Updated", "ChargingStateChanged", state="Charging")
        await charge.runs()


@case21(
    "K_118", "UsePriorityCharging with transactionId and activate true; NotifyPriorityCharging answered; in the book"
)
async def test_tc21_k_118_priority_charging_remotely(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        for activate, answer in ((True, "NoProfile"), (True, "Accepted"), (False, "Accepted")):
            asked = station.expect("UsePriorityCharging", {"status": answer})
            told = await lab.do("use-priority-charging", **({} if activate else {"activate": False}))
            wanted = {"transactionId": charge.id, "activate": activate}
            assert await asked == wanted
            assert told == {"status": answer, **wanted}
            known = (await held(lab, "priority", "ocpp21.smart_charging") or {}).get(charge.id)
            assert (known and known["activated"]) == (None if answer == "NoProfile" else activate)
        await station.tells("NotifyPriorityCharging", transactionId=charge.id, activated=True)
        assert (await held(lab, "priority", "ocpp21.smart_charging"))[charge.id]["activated"] is True
        await charge.event("Updated", "ChargingRateChanged")


async def pulls(station, number):
    return floats(await station.says("PullDynamicScheduleUpdate", chargingProfileId=number))


@case21("K_121", "A Dynamic profile with dynUpdateInterval; PullDynamicScheduleUpdate gets what it says now, then anew")
async def test_tc21_k_121_dynamic_profile_pulled(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        number = await tx_profile_set(charge, {"limit": 5000}, dynUpdateInterval=60)
        assert await pulls(station, number) == {"status": "Accepted", "scheduleUpdate": {"limit": 5000}}
        told = await lab.do("update-dynamic-schedule", limit=7400.5, send=False)
        assert told == {"status": "Kept", "chargingProfileId": number, "scheduleUpdate": {"limit": 7400.5}}
        assert await pulls(station, number) == {"status": "Accepted", "scheduleUpdate": {"limit": 7400.5}}
        assert (await pulls(station, number + 1))["status"] == "Rejected"
        absolute = await profile_set(lab, station, 1, profile(DEFAULT, {"limit": 6}), evseId=1, limit=6)
        assert (await pulls(station, absolute))["status"] == "Rejected"
        await charge.event("Updated", "ChargingRateChanged")


@case21("Q_125", "SetChargingProfile with operationMode Idle; OperationModeChanged answered, in the book")
async def test_tc21_q_125_idle(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await tx_profile_set(charge, {"limit": 0, "operationMode": "Idle", "evseSleep": True})
        await charge.event("Updated", "OperationModeChanged", info={"operationMode": "Idle"}, evseSleep=True)
        details = (await charge.runs()).details
        assert (details["operationMode"], details["evseSleep"]) == ("Idle", True)


@case21("K_109", "GetBaseReport tells MaxExternalConstraintsId; ids of profiles set afterwards are above it")
async def test_tc21_k_109_ids_above_those_of_external_limits(lab):
    report = {"reportData": [reported("SmartChargingCtrlr", "MaxExternalConstraintsId", str(HIGHEST), kind="integer")]}

    async def tells(payload):
        await station.in_parts("NotifyReport", [report], request_id=payload["requestId"])

    async with lab.station() as station:
        await booted(station)
        asked = station.answers("GetBaseReport", {"status": "Accepted"}, tells)
        assert (await lab.do("get-base-report"))["complete"]
        await station.done()
        payload = await asked
        assert payload == {"requestId": payload["requestId"], "reportBase": "FullInventory"}
        wanted = profile(DEFAULT, {"limit": 6})
        numbers = {await profile_set(lab, station, 0, wanted, limit=6) for _ in range(6)}
        assert len(numbers) == 6
        assert min(numbers) > HIGHEST, "six by chance would hardly be"


async def external_limit(lab, station):
    """Another one limits the station, which tells of it; it is in the book."""
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8000}]}
    limit = {"chargingLimitSource": "EMS", "isGridCritical": True}
    await station.tells("NotifyChargingLimit", evseId=1, chargingLimit=limit, chargingSchedule=[schedule])
    [kept] = (await lab.do("charging-limits"))["chargingLimits"]
    assert (kept["source"], kept["evseId"], kept["isGridCritical"]) == ("EMS", 1, True)
    assert floats(kept["chargingSchedule"][0]["chargingSchedulePeriod"]) == schedule["chargingSchedulePeriod"]


async def external_control(lab, period):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station, token=VALID).charging()
        await external_limit(lab, station)
        await tx_profile_set(charge, period)
        await charge.event("Updated", "OperationModeChanged", info={"operationMode": period["operationMode"]})
        assert (await charge.runs()).details["operationMode"] == period["operationMode"]
        await station.tells("ClearedChargingLimit", chargingLimitSource="EMS", evseId=1)
        assert (await lab.do("charging-limits"))["chargingLimits"] == []


@case21(
    "Q_111",
    "While a limit from outside holds, SetChargingProfile with ExternalSetpoint and setpoint; the limit in the book",
)
async def test_tc21_q_111_external_control_with_setpoint(lab):
    await external_control(lab, {"setpoint": -4000, "operationMode": "ExternalSetpoint"})


@case21(
    "Q_112",
    "While a limit from outside holds, SetChargingProfile with ExternalLimits and limits; the limit in the book",
)
async def test_tc21_q_112_external_control_with_limit(lab):
    await external_control(lab, {"limit": 6000, "dischargeLimit": -6000, "operationMode": "ExternalLimits"})
