"""Meter values for a secondary that wants fewer of them: other measurands, and readings too close to one another.

Readings are told apart by their own time, not by when they came: a station that was offline sends an hour of them in a
second (1.6 section 3.7), and they are as far apart as ever. A clock that stands still must not silence a meter for
good, so there the time of arrival counts.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

#: What a sampled value without the member is (1.6 section 7.43, 2.x SampledValueType).
_MEASURAND = "Energy.Active.Import.Register"
_CONTEXT = "Sample.Periodic"
_PERIODIC = (_CONTEXT, "Sample.Clock")
#: Stations write whole seconds, so readings of every minute are 59 to 61 s apart by their text.
_JITTER = 1.0
#: Some stations send each measurand of one reading in a message of its own.
_SAME_READING = 2.0
#: A station has a few connectors with a transaction each; whatever is more has been invented.
_PLACES = 64

#: No reading is this.
_NOTHING = object()

Place = tuple[int | str | None, int | str | None]
"""Connector or evse, and transaction; None where the message names none."""


class Thinner:
    """What is left of the meter values of one station."""

    __slots__ = ("_every", "_last", "_measurands")

    def __init__(self, measurands: Sequence[str] | None, every: float | None) -> None:
        """`measurands`: patterns of those that stay, None for all. `every`: seconds between periodic readings."""
        self._measurands = measurands
        self._every = 0.0 if not every else every - min(_JITTER, every / 10)
        self._last: dict[tuple[Place, bool], tuple[float | None, float]] = {}

    @property
    def idle(self) -> bool:
        """True when nothing is ever left out."""
        return self._measurands is None and not self._every

    def thin(self, readings: list[Any], place: Place, now: float) -> list[Any]:
        """Return what stays of a `meterValue` array: the same object when that is everything.

        What does not look like a meter value stays: leaving it out is nobody's wish.
        """
        kept: list[Any] = []
        for reading in readings:
            left = self._measured(reading)
            if left is not _NOTHING and self._due(left, place, now):
                kept.append(left)
        same = len(kept) == len(readings) and all(a is b for a, b in zip(kept, readings, strict=True))
        return readings if same else kept

    def forget(self, transaction: int | str | None) -> None:
        """The transaction has ended."""
        for key in [key for key in self._last if key[0][1] == transaction]:
            del self._last[key]

    def _measured(self, reading: Any) -> Any:
        """The reading with the wanted measurands; `_NOTHING` when there are none of them in it."""
        values = _values(reading)
        if self._measurands is None or not values:
            return reading
        kept = [value for value in values if self._wanted(value)]
        if len(kept) == len(values):
            return reading
        return {**reading, "sampledValue": kept} if kept else _NOTHING

    def _wanted(self, value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        measurand = value.get("measurand", _MEASURAND)
        return not isinstance(measurand, str) or any(fnmatchcase(measurand, glob) for glob in self._measurands or ())

    def _due(self, reading: Any, place: Place, now: float) -> bool:
        """Whether `every` lets it pass. Readings with an occasion, as a transaction's begin, always do."""
        if not self._every:
            return True
        contexts = [_context(value) for value in _values(reading)]
        if not contexts or any(context not in _PERIODIC for context in contexts):
            return True
        # Clock-aligned values come by a rhythm of their own, and often with measurands of their own.
        key = (place, "Sample.Clock" in contexts)
        stamp = _seconds(reading.get("timestamp"))
        last = self._last.get(key)
        if last is not None and not self._far(last, stamp, now):
            return _one_reading(last, stamp, now)
        self._last.pop(key, None)
        self._last[key] = (stamp, now)
        if len(self._last) > _PLACES:
            del self._last[next(iter(self._last))]
        return True

    def _far(self, last: tuple[float | None, float], stamp: float | None, now: float) -> bool:
        then, came = last
        if stamp is None or then is None:
            return now - came >= self._every
        if abs(stamp - then) >= self._every:  # a step back is a clock that was set
            return True
        return stamp <= then and now - came >= self._every


def _one_reading(last: tuple[float | None, float], stamp: float | None, now: float) -> bool:
    """Whether this is more of the reading that was let through last."""
    then, came = last
    return stamp is not None and stamp == then and now - came < _SAME_READING


def _values(reading: Any) -> list[Any]:
    values = reading.get("sampledValue") if isinstance(reading, dict) else None
    return values if isinstance(values, list) else []


def _context(value: Any) -> Any:
    return value.get("context", _CONTEXT) if isinstance(value, dict) else None


def _seconds(timestamp: Any) -> float | None:
    """Unix seconds of a date-time, or None for what cannot be read."""
    if not isinstance(timestamp, str):
        return None
    try:
        when = datetime.fromisoformat(timestamp.upper())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
