"""Charging profiles of 2.1 as an operator has them set, and what an EV of ISO 15118-20 says of its needs."""

from datetime import UTC, datetime, timedelta

from scripted_station_kit import now
from story2_kit import ahead
from tariff_kit import floats

YEAR = timedelta(days=365)
POWER = 11000


def is_recent(moment):
    return abs((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()) < 30


def chosen_left_out(payload):
    """A SetChargingProfile without what the CSMS chooses by itself (ids, begin, validity), which are checked."""
    payload = floats(payload)
    profile = payload["chargingProfile"]
    [schedule] = profile["chargingSchedule"]
    number = profile.pop("id")
    assert number > 0
    assert schedule.pop("id") == number
    absolute = profile["chargingProfileKind"] in ("Absolute", "Recurring")
    if absolute:
        start = schedule.pop("startSchedule")
        assert is_recent(start)
    if absolute and profile["chargingProfilePurpose"] != "TxProfile":
        assert profile.pop("validFrom") == start
        duration = timedelta(seconds=schedule["duration"]) if "duration" in schedule else YEAR
        ends = datetime.fromisoformat(profile.pop("validTo"))
        assert abs(ends - datetime.fromisoformat(start) - duration) < timedelta(seconds=30)
    return number, payload


def profile(purpose, period, *, kind="Absolute", unit="A", schedule=None, level=0, **more):
    """A chargingProfile as it is expected, without what the CSMS chooses by itself; `period`: one, or all of them."""
    periods = period if isinstance(period, list) else [{"startPeriod": 0, **period}]
    return {
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [{"chargingRateUnit": unit, "chargingSchedulePeriod": periods, **(schedule or {})}],
        **more,
    }


async def profile_set(lab, station, evse, wanted, *, answer="Accepted", **params):
    """SetChargingProfile as the operator asks for it: nothing but `wanted`, and in the book if the station takes it."""
    asked = station.expect("SetChargingProfile", {"status": answer})
    told = await lab.do("set-charging-profile", **params)
    sent = await asked
    number, payload = chosen_left_out(sent)
    assert payload == {"evseId": evse, "chargingProfile": wanted}
    assert told["status"] == answer
    row = await lab.records.charging_profiles.get(lab.identity, number)
    assert (row is not None) == (answer == "Accepted")
    if row is not None:
        assert (row.evse, row.purpose, row.kind) == (
            evse,
            wanted["chargingProfilePurpose"],
            wanted["chargingProfileKind"],
        )
        assert floats(row.profile) == floats(sent["chargingProfile"])
    return number


def tx_profile(charge, period, *, unit="W", **more):
    """A TxProfile as it is expected for this transaction."""
    return profile("TxProfile", period, unit=unit, transactionId=charge.id, **more)


async def tx_profile_set(charge, period, *, unit="W", **params):
    """As an operator sets it; nothing is said of the transaction, as only one runs."""
    given = {"periods": period} if isinstance(period, list) else period
    kind = {"kind": "Dynamic"} if "dynUpdateInterval" in params else {}
    said = {name: value for name, value in params.items() if name != "id"}
    wanted = tx_profile(charge, period, unit=unit, **kind, **said)
    params |= {"purpose": "TxProfile", "chargingRateUnit": unit}
    return await profile_set(charge.lab, charge.station, charge.evse, wanted, **params, **given)


# --- EVs of ISO 15118-20 ----------------------------------------------------------------------------------------------


def needs(mode="AC_three_phase", *, minutes=120, power=POWER, **more):
    """A NotifyEVChargingNeeds with control by a schedule; it leaves after so many minutes."""
    return {
        "evseId": 1,
        "maxScheduleTuples": 12,
        "timestamp": now(),
        "chargingNeeds": {
            "requestedEnergyTransfer": mode,
            "availableEnergyTransfer": [mode],
            "controlMode": "ScheduledControl",
            "mobilityNeedsMode": "EVCC",
            "departureTime": ahead(minutes),
            "v2xChargingParameters": {"maxChargePower": power, "minChargePower": 1400, "evTargetEnergyRequest": 20000},
            **more,
        },
    }


def schedule_by(charge, limit=POWER, **period):
    """The schedule that the CSMS makes for such an EV, where nothing else limits it."""
    return tx_profile(charge, {"limit": limit, **period}, level=1)


async def negotiated(charge, wanted, *, status="Accepted", **more):
    """The EV tells its needs; the CSMS answers, and sends a schedule by itself: the profile's id, and the schedule."""
    asked = charge.station.expect("SetChargingProfile", {"status": "Accepted"})
    assert await charge.station.says("NotifyEVChargingNeeds", **needs(**more)) == {"status": status}
    return await sent_by_itself(asked, wanted)


async def sent_by_itself(asked, wanted):
    """What the CSMS has sent, nobody having asked for it."""
    sent = await asked
    number, payload = chosen_left_out(sent)
    assert payload == {"evseId": 1, "chargingProfile": wanted}
    return number, floats(sent["chargingProfile"]["chargingSchedule"][0])


async def ev_chooses(charge, schedule, *, status="Accepted", limit=None):
    """NotifyEVChargingSchedule with what the EV makes of the schedule that it was given."""
    periods = [{**one, **({} if limit is None else {"limit": limit})} for one in schedule["chargingSchedulePeriod"]]
    told = await charge.station.says(
        "NotifyEVChargingSchedule",
        evseId=1, timeBase=schedule["startSchedule"], selectedChargingScheduleId=schedule["id"],
        chargingSchedule={
            "id": schedule["id"], "chargingRateUnit": schedule["chargingRateUnit"], "duration": 3600,
            "chargingSchedulePeriod": periods,
        },
    )  # fmt: skip
    assert told["status"] == status
