"""The kit of OCPP 2.x can fail: against a CSMS that does one thing wrong, and at the end of a case, it says which."""

import json

import pytest
from case_kit import V16, V21, V201
from case_lab_kit import authorization
from cases201 import case201
from device_kit import got, set_with, variable_of
from e2e_kit import until
from frame_rules_kit import CSMS, STATION, FrameRules
from lab2_kit import VALID
from ocpp.exceptions import NotSupportedError
from raw_kit import Scripted
from station2_kit import EVENT, STATUS, TO_STATION, connected

NOW = "2026-11-20T12:00:00Z"
BOOTED = {"currentTime": NOW, "interval": 300, "status": "Accepted"}
both = pytest.mark.parametrize("version", [V201, V21])


def compact(*frame):
    return json.dumps(frame, separators=(",", ":"))


def replying(make):
    """A CSMS that answers calls with `make(message_id)`, and takes answers as they come."""
    return lambda text: make(json.loads(text)[1]) if text.startswith("[2,") else None


def silent(text):
    """A CSMS that answers nothing."""


async def talk(script, version=V201, *texts, answer=None):
    """`script(station)` against a fake CSMS, which says `texts` at once; what the rules say in the end."""

    async def greet(ws):
        for text in texts:
            await ws.send(text)

    rules = FrameRules(version)
    async with (
        Scripted(answer or silent, version=version, greet=greet) as csms,
        connected(f"ws://127.0.0.1:{csms.port}/OCTT", "OCTT", rules) as station,
    ):
        await script(station)
    return rules


@both
async def test_a_csms_that_does_everything_right_has_no_faults(version):
    async def script(station):
        reset = station.expect("Reset", {"status": "Accepted"})
        assert (await station.boots())["status"] == "Accepted"
        assert await reset == {"type": "OnIdle"}
        await until(lambda: not station.rules.open)

    reset = compact(2, "1", "Reset", {"type": "OnIdle"})
    rules = await talk(script, version, reset, answer=replying(lambda i: compact(3, i, BOOTED)))
    assert rules.faults == []
    assert {(one.sender, one.action) for one in rules.said} == {(CSMS, "Reset"), (STATION, "BootNotification")}


@both
@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"currentTime": NOW, "status": "Accepted"}, "'interval' is a required property"),
        ({**BOOTED, "status": "Perhaps"}, "'Perhaps' is not one of"),
        ({**BOOTED, "more": 1}, "Additional properties are not allowed"),
        ({**BOOTED, "currentTime": "2026-11-20T12:00:00.123456Z"}, "is not a 'date-time'"),
        ({**BOOTED, "statusInfo": None}, "an empty payload.statusInfo"),
    ],
)
async def test_a_wrong_answer_is_told(version, result, told):
    async def boot(station):
        await station.boots()

    rules = await talk(boot, version, answer=replying(lambda i: compact(3, i, result)))
    assert any(told in fault for fault in rules.faults), rules.faults
    assert all(fault.startswith(CSMS) for fault in rules.faults)


@pytest.mark.parametrize(
    ("version", "action", "payload", "told"),
    [
        (V201, "Reset", {"type": "Hard"}, "'Hard' is not one of"),
        (V201, "Reset", {"type": "ImmediateAndResume"}, "'ImmediateAndResume' is not one of"),
        (V201, "ChangeConfiguration", {"key": "a", "value": "b"}, "ChangeConfiguration is no message of 2.0.1"),
        (V201, "SetDERControl", {}, "SetDERControl is no message of 2.0.1"),
        (V21, "SetDERControl", {}, "is a required property"),
        (V201, "GetReport", {"requestId": 1, "componentVariable": []}, "an empty payload.componentVariable"),
    ],
)
async def test_a_wrong_call_is_told(version, action, payload, told):
    async def script(station):
        await until(lambda: station.rules.faults)

    rules = await talk(script, version, compact(2, "1", action, payload))
    assert any(told in fault for fault in rules.faults), rules.faults


async def asks_for_an_error(station):
    station.code = await station.is_refused("Heartbeat")


@both
async def test_an_error_that_the_case_asks_for_is_no_fault(version):
    rules = await talk(asks_for_an_error, version, answer=replying(lambda i: compact(4, i, "SecurityError", "", {})))
    assert rules.faults == []
    assert [one.error for one in rules.said] == ["SecurityError"]


@pytest.mark.parametrize(
    ("code", "description"),
    [("FormationViolation", ""), ("OccurenceConstraintViolation", ""), ("SecurityError", "x" * 256)],
)
async def test_an_error_that_the_version_does_not_have_is_told(code, description):
    rules = await talk(asks_for_an_error, answer=replying(lambda i: compact(4, i, code, description, {})))
    assert rules.faults == [f"{CSMS}: {code} {description!r} is no CALLERROR of {V201}"]


