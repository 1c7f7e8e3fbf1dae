"""What the meter of a transaction has counted: the readings of its Energy.Active.Import.Register, in Wh.

Without a phase: the values by phase are parts of it. Defaults of SampledValueType and UnitOfMeasureType are those of
2.0.1 part 2: measurand Energy.Active.Import.Register, context Sample.Periodic, location Outlet, unit Wh, multiplier 0.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from plugins.shared.values import moment, whole

BEGIN, END = "Transaction.Begin", "Transaction.End"

_MEASURAND = "Energy.Active.Import.Register"
_CONTEXT = "Sample.Periodic"
_FACTORS = {"wh": 1, "kwh": 1_000, "mwh": 1_000_000}
#: The outlet's meter first; one in the EV, or upstream of the station, counts something else.
_LOCATIONS = {"Outlet": 0, "Cable": 1, "Body": 2, "Inlet": 3}
_LARGEST_MULTIPLIER = 12
_LONGEST = 40


class Reading(NamedTuple):
    """One reading; `at` is 0 where nobody said when."""

    at: float
    wh: int
    context: str


def readings(meter_value: Any, at: float | None) -> list[Reading]:
    """The readings in the `meterValue` of an event; `at` is the event's own time, for values without one."""
    return [
        reading
        for one in _several(meter_value)
        if isinstance(one, dict)
        for reading in _readings_at(one, moment(one.get("timestamp")), at)
    ]


def _readings_at(one: Mapping[str, Any], at: float | None, otherwise: float | None) -> Iterator[Reading]:
    """At most one of each context: that of the best location."""
    found: dict[str, tuple[int, int]] = {}
    for sampled in _several(one.get("sampledValue")):
        if not isinstance(sampled, dict) or not _is_register(sampled):
            continue
        rank, wh = _LOCATIONS.get(_word(sampled, "location", "Outlet")), energy(sampled)
        context = _word(sampled, "context", _CONTEXT)
        if rank is not None and wh is not None and (context not in found or (rank, wh) < found[context]):
            found[context] = (rank, wh)
    for context, (_, wh) in found.items():
        yield Reading((at if at is not None else otherwise) or 0.0, wh, context)


def _is_register(sampled: Mapping[str, Any]) -> bool:
    return _word(sampled, "measurand", _MEASURAND) == _MEASURAND and not sampled.get("phase")


def energy(sampled: Mapping[str, Any]) -> int | None:
    """The value of a SampledValueType in whole Wh; None where it is no amount of energy."""
    unit = sampled.get("unitOfMeasure")
    unit = unit if isinstance(unit, dict) else {}
    factor = _FACTORS.get(_word(unit, "unit", "Wh").lower())
    multiplier = whole(unit.get("multiplier", 0))
    value = _number(sampled.get("value"))
    if factor is None or value is None or multiplier is None or abs(multiplier) > _LARGEST_MULTIPLIER:
        return None
    try:
        return whole(round(value * factor * 10**multiplier))
    except (OverflowError, ValueError):  # infinite, or no number
        return None


def _number(value: Any) -> float | int | None:
    if isinstance(value, str) and len(value) <= _LONGEST:  # as 1.6 writes numbers
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _several(value: Any) -> list[Any]:
    """Stations send one where a list of one should be."""
    return value if isinstance(value, list) else [value]


def _word(given: Mapping[str, Any], name: str, default: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) and value else default
