"""The charging schedule for an EV that has told its needs (K15): what it may take, and when.

Every limit holds at every moment, and what the EV wants is there when it leaves, as far as the limits allow; of that,
as much as possible when it is cheap. After the last moment that is needed it may take what the limits allow, so that a
slower EV is full as well. Nothing here asks anybody: it is a function of `Situation`.

Numbers are whole steps of 0.1 A or 1 W, and limits are rounded down to them.
"""

from dataclasses import dataclass, field, replace
from math import ceil, floor

from plugins.ocpp201.smart_charging.ev_needs import Needs
from plugins.ocpp201.smart_charging.prices import Prices
from plugins.shared.charging.schedule import Limit, Schedule

#: Steps to one of the unit.
_STEPS = {"A": 10, "W": 1}
_PHASES = 3
_LONGEST = 7 * 86_400
_DAY = 86_400
_MOST_SEGMENTS = 200


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a schedule follows from."""

    start: int
    """Unix seconds."""
    unit: str
    """Of the schedule: A, of each phase, or W."""
    voltage: float
    """Between a phase and neutral."""
    needs: Needs
    ceiling: float | None = None
    """In the unit: what this transaction has of its site, or what an operator allows."""
    limits: tuple[Schedule, ...] = ()
    """Of the station, or of its EVSE."""
    sharers: int = 1
    """Transactions that share the limits of the whole station."""
    prices: Prices | None = None
    most_periods: int | None = None
    """Of the station and of the EV."""

    @property
    def watts(self) -> float:
        """Of one of the unit."""
        return 1.0 if self.unit == "W" else self.voltage * (self.needs.phases or _PHASES)

    def value_of(self, limit: Limit, unit: str) -> float:
        """A limit in the unit of the schedule."""
        if unit == self.unit:
            return limit.value
        if unit == "W":
            return limit.value / self.watts
        return limit.value * self.voltage * min(limit.phases or _PHASES, self.needs.phases or _PHASES)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (seconds after the schedule's) on not more than `limit`."""

    start: int
    limit: float


@dataclass(slots=True)
class _Segment:
    start: int
    seconds: int
    """Of it until the EV leaves."""
    cap: int
    price: float | None
    on: bool = field(default=True)

    @property
    def level(self) -> int:
        return self.cap if self.on else 0


def schedule_for(situation: Situation) -> list[Period] | None:
    """The periods, by their start, the first at 0; None where nothing limits the EV that could be said."""
    segments = _segments(situation)
    if segments is None:
        return None
    needed = _needed(situation)
    if needed is not None and situation.prices is not None:
        _choose(segments, needed)
    most = max(1, situation.most_periods or _MOST_SEGMENTS)
    segments = _shortened(segments, most)
    if needed is not None and _energy(segments) < needed:
        for each in segments:
            each.on = True
    steps = _STEPS[situation.unit]
    return [Period(each.start, each.level / steps) for each in _joined(segments)]


def ceiling_of(needs: Needs, unit: str, voltage: float) -> float | None:
    """The most that the EV takes, in the unit; None where it is not known."""
    watts = voltage * (needs.phases or _PHASES)
    if unit == "A":
        told = (needs.max_current, None if needs.max_power is None else needs.max_power / watts)
    else:
        told = (needs.max_power, None if needs.max_current is None else needs.max_current * watts)
    return min((each for each in told if each is not None), default=None)


def _segments(situation: Situation) -> list[_Segment] | None:
    """The time from now on, cut where a limit or the price may change; the last has no end."""
    edges = _edges(situation)
    leaves = _leaves(situation)
    least = _least(situation)
    found: list[_Segment] = []
    for at, following in zip(edges, [*edges[1:], None], strict=True):
        cap = _cap(situation, at, last=following is None)
        if cap is None:
            return None
        until = leaves if following is None else min(following, leaves)
        price = None if situation.prices is None else situation.prices.at(at)
        start = at - situation.start
        found.append(_Segment(start, max(0, until - at), cap if cap >= least else 0, price))
    return found


