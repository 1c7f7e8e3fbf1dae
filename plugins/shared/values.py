"""What a station's values are worth: text that can be written down, whole numbers, moments.

A transaction message is answered whatever its shape, and validation lets odd ones pass (field-notes Q-22, Q-37). So
what is kept of a message goes through here: a value of another type becomes one of the right type, or None.
"""

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1  # what the store holds
_LONGEST_NUMBER = 20


def text(value: Any) -> str | None:
    """The text; None for what is none. A lone surrogate is JSON, but can be written nowhere: it becomes `?`."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def number(value: Any) -> int | None:
    """A whole number of any size; `5.0` and `"5"` are 5, as some stations write them."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and value.removeprefix("-").isdecimal():
        return int(value)
    return None


def whole(value: Any) -> int | None:
    """A whole number that the store can hold."""
    found = number(value)
    return found if found is not None and -_LARGEST <= found <= _LARGEST else None


def reading(value: Any) -> int | None:
    """A meter's reading in whole Wh; 1.6 says integer, and fractions are rounded (field-notes Q-20)."""
    found = whole(value)
    if found is not None or not isinstance(value, float | str) or len(str(value)) > _LONGEST_NUMBER:
        return found
    try:
        return whole(round(float(value)))
    except (OverflowError, ValueError):  # infinite, or no number
        return None


def connector(value: Any) -> tuple[int, int]:
    """A connectorId as (evse, connector): 1.6 knows no EVSE, so N is (N, 1), and the whole station (0, 0)."""
    found = whole(value) or 0
    return (found, 1) if found > 0 else (0, 0)


def moment(value: Any) -> float | None:
    """A timestamp as Unix seconds; one without a zone is UTC (1.6 3.14 recommends it)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return ((found if found.tzinfo is not None else found.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def timestamp(seconds: float) -> str | None:
    """Unix seconds as OCPP writes time; None for a time outside the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
