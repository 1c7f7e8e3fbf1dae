"""Whether the schedule that an EV has made for itself stays within the one it was given (K15.FR.09, K16, K18).

Pure: two charging schedules over the same time.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from plugins.shared import values
from plugins.shared.charging.schedule import Limit, Schedule, schedule_of

_ROUNDING = 0.05
_CONVERTED = 0.01  # of the value, where the units differ


def ev_schedule(payload: Mapping[str, Any], now: float) -> Schedule | None:
    """The schedule of a NotifyEVChargingSchedule; its periods count from timeBase. None where it cannot be read."""
    told = payload.get("chargingSchedule")
    if not isinstance(told, dict):
        return None
    base = payload.get("timeBase")
    start = {"startSchedule": base if values.moment(base) is not None else values.timestamp(now)}
    return schedule_of(
        {"id": 0, "stackLevel": 0, "chargingSchedule": told | start}, values.whole(payload.get("evseId")) or 0
    )


def within(theirs: Schedule, ours: Schedule, voltage: float, phases: int) -> bool:
    """Whether nowhere in its time the EV's schedule is above ours. Where ours sets no limit, all is within.

    A schedule of the EV without a duration has said nothing of how long its last period takes, so of that the begin
    counts. Clocks differ: what comes before ours begins is compared with its begin.
    """
    begin = theirs.anchor or 0
    last = begin + theirs.starts[-1]
    end = last + 1 if theirs.duration is None else begin + theirs.duration
    first = begin if ours.anchor is None else ours.anchor
    moment: int | None = begin
    while moment is not None and moment < end:
        mine, limit = ours.at(max(moment, first), begin), _at(theirs, moment - begin)
        if (
            mine is not None
            and limit is not None
            and _above(limit.value, theirs.unit, mine, ours.unit, voltage, phases)
        ):
            return False
        changes = (theirs.next_change(moment, begin), ours.next_change(moment, begin))
        moment = min((each for each in changes if each is not None), default=None)
    return True


def _at(schedule: Schedule, elapsed: int) -> Limit | None:
    return schedule.limits[bisect_right(schedule.starts, elapsed) - 1]


def _above(value: float, unit: str, limit: Limit, limit_unit: str, voltage: float, phases: int) -> bool:
    if unit == limit_unit:
        return value > limit.value + _ROUNDING
    factor = voltage * (limit.phases or phases)
    allowed = limit.value * factor if unit == "W" else limit.value / factor
    return value > allowed * (1 + _CONVERTED) + _ROUNDING
