"""DER control: what is sent, what stations report, and what is known of it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.api import Call, Direction, OperationFailed, Reply, Schemas, Version
from broker.testing import harness
from plugins.ocpp21.der_control.plugin import DerControl

V = "ocpp2.1"
NOW = "2026-01-01T00:00:00Z"
ACCEPTED = Reply.result({"status": "Accepted"})
CURVE = {"curveData": [{"x": 1.0, "y": 2.0}], "priority": 1, "yUnit": "PctMaxW"}
VAR = {"priority": 1, "setpoint": 10.0, "unit": "PctMaxVar"}
FIXED = {"controlType": "FixedVar", "fixedVar": VAR}


@asynccontextmanager
async def started():
    h = harness(DerControl)
    for action in ("ClearDERControl", "GetDERControl", "SetDERControl"):
        h.session(V).replies[action] = ACCEPTED
    await h.ready()
    try:
        yield h
    finally:
        await h.stop()


def sent(h, action):
    found = [payload for name, payload in h.session(V).sent if name == action]
    for payload in found:
        assert Schemas().check_call(Call.of(action, payload, version=Version.V21)) is None
    return found


async def rows(h):
    shown = await h.operate(V, "der-controls", {})
    return {row.pop("controlId"): row for row in shown["controls"]}


def report(number, tbc=False, **members):
    return {"requestId": number, "tbc": tbc, **members}


def told(number, **more):
    return {"id": number, "fixedVar": VAR, "isDefault": False, "isSuperseded": False, **more}


async def test_a_control_is_sent_and_known():
    """R_100."""
    async with started() as h:
        result = await h.operate(V, "set-der-control", FIXED | {"isDefault": True})
        (payload,) = sent(h, "SetDERControl")
        assert payload == {**FIXED, "isDefault": True, "controlId": result["controlId"]}
        assert result["status"] == "Accepted"
        assert await rows(h) == {
            result["controlId"]: {
                "controlType": "FixedVar",
                "isDefault": True,
                "isSuperseded": False,
                "active": False,
                "control": VAR,
            }
        }


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("EnterService", "enterService"),
        ("FixedPFAbsorb", "fixedPFAbsorb"),
        ("FixedPFInject", "fixedPFInject"),
        ("FreqDroop", "freqDroop"),
        ("Gradients", "gradient"),
        ("LimitMaxDischarge", "limitMaxDischarge"),
        ("VoltVar", "curve"),
        ("HVMustTrip", "curve"),
    ],
)
async def test_each_type_has_its_member(kind, member):
    async with started() as h:
        await h.operate(V, "set-der-control", {"controlType": kind, member: {"priority": 1}})
        with pytest.raises(OperationFailed, match=f"{member}: is what"):
            await h.operate(V, "set-der-control", {"controlType": kind})
        with pytest.raises(OperationFailed, match=f"{member}: is what"):
            await h.operate(V, "set-der-control", {"controlType": kind, member: {}, "fixedVar": VAR})
        assert len(h.session(V).sent) == 1


async def test_a_wrong_one_can_be_forced():
    """R_103."""
    async with started() as h:
        h.session(V).replies["SetDERControl"] = Reply.result({"status": "NotSupported"})
        result = await h.operate(V, "set-der-control", {"controlType": "VoltVar", "controlId": 7, "force": True})
        assert result == {"status": "NotSupported", "controlId": "7"}
        assert await rows(h) == {}


async def test_a_control_that_gives_way():
    """R_104, R_105."""
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED | {"controlId": "one"})
        await h.call(V, "NotifyDERStartStop", {"controlId": "one", "started": True, "timestamp": NOW})
        assert (await rows(h))["one"]["active"]
        gone = Reply.result({"status": "Accepted", "supersededIds": ["one", "other"]})
        h.session(V).replies["SetDERControl"] = gone
        result = await h.operate(V, "set-der-control", FIXED | {"controlId": "two"})
        assert result["supersededIds"] == ["one", "other"]
        known = await rows(h)
        assert (known["one"]["isSuperseded"], known["one"]["active"]) == (True, False)
        assert not known["two"]["isSuperseded"]


async def test_a_control_begins_and_ends():
    """R_106."""
    async with started() as h:
        for number in ("one", "two"):
            await h.operate(V, "set-der-control", FIXED | {"controlId": number})
        start = {"controlId": "one", "started": True, "timestamp": NOW, "supersededIds": ["two"]}
        assert (await h.call(V, "NotifyDERStartStop", start)).payload == {}
        known = await rows(h)
        assert (known["one"]["active"], known["two"]["isSuperseded"]) == (True, True)
        await h.call(V, "NotifyDERStartStop", {"controlId": "one", "started": False, "timestamp": NOW})
        assert not (await rows(h))["one"]["active"]


@pytest.mark.parametrize(
    ("told_to_clear", "left"),
    [
        ({"controlId": "a"}, ["b", "d"]),
        ({"controlType": "FixedVar"}, ["b", "d"]),
        ({"controlType": "VoltVar"}, ["a", "d"]),
        ({}, ["d"]),
        ({"isDefault": True}, ["a", "b"]),
    ],
)
async def test_clear(told_to_clear, left):
    """R_102."""
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED | {"controlId": "a"})
        await h.operate(V, "set-der-control", {"controlType": "VoltVar", "curve": CURVE, "controlId": "b"})
        await h.operate(V, "set-der-control", FIXED | {"controlId": "d", "isDefault": True})
        assert await h.operate(V, "clear-der-control", told_to_clear) == {"status": "Accepted"}
        assert sent(h, "ClearDERControl") == [{"isDefault": False, **told_to_clear}]
        assert sorted(await rows(h)) == left


@pytest.mark.parametrize(("status", "left"), [("Rejected", 1), ("NotSupported", 1), ("NotFound", 0)])
async def test_what_is_not_cleared_stays(status, left):
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED)
        h.session(V).replies["ClearDERControl"] = Reply.result({"status": status})
        await h.operate(V, "clear-der-control", {})
        assert len(await rows(h)) == left


async def test_a_report_in_parts_is_waited_for_and_is_what_there_is():
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED | {"controlId": "gone"})
        task = asyncio.create_task(h.operate(V, "get-der-control", {"requestId": 5}))
        await asyncio.sleep(0.01)
        curve = {"id": "c", "curveType": "VoltVar", "curve": CURVE, "isDefault": True, "isSuperseded": True}
        await h.call(V, "ReportDERControl", report(5, tbc=True, curve=[curve]))
        await h.call(V, "ReportDERControl", report(5, fixedVar=[told("f")]))
        result = await task
        assert sent(h, "GetDERControl") == [{"requestId": 5}]
        assert (result["status"], result["complete"]) == ("Accepted", True)
        assert [row["controlId"] for row in result["controls"]] == ["c", "f"]
        known = await rows(h)
        assert known["c"] == {
            "controlType": "VoltVar",
            "isDefault": True,
            "isSuperseded": True,
            "active": False,
            "control": CURVE,
        }
        assert sorted(known) == ["c", "f"]


async def test_a_report_of_a_type_says_nothing_of_others():
    async with started() as h:
        await h.operate(V, "set-der-control", {"controlType": "VoltVar", "curve": CURVE, "controlId": "keep"})
        await h.operate(V, "set-der-control", FIXED | {"controlId": "gone"})
        criteria = {"requestId": 5, "controlType": "FixedVar", "wait": False}
        assert (await h.operate(V, "get-der-control", criteria))["status"] == "Accepted"
        await h.call(V, "ReportDERControl", report(5, fixedVar=[told("f")]))
        assert sorted(await rows(h)) == ["f", "keep"]


async def test_a_report_that_nobody_asked_for_takes_nothing_away():
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED | {"controlId": "keep"})
        await h.call(V, "ReportDERControl", report(9, fixedVar=[told("f")]))
        assert sorted(await rows(h)) == ["f", "keep"]


async def test_not_found_is_a_whole_report():
    async with started() as h:
        await h.operate(V, "set-der-control", FIXED)
        h.session(V).replies["GetDERControl"] = Reply.result({"status": "NotFound"})
        result = await h.operate(V, "get-der-control", {"requestId": 5})
        assert result == {"requestId": 5, "status": "NotFound", "complete": True, "controls": []}
        assert await rows(h) == {}


async def test_alarms_are_kept_once():
    async with started() as h:
        alarm = {"controlType": "HVMustTrip", "gridEventFault": "OverVoltage", "timestamp": NOW}
        assert (await h.call(V, "NotifyDERAlarm", alarm)).payload == {}
        await h.call(V, "NotifyDERAlarm", alarm)
        await h.call(V, "NotifyDERAlarm", alarm | {"alarmEnded": True, "extraInfo": "over"})
        shown = await h.operate(V, "der-controls", {})
        assert shown["alarms"] == [
            {**alarm, "alarmEnded": False},
            {**alarm, "alarmEnded": True, "extraInfo": "over"},
        ]


async def test_a_station_can_fill_so_much_and_no_more():
    async with started() as h:
        for number in range(150):
            await h.call(V, "NotifyDERAlarm", {"controlType": "HVMustTrip", "timestamp": f"{number}"})
        for first in range(0, 300, 20):
            many = [told(f"{number}") for number in range(first, first + 20)]
            await h.call(V, "ReportDERControl", report(first + 1, fixedVar=many))
        shown = await h.operate(V, "der-controls", {})
        assert (len(shown["alarms"]), len(shown["controls"])) == (100, 200)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(
    [
        *("requestId", "tbc", "curve", "fixedVar", "enterService", "controlId", "controlType", "started"),
        *("supersededIds", "timestamp", "gridEventFault", "alarmEnded", "extraInfo"),
    ]
)


@pytest.mark.parametrize("action", ["NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl"])
async def test_whatever_a_station_says_is_answered(action):
    seen = []

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.dictionaries(members, anything, max_size=5))
    def payloads(payload):
        seen.append(payload)

    payloads()
    async with started() as h:
        for payload in seen:
            assert (await h.call(V, action, payload)).payload == {}


async def test_odd_calls_of_others_are_taken():
    async with started() as h:
        for action in ("ClearDERControl", "GetDERControl", "SetDERControl"):
            for payload in ({}, {"controlId": 7, "controlType": [], "requestId": "x"}):
                await h.reply(V, action, payload, ACCEPTED, direction=Direction.TO_STATION)
        assert await rows(h) == {}
