"""Which monitors a station has: the rules."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.diagnostics.monitors import (
    MOST,
    after_base,
    cleared_by,
    described,
    merged,
    replaced,
    reported_in,
    set_by,
)

AT = 1_767_225_600.0
EVSE = {"name": "EVSE", "evse": {"id": 1}}
POWER = {"name": "Power"}


def _asked(**more):
    return {"component": EVSE, "variable": POWER, "type": "Delta", "severity": 8, "value": 5, **more}


def _result(number, status="Accepted", **more):
    row = {"status": status, "component": EVSE, "variable": POWER, "type": "Delta", "severity": 8, **more}
    return row if number is None else {**row, "id": number}


ROW = {
    "component": "EVSE@1", "variable": "Power", "type": "Delta", "value": 5, "severity": 8,
    "kind": "CustomMonitor", "at": AT,
}  # fmt: skip


def test_a_monitor_that_was_set_has_the_value_of_the_request():
    assert set_by([_asked()], [_result(7)], AT) == {"7": ROW}


def test_results_may_come_in_another_order():
    data = [_asked(type="UpperThreshold", value=9), _asked(value=1), _asked(value=2)]
    results = [_result(1), _result(2), _result(3, type="UpperThreshold")]
    assert {number: one["value"] for number, one in set_by(data, results, AT).items()} == {"1": 1, "2": 2, "3": 9}


@pytest.mark.parametrize(
    "status", ["UnknownComponent", "UnknownVariable", "UnsupportedMonitorType", "Rejected", "Duplicate"]
)
def test_what_a_station_does_not_take_is_not_there(status):
    assert set_by([_asked()], [_result(7, status)], AT) == {}


@pytest.mark.parametrize(
    ("data", "results"),
    [(None, [_result(7)]), ([_asked()], None), ([_asked()], [_result(None)]), ([5], ["x"]), ([], [_result(7)]),
     ([_asked(severity=3)], [_result(7)])],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out(data, results):
    assert set_by(data, results, AT) == {}


def test_a_stream_is_kept_with_its_monitor():
    found = set_by([_asked(periodicEventStream={"interval": 5, "values": "x"})], [_result(7)], AT)
    assert found["7"]["periodicEventStream"] == {"interval": 5}


def test_what_is_cleared_and_what_never_was_there_is_gone():
    """N_44: Rejected stays."""
    results = [{"id": 1, "status": "Accepted"}, {"id": 2, "status": "NotFound"}, {"id": 3, "status": "Rejected"}, 5]
    assert cleared_by(results) == ["1", "2"]
    assert cleared_by("x") == []


def test_a_report_names_monitors():
    """N_104: TargetDelta of 2.1, and what kind of monitor it is."""
    monitors = [
        {
            "id": 1,
            "transaction": True,
            "value": 5.5,
            "type": "TargetDelta",
            "severity": 3,
            "eventNotificationType": "HardWiredMonitor",
        },
        {"value": 1},
        "x",
    ]
    assert reported_in([{"component": EVSE, "variable": POWER, "variableMonitoring": monitors}, 5, {}], AT) == {
        "1": {
            "component": "EVSE@1", "variable": "Power", "type": "TargetDelta", "value": 5.5, "severity": 3,
            "transaction": True, "kind": "HardWiredMonitor", "at": AT,
        }
    }  # fmt: skip


def test_a_report_of_2_0_1_does_not_take_the_kind():
    plain = {number: value for number, value in ROW.items() if number != "kind"}
    assert merged({"7": ROW}, {"7": plain, "8": plain}) == {"7": ROW, "8": plain}
    assert replaced({"7": ROW, "9": ROW}, {"7": plain}) == {"7": ROW}
    assert replaced({"7": ROW}, {}) == {}


@pytest.mark.parametrize(
    ("base", "left"),
    [
        ("All", ["1", "2", "3", "4"]),
        ("FactoryDefault", ["2", "3", "4"]),
        ("HardWiredOnly", ["3", "4"]),
        ("Vendor", ["1", "2", "3", "4"]),
    ],
)
def test_what_a_base_leaves(base, left):
    """N_05; N03.FR.03 to N03.FR.05."""
    known = {
        "1": ROW,
        "2": {**ROW, "kind": "PreconfiguredMonitor"},
        "3": {**ROW, "kind": "HardWiredMonitor"},
        "4": {"at": AT},
    }
    assert [*after_base(known, base)] == left


def test_operators_see_components_and_variables():
    assert described("7", ROW) == {
        "id": 7, "component": EVSE, "variable": POWER, "type": "Delta", "value": 5, "severity": 8,
        "eventNotificationType": "CustomMonitor", "since": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert described("7", {"at": AT}) == {"id": 7, "since": "2026-01-01T00:00:00Z"}


def test_there_is_an_end_to_what_a_station_can_fill():
    monitors = [{"id": number} for number in range(MOST + 50)]
    found = reported_in([{"component": EVSE, "variable": POWER, "variableMonitoring": monitors}], AT)
    assert len(found) == MOST
    assert len(merged(found, {str(10**6 + number): ROW for number in range(50)})) == MOST


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
NAMES = st.sampled_from(
    ["id", "status", "component", "variable", "name", "type", "severity", "value", "variableMonitoring"]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=15
)


@given(JSON, JSON)
def test_nothing_that_a_station_says_is_an_error(one, other):
    found = set_by(one, other, AT) | reported_in(one if isinstance(one, list) else [one], AT)
    cleared_by(other)
    json.dumps([described(number, row) for number, row in merged(found, found).items()])
