"""Which price applies at a moment of a transaction, and at which moments that can change (OCPP 2.1, I12).

A condition on what nobody has measured does not hold: the price is passed over for the next one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Protocol, TypeVar

from plugins.ocpp201.tariff_cost.course import Course, milliseconds
from plugins.ocpp201.tariff_cost.tariff import Conditions, FixedConditions

#: Days of a transaction whose times of day are looked at: a station's clock may be wrong by years.
_DAYS = 400
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a transaction; durations in milliseconds, energy in Wh."""

    at: int
    zone: tzinfo
    energy: Decimal
    elapsed: int
    charged: int
    idle: int


class _Priced(Protocol):
    @property
    def conditions(self) -> Conditions | FixedConditions | None: ...


P = TypeVar("P", bound=_Priced)


def first(prices: Sequence[P], course: Course, point: Point) -> int | None:
    """The number of the first price whose conditions hold; None: it costs nothing."""
    return next((number for number, price in enumerate(prices) if holds(price.conditions, course, point)), None)


def holds(conditions: Conditions | FixedConditions | None, course: Course, point: Point) -> bool:
    """Whether all that is asked for is so."""
    if conditions is None:
        return True
    if conditions.evseKind not in (None, course.evse_kind) or not _calendar(conditions, point):
        return False
    if isinstance(conditions, FixedConditions):
        brand, recognition = conditions.paymentBrand, conditions.paymentRecognition
        return brand in (None, course.brand) and recognition in (None, course.recognition)
    return all(
        _within(value, low, high)
        for value, low, high in (
            (point.energy, conditions.minEnergy, conditions.maxEnergy),
            (course.power.latest(point.at), conditions.minPower, conditions.maxPower),
            (course.current.latest(point.at), conditions.minCurrent, conditions.maxCurrent),
            (point.elapsed, _ms(conditions.minTime), _ms(conditions.maxTime)),
            (point.charged, _ms(conditions.minChargingTime), _ms(conditions.maxChargingTime)),
            (point.idle, _ms(conditions.minIdleTime), _ms(conditions.maxIdleTime)),
        )
    )


def changes(conditions: Iterable[Conditions], course: Course, until: int, zone: tzinfo) -> Iterator[int]:
    """Moments at which another price may begin to apply, besides a change of state; some may be out of the span."""
    given = list(conditions)
    clocks = {time.fromisoformat(value) for one in given for value in (one.startTimeOfDay, one.endTimeOfDay) if value}
    if clocks or any(one.dayOfWeek or one.validFromDate or one.validToDate for one in given):
        yield from _times(clocks | {time.min}, course.start, until, zone)
    for one in given:
        yield from (
            at for wanted in (one.minEnergy, one.maxEnergy) if wanted is not None and (at := course.energy.when(wanted))
        )
        yield from (course.start + _whole(seconds) for seconds in (one.minTime, one.maxTime) if seconds is not None)
        yield from _reached(course, until, (one.minChargingTime, one.maxChargingTime), charging=True)
        yield from _reached(course, until, (one.minIdleTime, one.maxIdleTime), charging=False)
    if any(one.minPower is not None or one.maxPower is not None for one in given):
        yield from course.power.times
    if any(one.minCurrent is not None or one.maxCurrent is not None for one in given):
        yield from course.current.times


def _calendar(conditions: Conditions | FixedConditions, point: Point) -> bool:
    local = datetime.fromtimestamp(point.at / 1000, point.zone)
    today = local.date().isoformat()
    if conditions.dayOfWeek is not None and _DAY_NAMES[local.weekday()] not in conditions.dayOfWeek:
        return False
    if conditions.validFromDate is not None and today < conditions.validFromDate:
        return False
    if conditions.validToDate is not None and today >= conditions.validToDate:
        return False
    begin, end = conditions.startTimeOfDay or "00:00", conditions.endTimeOfDay or "00:00"
    if begin == end:
        return True
    now = local.strftime("%H:%M")
    # "If end time < start time then the period wraps around to the next day."
    return begin <= now < end if begin < end else now >= begin or now < end


def _within(value: Decimal | int | None, low: Decimal | int | None, high: Decimal | int | None) -> bool:
    """`low` is inclusive and means closest to zero, `high` exclusive and furthest from zero (of discharging: both
    negative)."""
    if low is None and high is None:
        return True
    if value is None:
        return False
    if low is not None and (value > low if low < 0 else value < low):
        return False
    return high is None or (value > high if high < 0 else value < high)


def _times(clocks: set[time], start: int, until: int, zone: tzinfo) -> Iterator[int]:
    day: date = datetime.fromtimestamp(start / 1000, zone).date()
    for _ in range(_DAYS):
        for clock in clocks:
            yield milliseconds(datetime.combine(day, clock, zone).timestamp())
        day += timedelta(days=1)
        if milliseconds(datetime.combine(day, time.min, zone).timestamp()) > until:
            return


def _reached(course: Course, until: int, limits: Sequence[int | None], *, charging: bool) -> Iterator[int]:
    """When so many seconds have been spent charging, or not charging."""
    wanted = [_whole(seconds) for seconds in limits if seconds is not None]
    if not wanted:
        return
    spent = 0
    moments = sorted({course.start, until, *(at for at, _ in course.states if course.start < at < until)})
    for begin, end in pairwise(moments):
        if course.charging(begin) is charging:
            yield from (begin + limit - spent for limit in wanted if spent < limit <= spent + end - begin)
            spent += end - begin


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else _whole(seconds)


def _whole(seconds: int) -> int:
    return seconds * 1000
