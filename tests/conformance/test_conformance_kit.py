"""The kit can fail: against a CSMS that does one thing wrong, it says which."""

import asyncio
import json
from contextlib import suppress

import pytest
from cases16 import case
from e2e_kit import until
from frame_rules_kit import CSMS, STATION, FrameRules, hollow, is_date_time, is_uri
from ocpp.exceptions import OCPPError
from raw_kit import Scripted
from scripted_station_kit import FIRMWARE, connected, now

NOW = "2026-11-20T12:00:00Z"
BOOTED = {"currentTime": NOW, "interval": 300, "status": "Accepted"}


def compact(*frame):
    return json.dumps(frame, separators=(",", ":"))


def saying(*texts):
    """A CSMS's greeting: these frames, one at once after the other."""

    async def greet(ws):
        for text in texts:
            await ws.send(text)

    return greet


def replying(make):
    """A CSMS that answers calls with `make(message_id)`, and takes answers as they come."""
    return lambda text: make(json.loads(text)[1]) if text.startswith("[2,") else None


right = replying(lambda message_id: compact(3, message_id, BOOTED))


async def talk(script, **scripted):
    """`script(station)` against a fake CSMS; what the rules say in the end."""
    rules = FrameRules()
    async with (
        Scripted(**scripted) as csms,
        connected(f"ws://127.0.0.1:{csms.port}/OCTT", "OCTT", rules) as station,
    ):
        await script(station)
    return rules


async def boot(station):
    with suppress(OCPPError):  # the package's own rules, where it has the same
        await station.boots()


async def test_a_csms_that_does_everything_right_has_no_faults():
    calls = [compact(2, "1", "Reset", {"type": "Hard"}), compact(2, "2", "ClearCache", {})]

    async def script(station):
        reset = station.expect("Reset", {"status": "Accepted"})
        cleared = station.expect("ClearCache", {"status": "Rejected"})
        await station.boots()
        assert await reset == {"type": "Hard"}
        await csms_goes_on.wait()
        assert await cleared == {}
        assert station.missing == []
        await until(lambda: not station.rules.open)

    csms_goes_on = asyncio.Event()

    def answer(text):
        if text.startswith("[2,"):
            return right(text)
        if json.loads(text)[1] == "1":
            csms_goes_on.set()
            return calls[1]
        return None

    rules = await talk(script, answer=answer, greet=saying(calls[0]))
    assert rules.faults == []
    assert rules.open == []
    assert [(one.sender, one.action) for one in rules.said if one.sender == CSMS] == [
        (CSMS, "Reset"), (CSMS, "ClearCache"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda i: compact(3, i, {"currentTime": NOW, "status": "Accepted"}), "'interval' is a required property"),
        (lambda i: compact(3, i, {**BOOTED, "status": "Perhaps"}), "'Perhaps' is not one of"),
        (lambda i: compact(3, i, {**BOOTED, "more": 1}), "Additional properties are not allowed"),
        (lambda i: compact(3, i, {**BOOTED, "currentTime": "2026-11-20 12:00"}), "is not a 'date-time'"),
        (lambda i: compact(3, i, {**BOOTED, "interval": None}), "an empty payload.interval"),
        (lambda i: json.dumps([3, i, BOOTED]), "blanks between the tokens"),
        (lambda i: compact(4, i, "NotSupported", "", {}), "CALLERROR NotSupported"),
    ],
)
async def test_a_wrong_answer_to_a_boot_is_told(make, told):
    rules = await talk(boot, answer=replying(make))
    assert any(told in fault for fault in rules.faults), rules.faults
    assert all(fault.startswith(CSMS) for fault in rules.faults)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([compact(2, "1", "Reset", {"type": "Now"})], "'Now' is not one of"),
        ([compact(2, "1", "Reset", {})], "'type' is a required property"),
        ([compact(2, "1", "Restart", {})], "Restart is no message of 1.6"),
        ([compact(2, "1", "GetConfiguration", {"key": []})], "an empty payload.key"),
        ([compact(2, "1", "ClearChargingProfile", {"id": None})], "an empty payload.id"),
        ([compact(2, "x" * 37, "ClearCache", {})], "a message id of 37 characters"),
        ([compact(2, "", "ClearCache", {})], "a message id of 0 characters"),
        ([compact(2, "1", "ClearCache", {}), compact(2, "2", "ClearCache", {})], "while ClearCache is open"),
        ([compact(2, "1", "ClearCache", {}), compact(2, "1", "ClearCache", {})], "the message id 1 a second time"),
        ([compact(3, "of nobody", {})], "an answer to nothing"),
        ([compact(2, "1", "ClearCache")], "no frame of OCPP-J"),
        ([compact(5, "1", {})], "no frame of OCPP-J"),
        (["{}"], "no frame of OCPP-J"),
        (["[2,"], "not JSON"),
    ],
)
async def test_a_wrong_call_is_told(texts, told):
    async def script(station):
        for action in ("ClearCache", "ClearCache", "Reset", "GetConfiguration", "ClearChargingProfile"):
            answer = {} if action == "GetConfiguration" else {"status": "Accepted"}
            station.expect(action, answer, optional=True)
        await until(lambda: len(station._connection.frames) >= len(texts))

    rules = await talk(script, greet=saying(*texts))
    assert any(told in fault for fault in rules.faults), rules.faults


