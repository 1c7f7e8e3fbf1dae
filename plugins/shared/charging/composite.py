"""The composite schedule that follows from the charging profiles which a station is known to hold.

OCPP 1.6 3.13.2 and 3.13.3, OCPP 2.x K08: of each purpose the profile with the highest stackLevel that sets a limit at
that moment, a TxProfile over a TxDefaultProfile, and the lowest of what the purposes allow. The station's own word
counts, which knows local limits too; this is what to expect beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plugins.shared import values
from plugins.shared.charging.schedule import Limit, Schedule

#: No longer than a year, and no more steps than these, whatever a recurring schedule would make of it.
LONGEST = 366 * 86_400
MOST_STEPS = 2_000
_STATION_MAX = ("ChargePointMaxProfile", "ChargingStationMaxProfile")
_EXTERNAL = "ChargingStationExternalConstraints"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the composite schedule is wanted for."""

    evse: int
    """1.6: the connector; 0 is the whole station."""
    start: int
    duration: int
    unit: str
    voltage: float | None = None
    """Between a phase and neutral, as set for the area (1.6 7.12); without it, the units are not mixed."""
    transaction: str | None = None
    """The one that runs there."""
    transaction_start: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (seconds after the composite schedule's) what is allowed, by which profiles; None: anything."""

    start: int
    limit: Limit | None
    profiles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """The periods, how many seconds they are good for, and the profiles in a unit that could not be converted."""

    asked: Asked
    duration: int
    periods: tuple[Period, ...]
    left_out: tuple[int, ...]

    def describe(self) -> dict[str, Any]:
        """As OCPP names it, with the profiles behind each period; `limit` null: none of them limits it."""
        return {
            "scheduleStart": values.timestamp(self.asked.start),
            "duration": self.duration,
            "chargingRateUnit": self.asked.unit,
            "chargingSchedulePeriod": [_described(period) for period in self.periods],
            "leftOut": list(self.left_out),
        }


def composite(schedules: Sequence[Schedule], asked: Asked) -> Composite:
    """What to expect of the station from `asked.start` on."""
    usable = [each for each in schedules if _counts(each, asked)]
    mixed = [each for each in usable if each.unit != asked.unit and asked.voltage is None]
    usable = sorted((each for each in usable if each not in mixed), key=_precedence, reverse=True)
    begin = asked.start if asked.transaction_start is None else asked.transaction_start
    end = asked.start + max(0, min(asked.duration, LONGEST))
    periods: list[Period] = []
    moment = asked.start
    for _ in range(MOST_STEPS):
        limit, profiles = _lowest(usable, asked, moment, begin)
        if not periods or (periods[-1].limit, periods[-1].profiles) != (limit, profiles):
            periods.append(Period(moment - asked.start, limit, profiles))
        following = min((at for each in usable if (at := each.next_change(moment, begin)) is not None), default=end)
        moment = min(following, end)
        if moment >= end:
            break
    left_out = tuple(sorted(each.profile_id for each in mixed))
    return Composite(asked, moment - asked.start, tuple(periods), left_out)


def _counts(schedule: Schedule, asked: Asked) -> bool:
    """Whether a profile has a say on this EVSE. On 0, the whole station, only what limits all of it has."""
    if schedule.purpose in _STATION_MAX:
        return schedule.evse == 0
    if schedule.purpose == _EXTERNAL:
        return schedule.evse in (0, asked.evse)
    if asked.evse == 0:
        return False
    if schedule.purpose == "TxDefaultProfile":
        return schedule.evse in (0, asked.evse)
    return (
        schedule.purpose == "TxProfile"
        and schedule.evse == asked.evse
        and asked.transaction is not None
        and schedule.transaction in (None, asked.transaction)
    )


def _precedence(schedule: Schedule) -> tuple[int, bool, int]:
    """1.6 3.13.1: at one level, a TxDefaultProfile of the EVSE replaces the one of the whole station for it."""
    return (schedule.stack_level, schedule.evse > 0, schedule.profile_id)


def _lowest(usable: Sequence[Schedule], asked: Asked, moment: int, begin: int) -> tuple[Limit | None, tuple[int, ...]]:
    """The limit at `moment` and the profiles whose limits it is the lowest of.

    What was set from outside holds for the whole station and for an EVSE, each by itself (2.x K11).
    """
    station = [each for each in usable if each.purpose == _EXTERNAL and each.evse == 0]
    evse = [each for each in usable if each.purpose == _EXTERNAL and each.evse != 0]
    own = _prevailing(usable, ("TxProfile",), asked, moment, begin)
    own = own or _prevailing(usable, ("TxDefaultProfile",), asked, moment, begin)
    ceilings = (
        _prevailing(usable, _STATION_MAX, asked, moment, begin),
        *(_prevailing(group, (_EXTERNAL,), asked, moment, begin) for group in (station, evse)),
    )
    found = [each for each in (*ceilings, own) if each is not None]
    if not found:
        return None, ()
    phases = [limit.phases for _, limit in found if limit.phases is not None]
    lowest = Limit(min(limit.value for _, limit in found), min(phases, default=None))
    return lowest, tuple(number for number, _ in found)


def _prevailing(
    usable: Sequence[Schedule], purposes: tuple[str, ...], asked: Asked, moment: int, begin: int
) -> tuple[int, Limit] | None:
    """The first, by precedence, that sets a limit: one that has ended gives way to a lower one (1.6 5.16.4)."""
    for each in usable:
        if each.purpose in purposes and (limit := each.at(moment, begin)) is not None:
            converted = limit.in_unit(each.unit, asked.unit, asked.voltage)
            if converted is not None:
                return each.profile_id, converted
    return None


def _described(period: Period) -> dict[str, Any]:
    row: dict[str, Any] = {"startPeriod": period.start, "limit": None if period.limit is None else period.limit.value}
    if period.limit is not None and period.limit.phases is not None:
        row["numberPhases"] = period.limit.phases
    return row | {"chargingProfileIds": list(period.profiles)}
