"""Which monitors a station has, after what it was sent and has told (N02 to N06): the rules, without any I/O."""

from collections.abc import Mapping
from typing import Any

from plugins.ocpp201.device_model import component_key, component_of, variable_key, variable_of
from plugins.shared.members import given
from plugins.shared.values import text, timestamp, whole

MOST = 2_000
CUSTOM, PRECONFIGURED = "CustomMonitor", "PreconfiguredMonitor"
_LONGEST = 50

Monitor = dict[str, Any]
Monitors = dict[str, Monitor]
"""By the station's number, as text."""


def set_by(data: Any, results: Any, at: float) -> Monitors:
    """The monitors that a SetVariableMonitoring has made; a result has no value, so it is found in the request.

    There are as many results as elements, of the same components and variables (N04.FR.01, N04.FR.02), which may come
    in another order.
    """
    open_ = list(data) if isinstance(data, list) else []
    found: Monitors = {}
    for result in results if isinstance(results, list) else ():
        asked = next((one for one in open_ if _same(one, result)), None)
        if asked is None:
            continue
        open_.remove(asked)
        number = whole(result.get("id"))
        if result.get("status") == "Accepted" and number is not None:
            found[str(number)] = {**_row({**asked, "eventNotificationType": CUSTOM}), "at": at}
    return found


def cleared_by(results: Any) -> list[str]:
    """The numbers that are gone after a ClearVariableMonitoring, or never were there."""
    return [
        str(whole(result.get("id")))
        for result in (results if isinstance(results, list) else ())
        if isinstance(result, Mapping) and result.get("status") in ("Accepted", "NotFound")
    ]


def reported_in(items: list[Any], at: float) -> Monitors:
    """The monitors that a report names."""
    found: Monitors = {}
    for item in items:
        monitors = item.get("variableMonitoring") if isinstance(item, Mapping) else None
        for monitor in monitors if isinstance(monitors, list) else ():
            number = whole(monitor.get("id")) if isinstance(monitor, Mapping) else None
            if number is not None and len(found) < MOST:
                found[str(number)] = {**_row({**item, **monitor}), "at": at}
    return found


def merged(known: Monitors, new: Monitors) -> Monitors:
    """`new` over `known`. 2.0.1 does not report what kind a monitor is: then it is what it was."""
    kinds = {number: {"kind": one["kind"]} for number, one in known.items() if one.get("kind")}
    told = {number: {**kinds.get(number, {}), **one} for number, one in new.items()}
    both = {**known, **told}
    return both if len(both) <= MOST else dict(list(both.items())[-MOST:])


def replaced(known: Monitors, new: Monitors) -> Monitors:
    """`new` in place of all that were known, whose kinds are not forgotten."""
    return merged({number: one for number, one in known.items() if number in new}, new)


def after_base(known: Monitors, base: str) -> Monitors:
    """What is left after a SetMonitoringBase (N03.FR.03 to N03.FR.05)."""
    gone = {"FactoryDefault": {CUSTOM}, "HardWiredOnly": {CUSTOM, PRECONFIGURED}}.get(base, set())
    return {number: one for number, one in known.items() if one.get("kind") not in gone}


def described(number: str, monitor: Monitor) -> dict[str, Any]:
    """As operators see it."""
    members = {name: value for name, value in monitor.items() if name not in ("component", "variable", "kind", "at")}
    return given(
        {
            "id": int(number),
            "component": component_of(monitor["component"]) if monitor.get("component") else None,
            "variable": variable_of(monitor["variable"]) if monitor.get("variable") else None,
            **members,
            "eventNotificationType": monitor.get("kind"),
            "since": timestamp(monitor["at"]),
        }
    )


def _row(members: Mapping[str, Any]) -> Monitor:
    value = members.get("value")
    stream = members.get("periodicEventStream")
    return given(
        {
            "component": component_key(members.get("component")),
            "variable": variable_key(members.get("variable")),
            "type": _short(members.get("type")),
            "value": value if isinstance(value, int | float) else None,
            "severity": whole(members.get("severity")),
            "transaction": members.get("transaction") is True or None,
            "kind": _short(members.get("eventNotificationType")),
            "periodicEventStream": _stream(stream) if isinstance(stream, Mapping) else None,
        }
    )


def _stream(params: Mapping[str, Any]) -> dict[str, Any]:
    return given({name: whole(params.get(name)) for name in ("interval", "values")})


def _short(value: Any) -> str | None:
    return (text(value) or "")[:_LONGEST] or None


def _same(asked: Any, result: Any) -> bool:
    if not isinstance(asked, Mapping) or not isinstance(result, Mapping):
        return False
    return _identity(asked) == _identity(result)


def _identity(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        component_key(one.get("component")),
        variable_key(one.get("variable")),
        text(one.get("type")),
        whole(one.get("severity")),
    )
