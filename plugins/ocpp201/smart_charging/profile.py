"""A charging profile of 2.x composed from the few things that an operator says (part 2, ChargingProfileType, K01)."""

import math
from typing import Any

from plugins.ocpp201.smart_charging.params import PeriodWanted, ProfileWanted, Rates, ScheduleWanted
from plugins.shared import values

_RATES = tuple(Rates.model_fields)
_SCHEDULE = tuple(name for name in ScheduleWanted.model_fields if name not in {*_RATES, "periods", "startSchedule"})
_PROFILE = (
    *("recurrencyKind", "maxOfflineDuration", "invalidAfterOfflineDuration"),
    *("dynUpdateInterval", "dynUpdateTime", "priceScheduleSignature"),
)
#: They are the whole of what is left to say where the schedules are given.
SCHEDULE_MEMBERS = frozenset(ScheduleWanted.model_fields)


def composed(
    wanted: ProfileWanted, *, number: int, transaction: str | None, now: float, valid_days: float
) -> dict[str, Any]:
    """The chargingProfile for what is wanted. Members that are neither said nor needed are left out.

    `number` and `transaction` are for what the operator does not say. ValueError: it is said twice, or not at all.
    """
    kind = wanted.kind or _kind(wanted)
    number = number if wanted.id is None else wanted.id
    schedules, start = _schedules(wanted, kind, number, now)
    valid_from, valid_to = _validity(wanted, kind, start, now, valid_days)
    profile = {
        "id": number,
        "stackLevel": wanted.stackLevel,
        "chargingProfilePurpose": wanted.purpose,
        "chargingProfileKind": kind,
        "validFrom": valid_from,
        "validTo": valid_to,
        "transactionId": transaction if wanted.transactionId is None else wanted.transactionId,
        "chargingSchedule": schedules,
        **{name: getattr(wanted, name) for name in _PROFILE},
    }
    return given(profile)


def given(members: dict[str, Any]) -> dict[str, Any]:
    """Without those that are not there."""
    return {name: value for name, value in members.items() if value is not None}


def _kind(wanted: ProfileWanted) -> str:
    if wanted.recurrencyKind is not None:
        return "Recurring"
    return "Dynamic" if wanted.dynUpdateInterval is not None else "Absolute"


def _schedules(wanted: ProfileWanted, kind: str, number: int, now: float) -> tuple[list[dict[str, Any]], str | None]:
    """The schedules, and when the first of them starts."""
    if wanted.chargingSchedule is not None:
        said = SCHEDULE_MEMBERS & wanted.model_fields_set
        if said:
            raise ValueError(f"{', '.join(sorted(said))}: has no place beside chargingSchedule")
        first = wanted.chargingSchedule[0] if wanted.chargingSchedule else {}
        return wanted.chargingSchedule, values.text(first.get("startSchedule"))
    start = wanted.startSchedule
    if start is None and kind in ("Absolute", "Recurring"):  # K01.FR.40, K01.FR.41; K28: a dynamic one begins at once
        start = values.timestamp(math.floor(now))  # a little in the past, so that there is no gap
    schedule = {
        "id": number,
        "startSchedule": start,
        **{name: getattr(wanted, name) for name in _SCHEDULE},
        "chargingSchedulePeriod": _periods(wanted),
    }
    return [given(schedule)], start


def _periods(wanted: ScheduleWanted) -> list[dict[str, Any]]:
    rates = given({name: getattr(wanted, name) for name in _RATES})
    if wanted.periods is None:
        if not rates:
            raise ValueError("limit: say a limit, another rate, or periods")
        return [{"startPeriod": 0, **rates}]
    return [_period(each, rates) for each in wanted.periods]


def _period(period: PeriodWanted, rates: dict[str, Any]) -> dict[str, Any]:
    own = given({name: getattr(period, name) for name in _RATES})
    return {"startPeriod": period.startPeriod, **rates, **own}


def _validity(
    wanted: ProfileWanted, kind: str, start: str | None, now: float, valid_days: float
) -> tuple[str | None, str | None]:
    """validFrom and validTo: said, or from the start of the schedule to its end, or for `valid_days`.

    A TxProfile ends with its transaction, and a relative schedule begins with any: there, only what is said.
    """
    if wanted.purpose == "TxProfile" or kind in ("Relative", "Dynamic"):
        return wanted.validFrom, wanted.validTo
    begin = values.moment(start)
    began = now if begin is None else begin
    if kind == "Absolute" and wanted.duration is not None:
        ended = began + wanted.duration
    else:
        ended = max(began, now) + valid_days * 86_400
    valid_from = values.timestamp(math.floor(now)) if begin is None else start
    return wanted.validFrom or valid_from, wanted.validTo or values.timestamp(ended)