async def test_an_error_that_the_case_does_not_ask_for_is_told():
    async def script(station):
        with pytest.raises(AssertionError, match="Heartbeat was answered SecurityError"):
            await station.says("Heartbeat")

    rules = await talk(script, answer=replying(lambda i: compact(4, i, "SecurityError", "no", {})))
    assert rules.faults == [f"{CSMS}: CALLERROR SecurityError no to Heartbeat"]


async def test_a_result_where_the_case_asks_for_an_error_is_told():
    async def script(station):
        with pytest.raises(AssertionError, match="Heartbeat was answered"):
            await station.is_refused("Heartbeat")

    await talk(script, answer=replying(lambda i: compact(3, i, {"currentTime": NOW})))


async def test_the_station_may_answer_with_an_error_where_its_case_says_so():
    async def script(station):
        station.expect("ClearCache", NotSupportedError())
        await until(lambda: station.rules.said and not station.rules.open)

    rules = await talk(script, V201, compact(2, "1", "ClearCache", {}))
    assert (rules.faults, rules.said[0].error) == ([], "NotSupported")


async def test_what_no_step_expects_is_told():
    async def script(station):
        await until(lambda: station.rules.faults)

    rules = await talk(script, V201, compact(2, "1", "ClearCache", {}))
    assert f"{CSMS}: ClearCache, which no step of the case expects" in rules.faults


async def test_what_goes_wrong_while_the_station_reports_is_told():
    async def script(station):
        async def report(payload):
            raise AssertionError("in the midst of it")

        station.answers("GetBaseReport", {"status": "Accepted"}, report)
        await until(lambda: station.rules.said and not station.rules.open)

    with pytest.raises(AssertionError, match="in the midst of it"):
        await talk(script, V201, compact(2, "1", "GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}))


STREAMED = {"id": 1, "pending": 0, "basetime": NOW, "data": [{"t": 0, "v": "1"}]}


@pytest.mark.parametrize(
    ("version", "payload", "told"),
    [
        (V21, STREAMED, []),
        (V21, {"id": 1}, "is a required property"),
        (V201, STREAMED, "no frame of OCPP-J"),
    ],
)
async def test_a_stream_is_judged_and_waits_for_no_answer(version, payload, told):
    async def script(station):
        await station.sends(**payload)
        assert station.rules.open == []

    faults = (await talk(script, version)).faults
    assert any(told in fault for fault in faults) if told else faults == []


def test_an_answer_to_a_stream_is_told():
    rules = FrameRules(V21)
    rules.saw(STATION, compact(6, "1", "NotifyPeriodicEventStream", STREAMED))
    rules.saw(CSMS, compact(3, "1", {}))
    assert rules.faults == [f"{CSMS}: an answer to nothing, 1"]


def test_another_call_as_send_is_told():
    rules = FrameRules(V21)
    rules.saw(STATION, compact(6, "1", "Heartbeat", {}))
    assert f"{STATION}: Heartbeat as SEND" in rules.faults


@pytest.mark.parametrize(("by", "version"), [(STATUS, V201), (EVENT, V21)])
async def test_a_station_tells_its_connectors_by_what_its_version_prefers(by, version):
    async def script(station):
        await station.connector("Occupied", evse=2)
        await station.connector("Available", evse=2, by=STATUS)

    rules = await talk(script, version, answer=replying(lambda i: compact(3, i, {})))
    assert [one.action for one in rules.said] == [by, STATUS]
    assert rules.faults == []


def test_a_csms_sends_what_it_may_send():
    assert len(TO_STATION[V201]) == 40
    assert len(TO_STATION[V21]) == 55
    assert "BootNotification" not in TO_STATION[V21]


def test_answers_about_variables():
    item = {"attributeType": "Target", **variable_of("EVSE", "Power", evse=1, connector=2)}
    asked = {"getVariableData": [item, variable_of("EVSE", "Other")]}
    [found, unknown] = got({("EVSE", "Power"): "1"})(asked)["getVariableResult"]
    assert found == {"attributeStatus": "Accepted", "attributeValue": "1", **item}
    assert unknown == {"attributeStatus": "UnknownVariable", **variable_of("EVSE", "Other")}
    [result] = set_with("Rejected")({"setVariableData": [{"attributeValue": "1", **item}]})["setVariableResult"]
    assert result == {"attributeStatus": "Rejected", **item}


def test_a_user_of_its_own_in_the_header():
    assert authorization("secret", "") != authorization("secret", "OCTT")


def test_a_test_must_be_named_after_its_case():
    with pytest.raises(AssertionError, match="is not named after case B_01"):

        @case201("B_01", "")
        def test_tc_b_02_cold_boot():
            """Never collected."""


def test_rules_of_another_version_are_others():
    call = compact(2, "1", "Authorize", {"idToken": VALID})
    rules = {version: FrameRules(version) for version in (V16, V201, V21)}
    for one in rules.values():
        one.saw(STATION, call)
    assert rules[V201].faults == rules[V21].faults == []
    assert any("'idTag' is a required property" in fault for fault in rules[V16].faults)