async def test_a_second_answer_to_the_same_call_is_told():
    rules = FrameRules()
    rules.saw(STATION, compact(2, "1", "Heartbeat", {}))
    for _ in range(2):
        rules.saw(CSMS, compact(3, "1", {"currentTime": NOW}))
    assert rules.faults == [f"{CSMS}: an answer to nothing, 1"]


async def test_a_message_id_of_the_connection_before_is_told():
    rules = FrameRules()
    for _ in range(2):
        rules.connected()
        rules.saw(CSMS, compact(2, "1", "ClearCache", {}))
    assert rules.faults == [f"{CSMS}: the message id 1 a second time"]


async def test_what_no_step_expects_is_told():
    async def script(station):
        await until(lambda: station.rules.faults)

    rules = await talk(script, greet=saying(compact(2, "1", "ClearCache", {})))
    assert f"{CSMS}: ClearCache, which no step of the case expects" in rules.faults


async def test_what_comes_before_its_turn_is_told():
    async def script(station):
        station.expect("Reset", {"status": "Accepted"})
        station.expect("ClearCache", {"status": "Accepted"})
        await until(lambda: station.rules.faults)
        assert station.missing == ["Reset", "ClearCache"]

    rules = await talk(script, greet=saying(compact(2, "1", "ClearCache", {})))
    assert f"{CSMS}: ClearCache, which no step of the case expects" in rules.faults


async def test_what_may_come_is_no_fault_and_is_not_missing():
    async def script(station):
        station.expect("GetLocalListVersion", {"listVersion": 0}, optional=True)
        cleared = station.expect("ClearCache", {"status": "Accepted"})
        assert await cleared == {}
        assert station.missing == []

    rules = await talk(script, greet=saying(compact(2, "1", "ClearCache", {})))
    assert rules.faults == []


async def test_what_never_comes_is_told(monkeypatch):
    monkeypatch.setattr("judged_wire_kit.WAIT", 0.01)

    async def script(station):
        waited = station.expect("Reset", {"status": "Accepted"})
        with pytest.raises(AssertionError, match="the CSMS sent no Reset"):
            await waited
        assert station.missing == ["Reset"]

    await talk(script)


async def test_the_station_is_judged_too():
    async def script(station):
        await station._connection.send(compact(2, "1", "BootNotification", {"chargePointVendor": FIRMWARE}))
        await until(lambda: not station.rules.open)

    rules = await talk(script, answer=right)
    assert rules.faults == [
        f"{STATION}: BootNotification against its schema at $: 'chargePointModel' is a required property"
    ]


def test_what_is_hollow():
    payload = {"a": None, "b": [{"c": {}}, {"d": 0, "e": "", "f": False}], "g": []}
    assert list(hollow(payload)) == ["payload.a", "payload.b.0.c", "payload.g"]
    assert list(hollow({})) == []


@pytest.mark.parametrize("text", ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.123+01:00"])
def test_times_that_a_station_reads(text):
    assert is_date_time(text)


@pytest.mark.parametrize(
    "text", ["2026-11-20T12:00:00", "2026-11-20T12:00:00.123456Z", "2026-11-20", "2026-11-20 12:00:00Z", ""]
)
def test_times_that_a_station_does_not_read(text):
    assert not is_date_time(text)


def test_a_time_that_there_is_not():
    with pytest.raises(ValueError, match="month"):
        is_date_time("2026-13-20T12:00:00Z")


def test_uris():
    assert is_uri("ftp://user:password@example.org/folder")
    assert not is_uri("example.org/folder")
    assert not is_uri("http://example.org/a b")


def test_the_stations_own_times_are_as_the_rules_want_them():
    assert is_date_time(now())


def test_a_test_must_be_named_after_its_case():
    with pytest.raises(AssertionError, match="is not named after case 003"):

        @case("003", "")
        def test_tc_004_1_start():
            """Never collected."""
