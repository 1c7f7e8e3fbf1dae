"""Which DER controls a station has after what it was sent and has told: the rules, without any I/O (2.1 R04, R05).

A control is a row by its controlId: `controlType`, `isDefault`, `isSuperseded`, `active`, and `control`, what it says.
"""

import json
from collections.abc import Mapping
from typing import Any

from plugins.shared import values

Row = dict[str, Any]
Rows = dict[str, Row]

_MOST = 200
_LONGEST = 8_000
#: The member of SetDERControl that goes with a controlType; all others are curves.
_MEMBERS = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
MEMBERS = ("curve", *_MEMBERS.values())
#: The members of ReportDERControl: the controlType (curves say their own), and where the control itself stands.
_REPORTED = {
    "curve": ("", "curve"),
    "enterService": ("EnterService", "enterService"),
    "fixedPFAbsorb": ("FixedPFAbsorb", "fixedPF"),
    "fixedPFInject": ("FixedPFInject", "fixedPF"),
    "fixedVar": ("FixedVar", "fixedVar"),
    "freqDroop": ("FreqDroop", "freqDroop"),
    "gradient": ("Gradients", "gradient"),
    "limitMaxDischarge": ("LimitMaxDischarge", "limitMaxDischarge"),
}


def member_of(control_type: str) -> str:
    """The member of a SetDERControl that this controlType needs."""
    return _MEMBERS.get(control_type, "curve")


def after_set(rows: Rows, payload: Mapping[str, Any], superseded: Any) -> Rows:
    """A SetDERControl was accepted; `superseded`: the controls that gave way to it."""
    number, kind = values.text(payload.get("controlId")), values.text(payload.get("controlType")) or ""
    if not number:
        return rows
    rows = {key: row for key, row in _superseded(rows, superseded).items() if key != number}
    row = {
        "controlType": kind,
        "isDefault": payload.get("isDefault") is True,
        "isSuperseded": False,
        "active": False,
        "control": _small(payload.get(member_of(kind))),
    }
    return _bounded({**rows, number: row})


def after_clear(rows: Rows, payload: Mapping[str, Any]) -> Rows:
    """A ClearDERControl was accepted: one by its id, or all of a type, or all; defaults by themselves."""
    return {number: row for number, row in rows.items() if not _meets(number, row, payload)}


def after_start(rows: Rows, payload: Mapping[str, Any]) -> Rows:
    """A NotifyDERStartStop: a scheduled control has begun or ended."""
    number = values.text(payload.get("controlId"))
    rows = _superseded(rows, payload.get("supersededIds"))
    if number is None or number not in rows:
        return rows
    return {**rows, number: {**rows[number], "active": payload.get("started") is True}}


def after_report(rows: Rows, criteria: Mapping[str, Any], reported: list[Row]) -> Rows:
    """A whole report: what was asked for and is not in it, the station does not have."""
    told = {row["controlId"]: {name: row[name] for name in row if name != "controlId"} for row in reported}
    rest = {number: row for number, row in rows.items() if number in told or not _meets(number, row, criteria)}
    return _bounded(
        {**rest, **{number: {**rest.get(number, {"active": False}), **row} for number, row in told.items()}}
    )


def reported(payload: Mapping[str, Any]) -> list[Row]:
    """The controls that one ReportDERControl tells of."""
    found = []
    for name, (kind, member) in _REPORTED.items():
        told = payload.get(name)
        for each in told if isinstance(told, list) else []:
            number = values.text(each.get("id")) if isinstance(each, dict) else None
            if number:
                found.append(
                    {
                        "controlId": number[:36],
                        "controlType": kind or (values.text(each.get("curveType")) or "")[:50],
                        "isDefault": each.get("isDefault") is True,
                        "isSuperseded": each.get("isSuperseded") is True,
                        "control": _small(each.get(member)),
                    }
                )
    return found


def _superseded(rows: Rows, numbers: Any) -> Rows:
    gone = {each for each in numbers if isinstance(each, str)} if isinstance(numbers, list) else set()
    return {
        number: {**row, "isSuperseded": True, "active": False} if number in gone else row
        for number, row in rows.items()
    }


def _meets(number: str, row: Row, wanted: Mapping[str, Any]) -> bool:
    has = {"controlId": number, "controlType": row["controlType"], "isDefault": row["isDefault"]}
    if "controlId" in wanted:
        return bool(wanted["controlId"] == number)
    return all(wanted[name] == value for name, value in has.items() if name in wanted)


def _small(control: Any) -> Any:
    """What a station tells of it, if it is no longer than the longest that the specification knows."""
    return control if isinstance(control, dict) and len(json.dumps(control)) <= _LONGEST else None


def _bounded(rows: Rows) -> Rows:
    return dict(list(rows.items())[-_MOST:])
