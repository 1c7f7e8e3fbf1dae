"""Which DER controls a station has: the rules."""

from typing import Any

import pytest

from plugins.ocpp21.der_control.controls import after_clear, after_report, after_set, after_start, member_of, reported

ROWS = {
    number: {"controlType": kind, "isDefault": default, "isSuperseded": False, "active": False, "control": {}}
    for number, kind, default in (("a", "FixedVar", False), ("b", "VoltVar", False), ("c", "VoltVar", True))
}


def test_a_new_control_stands_beside_the_others() -> None:
    payload = {"controlId": "d", "controlType": "VoltVar", "isDefault": True, "curve": {"priority": 0}}
    rows = after_set(ROWS, payload, ["a"])
    assert list(rows) == ["a", "b", "c", "d"]
    assert rows["a"]["isSuperseded"]
    assert rows["d"]["control"] == {"priority": 0}
    assert not ROWS["a"]["isSuperseded"]


def test_of_the_same_id_there_is_one() -> None:
    rows = after_set(ROWS, {"controlId": "a", "controlType": "FixedVar", "fixedVar": {"setpoint": 1}}, None)
    assert rows["a"]["control"] == {"setpoint": 1}
    assert len(rows) == 3


@pytest.mark.parametrize("payload", [{}, {"controlId": 7}, {"controlId": ""}])
def test_without_an_id_there_is_nothing_to_know(payload: dict[str, Any]) -> None:
    assert after_set(ROWS, payload, None) == ROWS


@pytest.mark.parametrize(
    ("payload", "left"),
    [
        ({"isDefault": False}, ["c"]),
        ({"isDefault": True, "controlType": "VoltVar"}, ["a", "b"]),
        ({"isDefault": True, "controlType": "FixedVar"}, ["a", "b", "c"]),
        ({"isDefault": False, "controlId": "b"}, ["a", "c"]),
        ({"isDefault": False, "controlId": "x"}, ["a", "b", "c"]),
    ],
)
def test_what_a_clear_leaves(payload: dict[str, Any], left: list[str]) -> None:
    assert list(after_clear(ROWS, payload)) == left


def test_a_start_is_of_a_control_that_is_known() -> None:
    rows = after_start(ROWS, {"controlId": "b", "started": True, "supersededIds": ["a", 7]})
    assert (rows["b"]["active"], rows["a"]["isSuperseded"]) == (True, True)
    assert after_start(ROWS, {"controlId": "x", "started": True}) == ROWS
    assert after_start(ROWS, {"controlId": 7, "supersededIds": "a"}) == ROWS


def test_a_report_is_what_there_is_of_what_was_asked_for() -> None:
    active = {**ROWS, "b": {**ROWS["b"], "active": True}}
    told = reported({"curve": [{"id": "b", "curveType": "VoltVar", "curve": {"priority": 3}}]})
    rows = after_report(active, {"controlType": "VoltVar"}, told)
    assert list(rows) == ["a", "b"]
    assert rows["b"] == {
        "controlType": "VoltVar",
        "isDefault": False,
        "isSuperseded": False,
        "active": True,
        "control": {"priority": 3},
    }
    assert list(after_report(ROWS, {}, [])) == []
    assert list(after_report(ROWS, {"isDefault": True}, [])) == ["a", "b"]


@pytest.mark.parametrize(
    ("member", "inner", "kind"),
    [
        ("enterService", "enterService", "EnterService"),
        ("fixedPFAbsorb", "fixedPF", "FixedPFAbsorb"),
        ("fixedPFInject", "fixedPF", "FixedPFInject"),
        ("fixedVar", "fixedVar", "FixedVar"),
        ("freqDroop", "freqDroop", "FreqDroop"),
        ("gradient", "gradient", "Gradients"),
        ("limitMaxDischarge", "limitMaxDischarge", "LimitMaxDischarge"),
    ],
)
def test_each_member_of_a_report(member: str, inner: str, kind: str) -> None:
    (row,) = reported({member: [{"id": "x", inner: {"priority": 2}, "isDefault": True}]})
    assert (row["controlId"], row["controlType"], row["isDefault"]) == ("x", kind, True)
    assert row["control"] == {"priority": 2}
    assert member_of(kind) == member


@pytest.mark.parametrize("told", [None, 7, [None], [{}], [{"id": 7}], [{"id": ""}]])
def test_what_cannot_be_read_is_left_out(told: Any) -> None:
    assert reported({"fixedVar": told}) == []


def test_what_is_too_long_is_not_kept() -> None:
    (row,) = reported({"fixedVar": [{"id": "x" * 99, "fixedVar": {"x": "y" * 9000}}]})
    assert (row["controlId"], row["control"]) == ("x" * 36, None)
