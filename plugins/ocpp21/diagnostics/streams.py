"""Periodic event streams of a station (2.1 N11 to N15): the rules, without any I/O."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from plugins.shared.members import given
from plugins.shared.values import moment, text, timestamp, whole

MOST = 200
_VALUES = 1_000
_LONGEST = 2_500

Streams = dict[str, dict[str, Any]]
"""By the station's number, as text: `variableMonitoringId`, `params`, `at`."""


class Batch(NamedTuple):
    """The values of one message."""

    at: float | None
    """Of the last one."""
    value: str
    """The last one."""
    values: list[list[Any]]
    """All: seconds since the first, and the value."""


def opened(known: Streams, data: Any, at: float) -> Streams | None:
    """With a stream that a station opens, or has; None where it names none, or has too many."""
    number = whole(data.get("id")) if isinstance(data, Mapping) else None
    if number is None or (str(number) not in known and len(known) >= MOST):
        return None
    row = given(
        {"variableMonitoringId": whole(data.get("variableMonitoringId")), "params": _params(data.get("params"))}
    )
    return {**known, str(number): {**row, "at": at}}


def adjusted(known: Streams, number: Any, params: Any) -> Streams:
    """With other parameters."""
    key = str(whole(number))
    return known if key not in known else {**known, key: {**known[key], "params": _params(params)}}


def closed(known: Streams, number: Any) -> Streams:
    """Without the stream."""
    gone = str(whole(number))
    return {key: row for key, row in known.items() if key != gone}


def listed(data: Any, at: float) -> Streams:
    """The streams that a station names as all that it has."""
    found: Streams = {}
    for one in data if isinstance(data, list) else ():
        found = opened(found, one, at) or found
    return found


def batch_of(payload: Mapping[str, Any]) -> Batch | None:
    """The values of a NotifyPeriodicEventStream; None where it has none. `t` is seconds since `basetime`."""
    data = payload.get("data")
    pairs = [(_seconds(one.get("t")), text(one.get("v"))) for one in _mappings(data)]
    values = [(seconds, value[:_LONGEST]) for seconds, value in pairs if value is not None]
    if not values:
        return None
    base, first, (last, value) = moment(payload.get("basetime")), values[0][0], values[-1]
    shown: list[list[Any]] = [[round(seconds - first, 6), one] for seconds, one in values]
    return Batch(None if base is None else base + last, value, shown)


def described(known: Streams) -> list[dict[str, Any]]:
    """As operators see them."""
    rows = sorted(known.items(), key=lambda item: int(item[0]))
    return [{"id": int(number), **row, "at": timestamp(row["at"])} for number, row in rows]


def _mappings(data: Any) -> list[Mapping[str, Any]]:
    return [one for one in (data if isinstance(data, list) else [])[:_VALUES] if isinstance(one, Mapping)]


def _seconds(value: Any) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
    return float(value) if usable else 0.0


def _params(params: Any) -> dict[str, Any]:
    if not isinstance(params, Mapping):
        return {}
    return given({name: whole(params.get(name)) for name in ("interval", "values")})
