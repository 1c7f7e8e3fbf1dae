"""Signed meter values, which name the user and the meter under a signature (OCMF `ID`, `MS`)."""

from typing import Any

_READINGS = ("meterValue", "transactionData")


def drop_signed(item: dict[str, Any]) -> bool:
    """Take the signed values out of one JSON object, in place; True when there were some.

    2.x has them beside the plain value (`signedMeterValue`), 1.6 among the plain ones (`format: SignedData`). A
    reading of nothing else goes as a whole, and so does an array of such readings: it must not be empty.
    """
    found = item.pop("signedMeterValue", None) is not None
    for name in _READINGS:
        readings = item.get(name)
        if not isinstance(readings, list):
            continue
        left = _plain(readings)
        if left is readings:
            continue
        found = True
        if left:
            item[name] = left
        else:
            del item[name]
    return found


def _plain(readings: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for reading in readings:
        values = reading.get("sampledValue") if isinstance(reading, dict) else None
        if not isinstance(values, list) or not any(map(_signed, values)):
            kept.append(reading)
        elif left := [value for value in values if not _signed(value)]:
            kept.append({**reading, "sampledValue": left})
    same = len(kept) == len(readings) and all(a is b for a, b in zip(kept, readings, strict=True))
    return readings if same else kept


def _signed(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    # Some firmware signs without saying so in `format`.
    return value.get("format") == "SignedData" or str(value.get("value")).startswith("OCMF|")
