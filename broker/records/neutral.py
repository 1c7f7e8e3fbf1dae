"""Meter values of every version in the form of OCPP 2.x. Pure; never raises, whatever was measured."""

import re
from typing import Any

from broker.ocpp.jsontext import decode_plain

#: Defaults of SampledValue: OCPP 1.6 7.43, OCPP 2.0.1 part 2 2.45.
_CONTEXT = "Sample.Periodic"
_MEASURAND = "Energy.Active.Import.Register"
_LOCATION = "Outlet"
_UNIT = "Wh"

_LISTS = ("meterValue", "transactionData", "values")
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{0,300})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


def normalised(payload: bytes) -> list[dict[str, Any]]:
    """What was measured, by the JSON of a call's payload or of its list of meter values."""
    try:
        return neutral(decode_plain(payload)[0])
    except (ValueError, RecursionError):
        return []


def neutral(value: Any) -> list[dict[str, Any]]:
    """The same, of decoded JSON: `[{"timestamp", "sampledValue": [{"value", "context", ...}]}]`."""
    if isinstance(value, dict):
        value = next((value[name] for name in _LISTS if name in value), None)
    return [_meter_value(item) for item in _several(value) if isinstance(item, dict)]


def _several(value: Any) -> list[Any]:
    """Stations send one where a list of one should be."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _meter_value(item: dict[str, Any]) -> dict[str, Any]:
    sampled = [_sampled(one) for one in _several(item.get("sampledValue")) if isinstance(one, dict)]
    return {"timestamp": item.get("timestamp"), "sampledValue": sampled}


def _sampled(one: dict[str, Any]) -> dict[str, Any]:
    measurand = _word(one, "measurand") or _MEASURAND
    found: dict[str, Any] = _reading(one)
    found["context"] = _word(one, "context") or _CONTEXT
    found["measurand"] = measurand
    if phase := _word(one, "phase"):
        found["phase"] = phase
    found["location"] = _word(one, "location") or _LOCATION
    of_measure = one.get("unitOfMeasure")
    of_measure = of_measure if isinstance(of_measure, dict) else {}
    unit = _word(one, "unit") or _word(of_measure, "unit")
    if unit or measurand.startswith("Energy"):
        found["unit"] = unit or _UNIT
    multiplier = of_measure.get("multiplier")
    if isinstance(multiplier, int) and not isinstance(multiplier, bool):
        found["multiplier"] = multiplier
    return found


def _word(one: dict[str, Any], name: str) -> str:
    value = one.get(name)
    return value if isinstance(value, str) else ""


def _reading(one: dict[str, Any]) -> dict[str, Any]:
    """A number; what is none as `raw`; what a meter has signed as `signed`, in the members of 2.x."""
    value, signed = one.get("value"), one.get("signedMeterValue")
    found: dict[str, Any] = {}
    if one.get("format") == "SignedData":  # 1.6: in place of the number
        found["signed"] = {"signedMeterData": value}
    elif (reading := _number(value)) is not None:
        found["value"] = reading
    elif value is not None:
        found["raw"] = value if isinstance(value, str) else str(value)
    if isinstance(signed, dict):
        found["signed"] = signed
    return found


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(text := value.strip()):
        value = float(text) if set(text) & set(".eE") else int(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if value - value == 0 else None  # neither infinite nor no number
