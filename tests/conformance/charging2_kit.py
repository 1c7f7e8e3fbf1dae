"""Charging profiles of OCPP 2.x: what the CSMS has to compose, how a station reports them, and the book of them."""

from datetime import UTC, datetime

MAX, DEFAULT, TX = "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
EXTERNAL = "ChargingStationExternalConstraints"


def schedule(limit=6.0, unit="A", *, number=1, **more):
    """A ChargingScheduleType with one period, from the begin on."""
    period = {"startPeriod": 0, "limit": limit}
    return {"id": number, "chargingRateUnit": unit, "chargingSchedulePeriod": [period], **more}


def profile(number=1, purpose=DEFAULT, *, kind="Absolute", level=0, schedules=None, **more):
    """A ChargingProfileType."""
    start = {} if kind == "Relative" else {"startSchedule": "2026-01-01T00:00:00Z"}
    return {
        "id": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedules or [schedule(number=number, **start)],
        **more,
    }


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def begins_now(text):
    """It is this moment; a little in the past, as there is to be no gap."""
    assert -30 < moment(text) - datetime.now(UTC).timestamp() <= 0
    return moment(text)


async def profile_set(lab, station, *, answer="Accepted", **params):
    """SetChargingProfile as the operator asks for it: evseId, profile and its one schedule, as they were sent."""
    asked = station.expect("SetChargingProfile", {"status": answer})
    told = await lab.do("set-charging-profile", **params)
    payload = await asked
    assert told == {"status": answer, **payload}
    assert set(payload) == {"evseId", "chargingProfile"}
    return payload["evseId"], *taken_apart(payload["chargingProfile"])


def taken_apart(sent):
    """A profile without its schedules, and the one that it has; both without their ids, which are positive."""
    sent = dict(sent)
    [one] = sent.pop("chargingSchedule")
    number, one = sent.pop("id"), dict(one)
    assert isinstance(number, int)
    assert number > 0
    assert isinstance(one.pop("id"), int)
    return number, sent, one


async def held(lab):
    """The profiles that the book has the station hold: EVSE, purpose and transaction, by id."""
    rows = await lab.records.charging_profiles.of(lab.identity)
    return {row.profile_id: (row.evse, row.purpose, row.transaction_id) for row in rows}
