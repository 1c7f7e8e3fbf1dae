"""What a transaction costs by a tariff (OCPP 2.1 part 2, I12). Pure; the result has the form of CostDetailsType.

The span is cut where a price can change: states, times of day, energy, durations, another tariff. In each piece the
first price whose conditions hold at its begin counts, for energy and for time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any

from plugins.ocpp201.tariff_cost.conditions import Point, changes, first
from plugins.ocpp201.tariff_cost.course import Course
from plugins.ocpp201.tariff_cost.money import NOTHING, ZERO, Amount, plain, rounded, taxed
from plugins.ocpp201.tariff_cost.tariff import Energy, Fixed, Tariff, Time

_MINUTE = Decimal(60_000)
_KWH = Decimal(1000)
#: Charging periods that are told of; what comes behind belongs to the last.
_PERIODS = 1000


@dataclass(frozen=True, slots=True)
class Phase:
    """The tariff that counts from a moment on (I11: the tariff of a transaction may be changed)."""

    at: int
    tariff: Tariff


@dataclass(slots=True)
class Period:
    """A stretch with the same prices."""

    at: int
    tariff: str
    used: tuple[int | None, ...]
    energy: Decimal = ZERO
    charging: int = 0
    idle: int = 0


@dataclass(slots=True)
class Cost:
    """The sum of it; `parts` by the names of TotalCostType."""

    currency: str
    parts: dict[str, Amount] = field(default_factory=dict)
    total: Amount = NOTHING
    kind: str = "NormalCost"
    energy: Decimal = ZERO
    charging: int = 0
    idle: int = 0
    reserved: int | None = None
    periods: list[Period] = field(default_factory=list)

    def details(self, *, periods: bool = True) -> dict[str, Any]:
        """As CostDetailsType; without the periods while it runs (I12.FR.02, errata 2025-09)."""
        total: dict[str, Any] = {"currency": self.currency, "typeOfCost": self.kind}
        total |= {name: amount.as_price() for name, amount in self.parts.items() if amount}
        total["total"] = self.total.as_price()
        usage: dict[str, Any] = {
            "energy": plain(rounded(self.energy, 3)),
            "chargingTime": self.charging // 1000,
            "idleTime": self.idle // 1000,
        }
        if self.reserved is not None:
            usage["reservationTime"] = self.reserved // 1000
        found: dict[str, Any] = {"totalCost": total, "totalUsage": usage}
        if periods and self.periods:
            found["chargingPeriods"] = [_shown(period) for period in self.periods]
        return found


def cost(phases: Sequence[Phase], course: Course, until: int, *, zone: tzinfo = UTC, decimals: int = 2) -> Cost:
    """What it costs up to `until`, from the first phase on."""
    tariff = phases[0].tariff
    if phases[0].at > course.start:
        phases = [Phase(course.start, Tariff(tariffId=tariff.tariffId, currency=tariff.currency)), *phases]
        tariff = phases[0].tariff
    until = max(until, course.start)
    found = Cost(tariff.currency, reserved=course.reserved)
    parts: dict[str, Amount] = {}
    at_start = Point(course.start, zone, ZERO, 0, 0, 0)
    _add(parts, "fixed", _fixed(tariff.fixedFee, course, at_start))
    if course.reserved is not None:  # I12.FR.07, I12.FR.08
        _add(parts, "reservationFixed", _fixed(tariff.reservationFixed, course, at_start))
        _add(parts, "reservationTime", _timed(tariff.reservationTime, course.reserved, course, at_start))
    for tariff, begin, end in _pieces(phases, course, until, zone):
        # Readings of the begin and of the end may bear other times than the events that bring them.
        before = ZERO if begin == course.start else course.energy.at(begin)
        energy = (course.energy.whole() if end == until else course.energy.at(end)) - before
        point = Point(begin, zone, before, begin - course.start, found.charging, found.idle)
        _piece(found, parts, tariff, course, point, energy, end - begin)
    found.parts = {name: amount.rounded(decimals) for name, amount in parts.items()}
    found.total = sum(found.parts.values(), NOTHING)
    _bounded(found, tariff, decimals)
    return found


def _pieces(phases: Sequence[Phase], course: Course, until: int, zone: tzinfo) -> Iterator[tuple[Tariff, int, int]]:
    cuts = {course.start, until}
    cuts.update(at for at, _ in course.states)
    for phase in phases:
        cuts.add(phase.at)
        cuts.update(changes(phase.tariff.conditions(), course, until, zone))
    moments = sorted(at for at in cuts if course.start <= at <= until)
    if len(moments) < 2:
        moments = [course.start, course.start]
    later = list(phases[1:])
    tariff = phases[0].tariff
    for begin, end in pairwise(moments):
        while later and later[0].at <= begin:
            tariff = later.pop(0).tariff
        yield tariff, begin, end


def _piece(
    found: Cost, parts: dict[str, Amount], tariff: Tariff, course: Course, point: Point, energy: Decimal, length: int
) -> None:
    charging = course.charging(point.at)
    used = tuple(
        None if part is None else first(part.prices, course, point)
        for part in (tariff.energy, tariff.chargingTime, tariff.idleTime)
    )
    _add(parts, "energy", _energy(tariff.energy, used[0], energy))
    name, part, number = (
        ("chargingTime", tariff.chargingTime, used[1]) if charging else ("idleTime", tariff.idleTime, used[2])
    )
    _add(parts, name, _time(part, number, length))
    period = _period(found, point.at, tariff.tariffId, used)
    for sums in (found, period):
        sums.energy += energy
        sums.charging += length if charging else 0
        sums.idle += 0 if charging else length


def _period(found: Cost, begin: int, tariff: str, used: tuple[int | None, ...]) -> Period:
    """The period that goes on, or a new one where other prices apply (I12.FR.35)."""
    last = found.periods[-1] if found.periods else None
    if last is None or ((last.tariff, last.used) != (tariff, used) and len(found.periods) < _PERIODS):
        last = Period(begin, tariff, used)
        found.periods.append(last)
    return last


def _bounded(found: Cost, tariff: Tariff, decimals: int) -> None:
    """At least the minimum, at most the maximum; either one is told as one fixed amount (I12.FR.38, I12.FR.39)."""
    low = None if tariff.minCost is None else tariff.minCost.amount().rounded(decimals)
    high = None if tariff.maxCost is None else tariff.maxCost.amount().rounded(decimals)
    if low is not None and found.total.incl < low.incl:
        found.kind, found.total, found.parts = "MinCost", low, {"fixed": low}
    if high is not None and found.total.incl > high.incl:
        found.kind, found.total, found.parts = "MaxCost", high, {"fixed": high}


def _energy(part: Energy | None, number: int | None, wh: Decimal) -> Amount:
    if part is None or number is None:
        return NOTHING
    return taxed(part.prices[number].priceKwh * wh / _KWH, part.taxRates or ())


def _time(part: Time | None, number: int | None, milliseconds: int) -> Amount:
    if part is None or number is None:
        return NOTHING
    return taxed(part.prices[number].priceMinute * milliseconds / _MINUTE, part.taxRates or ())


def _timed(part: Time | None, milliseconds: int, course: Course, point: Point) -> Amount:
    return _time(part, None if part is None else first(part.prices, course, point), milliseconds)


def _fixed(part: Fixed | None, course: Course, point: Point) -> Amount:
    number = None if part is None else first(part.prices, course, point)
    if part is None or number is None:
        return NOTHING
    return taxed(part.prices[number].priceFixed, part.taxRates or ())


def _add(parts: dict[str, Amount], name: str, amount: Amount) -> None:
    if amount:
        parts[name] = parts.get(name, NOTHING) + amount


def _shown(period: Period) -> dict[str, Any]:
    volumes = (
        ("Energy", plain(rounded(period.energy, 3))),
        ("ChargingTime", period.charging // 1000),
        ("IdleTIme", period.idle // 1000),  # the specification's own spelling
    )
    dimensions = [{"type": name, "volume": volume} for name, volume in volumes if volume]
    begin = datetime.fromtimestamp(period.at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found: dict[str, Any] = {"startPeriod": begin, "tariffId": period.tariff}
    if dimensions:
        found["dimensions"] = dimensions
    return found
