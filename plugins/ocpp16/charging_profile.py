"""A charging profile composed from the few things that an operator says (1.6 5.16, 7.8 to 7.14)."""

import math
from typing import Any

from plugins.ocpp16.charging_params import ProfileWanted
from plugins.shared import values


def composed(
    wanted: ProfileWanted, *, number: int, transaction: int | None, now: float, valid_days: float
) -> dict[str, Any]:
    """The csChargingProfiles for what is wanted. Members that are neither said nor needed are left out.

    `number` and `transaction` are for what the operator does not say. ValueError: no limit is said, or two.
    """
    kind = wanted.kind or ("Recurring" if wanted.recurrencyKind else "Absolute")
    start = wanted.startSchedule
    if start is None and kind != "Relative":
        start = values.timestamp(math.floor(now))  # a little in the past, so that there is no gap (3.13.2)
    schedule = {
        "duration": wanted.duration,
        "startSchedule": start,
        "chargingRateUnit": wanted.chargingRateUnit,
        "chargingSchedulePeriod": _periods(wanted),
        "minChargingRate": wanted.minChargingRate,
    }
    valid_from, valid_to = _validity(wanted, kind, start, now, valid_days)
    profile = {
        "chargingProfileId": number if wanted.chargingProfileId is None else wanted.chargingProfileId,
        "transactionId": transaction if wanted.transactionId is None else wanted.transactionId,
        "stackLevel": wanted.stackLevel,
        "chargingProfilePurpose": wanted.purpose,
        "chargingProfileKind": kind,
        "recurrencyKind": wanted.recurrencyKind,
        "validFrom": valid_from,
        "validTo": valid_to,
        "chargingSchedule": _given(schedule),
    }
    return _given(profile)


def _periods(wanted: ProfileWanted) -> list[dict[str, Any]]:
    if (wanted.limit is None) == (wanted.periods is None):
        raise ValueError("limit: say either limit or periods")
    if wanted.periods is None:
        return [_given({"startPeriod": 0, "limit": wanted.limit, "numberPhases": wanted.numberPhases})]
    return [
        _given(
            {
                "startPeriod": each.startPeriod,
                "limit": each.limit,
                "numberPhases": wanted.numberPhases if each.numberPhases is None else each.numberPhases,
            }
        )
        for each in wanted.periods
    ]


def _validity(
    wanted: ProfileWanted, kind: str, start: str | None, now: float, valid_days: float
) -> tuple[str | None, str | None]:
    """validFrom and validTo: said, or from the start of the schedule to its end, or for `valid_days`.

    A TxProfile ends with its transaction, and a relative schedule begins with any: there, only what is said.
    """
    if wanted.purpose == "TxProfile" or kind == "Relative":
        return wanted.validFrom, wanted.validTo
    begin = values.moment(start)
    began = now if begin is None else begin
    if kind == "Absolute" and wanted.duration is not None:
        ended = began + wanted.duration
    else:
        ended = max(began, now) + valid_days * 86_400
    valid_from = values.timestamp(math.floor(now)) if begin is None else start
    return wanted.validFrom or valid_from, wanted.validTo or values.timestamp(ended)


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
