"""A charging profile as a function of time: which limit it sets at a moment, and until when that holds.

OCPP 1.6 7.8 to 7.14 and OCPP 2.x part 2, ChargingProfileType. Times are whole Unix seconds. What is read here came from
a store or a stranger: what makes no sense becomes None, never an exception.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from plugins.shared import values

#: 1.6 7.12: how long one round of a recurring schedule takes.
_ROUNDS = {"Daily": 86_400, "Weekly": 604_800}
_PHASES = 3  # 1.6 7.14, 2.x K01.FR.49: assumed where none is given
#: What a period of 2.1 may say in the place of a limit.
_WITHOUT_LIMIT = {"setpoint", "dischargeLimit", "operationMode"}
_LARGEST = 1e12  # watts; what is above is no limit that could be computed with


@dataclass(frozen=True, slots=True)
class Limit:
    """What one period allows: amperes for each phase, or watts for all phases together (1.6 7.12)."""

    value: float
    phases: int | None
    """As the period says; None where it does not."""

    def in_unit(self, unit: str, wanted: str, voltage: float | None) -> "Limit | None":
        """The same limit in the other unit; None where the voltage is not known. Never more than it was."""
        if unit == wanted:
            return self
        if voltage is None:
            return None
        factor = voltage * (self.phases or _PHASES)
        value = self.value * factor if wanted == "W" else self.value / factor
        return Limit(floor(value * 10 + 1e-6) / 10, self.phases)  # 1.6 7.14: one digit; 1e-6: 16.1 stays 16.1


@dataclass(frozen=True, slots=True)
class Schedule:
    """One charging profile, as far as its limits depend on time."""

    profile_id: int
    evse: int
    purpose: str
    stack_level: int
    transaction: str | None
    unit: str
    starts: tuple[int, ...]
    """Of the periods, in seconds from the start of the schedule, ascending."""
    limits: tuple[Limit | None, ...]
    """None: a period of 2.1 that sets no upper limit, but a setpoint."""
    anchor: int | None
    """When it starts; None: with the transaction (Relative)."""
    round: int | None
    """The seconds of one round, for a recurring one."""
    duration: int | None
    valid_from: int | None
    valid_to: int | None

    def at(self, moment: int, begin: int) -> Limit | None:
        """The limit at `moment`; None where it sets none. `begin`: where a relative schedule starts."""
        if self.valid_from is not None and moment < self.valid_from:
            return None
        if self.valid_to is not None and moment >= self.valid_to:
            return None
        elapsed = self._elapsed(moment, begin)
        if elapsed < 0 or (self.duration is not None and elapsed >= self.duration):
            return None
        return self.limits[bisect_right(self.starts, elapsed) - 1]

    def next_change(self, moment: int, begin: int) -> int | None:
        """When its limit may change next, after `moment`; None: never."""
        elapsed = self._elapsed(moment, begin)
        ahead = [point - elapsed for point in (self.duration, self.round) if point is not None]
        later = bisect_right(self.starts, elapsed)
        ahead += [start - elapsed for start in self.starts[later : later + 1]]
        points = [moment + seconds for seconds in ahead]
        points += [point for point in (self.valid_from, self.valid_to) if point is not None]
        return min((point for point in points if point > moment), default=None)

    def _elapsed(self, moment: int, begin: int) -> int:
        """Seconds since the schedule, or its round of this moment, began; negative before its very first start."""
        elapsed = moment - (begin if self.anchor is None else self.anchor)
        return elapsed if self.round is None or elapsed < 0 else elapsed % self.round


def schedule_of(profile: Mapping[str, Any], evse: int, transaction: str | None = None) -> Schedule | None:
    """Read a charging profile as OCPP has it; None where nothing can be computed from it.

    A profile of 2.x has up to three schedules, for an EV to choose from; until it has, the first counts.
    """
    schedule = first_schedule(profile)
    number = values.whole(profile.get("chargingProfileId", profile.get("id")))
    level = values.whole(profile.get("stackLevel"))
    if schedule is None or number is None or level is None:
        return None
    periods = _periods(schedule.get("chargingSchedulePeriod"))
    unit = schedule.get("chargingRateUnit")
    if not periods or unit not in ("A", "W"):
        return None
    kind, anchor = profile.get("chargingProfileKind"), _second(schedule.get("startSchedule"))
    return Schedule(
        profile_id=number,
        evse=evse,
        purpose=str(profile.get("chargingProfilePurpose")),
        stack_level=level,
        transaction=transaction,
        unit=unit,
        starts=tuple(start for start, _ in periods),
        limits=tuple(limit for _, limit in periods),
        anchor=None if kind == "Relative" else anchor,  # 1.6 7.13: without a start it is relative too
        round=_ROUNDS.get(str(profile.get("recurrencyKind"))) if kind == "Recurring" else None,
        duration=values.whole(schedule.get("duration")),
        valid_from=_second(profile.get("validFrom")),
        valid_to=_second(profile.get("validTo")),
    )


def first_schedule(profile: Mapping[str, Any]) -> dict[str, Any] | None:
    """The chargingSchedule of a profile, the first of several; None where there is none to be read."""
    found = profile.get("chargingSchedule")
    if isinstance(found, list):
        found = found[0] if found else None
    return found if isinstance(found, dict) else None


def _periods(given: Any) -> list[tuple[int, Limit | None]]:
    """The periods by their start; one that cannot be read makes the whole unreadable."""
    found: dict[int, Limit | None] = {}
    for period in given if isinstance(given, list) else ():
        start = values.whole(period.get("startPeriod")) if isinstance(period, dict) else None
        if start is None:
            return []
        if "limit" not in period and _WITHOUT_LIMIT & period.keys():
            found[start] = None
            continue
        value = period.get("limit")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST <= value <= _LARGEST:
            return []
        phases = values.whole(period.get("numberPhases"))
        found[start] = Limit(float(value), phases if phases in (1, 2, 3) else None)
    periods = sorted(found.items(), key=lambda item: item[0])
    return periods if periods and periods[0][0] == 0 else []


def _second(value: Any) -> int | None:
    moment = values.moment(value)
    return None if moment is None else floor(moment)