def _edges(situation: Situation) -> list[int]:
    """Where to cut: the first 200 moments where something may change. Behind the last one the lowest limit counts."""
    start, leaves = situation.start, _leaves(situation)
    horizon = min(max(leaves, start + _DAY), start + _LONGEST)
    edges = {start}
    if situation.prices is not None:
        edges.update(situation.prices.changes(start, min(leaves, horizon)))
    for each in situation.limits:
        moment = each.next_change(start, start)
        for _ in range(_MOST_SEGMENTS):
            if moment is None or moment > horizon:
                break
            edges.add(moment)
            moment = each.next_change(moment, start)
    return sorted(edges)[:_MOST_SEGMENTS]


def _leaves(situation: Situation) -> int:
    departure = situation.needs.departure
    return situation.start if departure is None else max(departure, situation.start)


def _cap(situation: Situation, at: int, *, last: bool) -> int | None:
    """The lowest of all limits from `at` until the next edge, in steps; of the last, for ever."""
    found = [ceiling_of(situation.needs, situation.unit, situation.voltage), situation.ceiling]
    for each in situation.limits:
        later = each.next_change(at, situation.start) if last else None
        limits = [each.at(at, situation.start)] if later is None else [each.at(at, situation.start), *each.limits]
        share = situation.sharers if each.evse == 0 else 1
        found += [situation.value_of(limit, each.unit) / share for limit in limits if limit is not None]
    lowest = min((each for each in found if each is not None), default=None)
    return None if lowest is None else max(0, floor(lowest * _STEPS[situation.unit] + 1e-6))


def _least(situation: Situation) -> int:
    """What the EV charges with at least, in steps: below that it could only wait."""
    needs = situation.needs
    watts = situation.watts
    if situation.unit == "A":
        told = max(needs.min_current, needs.min_power / watts)
    else:
        told = max(needs.min_power, needs.min_current * situation.voltage * (needs.phases or _PHASES))
    return ceil(told * _STEPS[situation.unit] - 1e-6)


def _needed(situation: Situation) -> int | None:
    """The energy in steps times seconds; None where there is nothing to plan for."""
    needs = situation.needs
    if needs.energy is None or needs.departure is None or needs.departure <= situation.start:
        return None
    return ceil(needs.energy * 3600 / situation.watts * _STEPS[situation.unit])


def _energy(segments: list[_Segment]) -> int:
    return sum(each.level * each.seconds for each in segments)


def _choose(segments: list[_Segment], needed: int) -> None:
    """Off, all that is not needed: the dearest first; of the same price, the later."""
    by_price = sorted(segments, key=lambda each: (each.price is None, each.price or 0.0, each.start))
    last = 0
    for each in by_price:
        each.on = needed > 0 and each.seconds > 0
        if each.on:
            needed -= each.cap * each.seconds
            last = max(last, each.start)
    for each in segments:
        each.on = each.on or each.start > last


def _shortened(segments: list[_Segment], most: int) -> list[_Segment]:
    """Not more than `most`: two become one where it changes least what the EV gets, and the lower limit counts."""
    segments = _joined(segments)
    while len(segments) > most:
        pairs = range(len(segments) - 1)
        at = min(pairs, key=lambda number: _harm(segments[number], segments[number + 1]))
        segments[at : at + 2] = [_merged(segments[at], segments[at + 1])]
        segments = _joined(segments)
    return segments


def _merged(one: _Segment, other: _Segment) -> _Segment:
    return replace(one, seconds=one.seconds + other.seconds, cap=min(one.cap, other.cap), on=one.on or other.on)


def _harm(one: _Segment, other: _Segment) -> tuple[int, int, int]:
    """How much less the EV gets, then how much more, then how much lower the limit is after it has left."""
    change = _energy([one, other]) - _energy([_merged(one, other)])
    return max(0, change), max(0, -change), abs(one.level - other.level)


def _joined(segments: list[_Segment]) -> list[_Segment]:
    """Neighbours with the same level are one."""
    found: list[_Segment] = []
    for each in segments:
        if found and found[-1].level == each.level and found[-1].on == each.on:
            found[-1] = _merged(found[-1], each)
        else:
            found.append(each)
    return found
