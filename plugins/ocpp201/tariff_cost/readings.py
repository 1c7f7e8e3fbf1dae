"""From what a station has measured to the curves of a transaction's course.

Takes the form of OCPP 2.x and the one in which the records give it (`unit` and `multiplier` beside the value).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from plugins.ocpp201.tariff_cost.course import Course, Curve, milliseconds
from plugins.ocpp201.tariff_cost.money import ZERO
from plugins.shared.values import moment, text

#: Defaults of SampledValueType (part 2, 2.45).
_ENERGY = "Energy.Active.Import.Register"
_OUTLET = "Outlet"
_POWER = "Power.Active.Import"
_CURRENT = "Current.Import"
_PHASES = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N"})
_FACTORS = {"kWh": 3, "kW": 3, "MWh": 6, "MW": 6}
_LARGEST = 10**15
"""Wh, W, A: more is nothing that was measured."""
_LONGEST = 40


def collect(course: Course, values: Any) -> None:
    """Take a list of meter values into the course."""
    for value in values if isinstance(values, Iterable) else ():
        at = moment(value.get("timestamp")) if isinstance(value, Mapping) else None
        sampled = value.get("sampledValue") if at is not None else None
        samples = [one for one in sampled if isinstance(one, Mapping)] if isinstance(sampled, list) else []
        if at is None or not samples:
            continue
        for measurand, curve in ((_ENERGY, course.energy), (_POWER, course.power), (_CURRENT, course.current)):
            of_it = [one for one in samples if one.get("measurand", _ENERGY) == measurand]
            if (found := _whole(of_it, phases_first=measurand == _CURRENT)) is not None:
                _add(curve, at, found)


def _add(curve: Curve, at: float, value: Decimal) -> None:
    curve.add(milliseconds(at), value)


def _whole(samples: list[Mapping[str, Any]], *, phases_first: bool) -> Decimal | None:
    """The value of all phases together; at the outlet, where there are several places."""
    found = [(one, value) for one in samples if (value := _value(one)) is not None]
    outlet = [(one, value) for one, value in found if one.get("location", _OUTLET) == _OUTLET]
    found = outlet or found
    phases = {one["phase"]: value for one, value in found if text(one.get("phase")) in _PHASES}
    whole = [value for one, value in found if not one.get("phase")]
    if phases and (phases_first or not whole):  # a current without a phase is that of each one
        return sum(phases.values(), ZERO)
    return whole[0] if whole else None


def _value(one: Mapping[str, Any]) -> Decimal | None:
    measure = one.get("unitOfMeasure")
    measure = measure if isinstance(measure, Mapping) else one
    value, multiplier, unit = one.get("value"), measure.get("multiplier", 0), measure.get("unit", "")
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > _LONGEST:
        return None
    if type(multiplier) is not int or abs(multiplier) > 12 or not isinstance(unit, str):
        return None
    try:
        found = Decimal(str(value)).scaleb(multiplier + _FACTORS.get(unit, 0))
    except ArithmeticError:
        return None
    return found if found.is_finite() and abs(found) <= _LARGEST else None
