"""Splitting by ItemsPerMessage and BytesPerMessage."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import BasePlugin, Reply, Variable
from broker.testing import harness
from plugins.ocpp201.batches import Limits, batches, known_limits, limits_of

V = "ocpp2.0.1"
ACTION = "ClearVariableMonitoring"


@pytest.mark.parametrize(
    ("items", "limits", "expected"),
    [
        ([1, 2, 3], Limits(), [[1, 2, 3]]),
        ([1, 2, 3], Limits(items=2), [[1, 2], [3]]),
        ([1, 2, 3], Limits(items=0), [[1], [2], [3]]),
        ([1, 2], Limits(size=1), [[1], [2]]),
        ([], Limits(items=2), []),
    ],
)
def test_in_order_and_in_as_few_parts_as_the_limits_allow(items, limits, expected):
    assert batches("id", items, limits) == expected


def test_the_bytes_count_with_the_frame_around_them():
    items = ["x" * 100] * 4
    assert [len(part) for part in batches("id", items, Limits(size=350))] == [2, 2]
    frame = [2, "0" * 36, ACTION, {"id": items[:2]}]
    assert len(json.dumps(frame)) <= 350


def test_what_stands_beside_them_counts_too():
    items = ["x" * 100] * 4
    beside = {"requestId": 2**31 - 1, "componentCriteria": ["Problem", "Available"]}
    parts = batches("componentVariable", items, Limits(size=470), beside=beside)
    assert [len(part) for part in parts] == [2, 2]
    assert [len(part) for part in batches("componentVariable", items, Limits(size=470))] == [3, 1]


ITEMS = st.lists(st.text(max_size=80) | st.integers(), max_size=30)
NONE_OR = st.none() | st.integers(1, 300)


@given(ITEMS, NONE_OR, NONE_OR)
def test_nothing_is_lost_and_no_part_is_larger_than_it_may_be(items, most, size):
    parts = batches("id", items, Limits(most, size))
    assert [one for part in parts for one in part] == items
    for part in parts:
        assert part
        assert most is None or len(part) <= most
        frame = json.dumps([2, "0" * 36, ACTION, {"id": part}], separators=(",", ":"))
        assert size is None or len(part) == 1 or len(frame) <= size


class Idle(BasePlugin):
    """Nothing."""

    name = "idle"


@pytest.fixture
async def h():
    one = await harness(Idle).ready()
    yield one
    await one.stop()


async def _limits(h):
    return await limits_of(h.records, h.session(V), "MonitoringCtrlr", ACTION)


def _result(name, value, status="Accepted"):
    return {
        "attributeStatus": status,
        "attributeValue": value,
        "component": {"name": "MonitoringCtrlr"},
        "variable": {"name": name, "instance": ACTION},
    }


async def test_what_the_device_model_knows_is_not_asked_for(h):
    for name, value in (("ItemsPerMessage", "4"), ("BytesPerMessage", "900")):
        row = Variable(identity="CP001", component="MonitoringCtrlr", variable=f"{name}#{ACTION}", value=value)
        h.records.later(h.records.variables.put(row))
    assert await _limits(h) == Limits(4, 900)
    assert h.session(V).sent == []


async def test_what_is_known_is_known_without_asking(h):
    assert await known_limits(h.records, "CP001", "MonitoringCtrlr", ACTION) == Limits()
    for name, value in (("ItemsPerMessage", "0"), ("BytesPerMessage", "900")):
        row = Variable(identity="CP001", component="MonitoringCtrlr", variable=f"{name}#{ACTION}", value=value)
        h.records.later(h.records.variables.put(row))
    assert await known_limits(h.records, "CP001", "MonitoringCtrlr", ACTION) == Limits(None, 900)
    assert h.session(V).sent == []


async def test_what_is_not_known_is_asked_for(h):
    """N_18: GetVariables before the monitors are cleared."""
    results = [_result("ItemsPerMessage", "2"), _result("BytesPerMessage", "", "UnknownVariable")]
    h.session(V).replies["GetVariables"] = Reply.result({"getVariableResult": results})
    assert await _limits(h) == Limits(2, None)
    assert h.session(V).sent == [
        (
            "GetVariables",
            {
                "getVariableData": [
                    {"component": {"name": "MonitoringCtrlr"}, "variable": {"name": name, "instance": ACTION}}
                    for name in ("ItemsPerMessage", "BytesPerMessage")
                ]
            },
        )
    ]


@pytest.mark.parametrize(
    "reply",
    [
        Reply.error("NotSupported", ""),
        Reply.result({}),
        Reply.result({"getVariableResult": "x"}),
        Reply.result({"getVariableResult": [None, {"variable": 5}, {"variable": {"name": "ItemsPerMessage"}}]}),
        Reply.result({"getVariableResult": [_result("ItemsPerMessage", "many"), _result("BytesPerMessage", "-1")]}),
    ],
)
async def test_a_station_that_has_none_has_no_limits(h, reply):
    h.session(V).replies["GetVariables"] = reply
    assert await _limits(h) == Limits(None, None)
