"""OCPP 2.1 battery swapping: swaps asked for, and followed to their end."""

import pytest
from pydantic import ValidationError

from broker.api import Direction, Reply, StationRefused, Token
from broker.testing import harness
from plugins.ocpp21.battery_swap.plugin import BatterySwap

V = "ocpp2.1"
AT = "2026-01-01T00:00:00Z"
TOKEN = {"idToken": "TAG1", "type": "ISO14443"}
BATTERY = {"evseId": 1, "serialNumber": "B1", "soC": 15, "soH": 99}


@pytest.fixture
async def h():
    one = await harness(BatterySwap).ready()
    one.session(V).replies["RequestBatterySwap"] = Reply.result({"status": "Accepted"})
    yield one
    await one.stop()


async def _say(h, kind, number=7, **more):
    payload = {"requestId": number, "eventType": kind, "idToken": TOKEN, "batteryData": [BATTERY], **more}
    assert (await h.call(V, "BatterySwap", payload)).payload == {}


async def _swaps(h):
    return (await h.operate(V, "battery-swaps"))["swaps"]


def test_the_plugin_owns_its_actions():
    owned = {(one.version, one.name, one.direction) for one in BatterySwap.register_actions(None)}
    assert owned == {(V, "BatterySwap", Direction.FROM_STATION), (V, "RequestBatterySwap", Direction.TO_STATION)}


async def test_a_swap_is_asked_for_and_followed(h):
    """S_103."""
    told = await h.operate(V, "request-battery-swap", {"idToken": "TAG1/ISO14443", "requestId": 7})
    assert told == {"status": "Accepted", "requestId": 7}
    assert h.session(V).sent == [("RequestBatterySwap", {"idToken": TOKEN, "requestId": 7})]
    await _say(h, "BatteryIn")
    await _say(h, "BatteryOut")
    (swap,) = await _swaps(h)
    assert (swap["requestId"], swap["answer"], swap["idToken"]) == (7, "Accepted", TOKEN)
    assert [event["eventType"] for event in swap["events"]] == ["BatteryIn", "BatteryOut"]


async def test_a_station_without_enough_batteries(h):
    """S_102."""
    info = {"reasonCode": "NoBatteryAvailable"}
    h.session(V).replies["RequestBatterySwap"] = Reply.result({"status": "Rejected", "statusInfo": info})
    told = await h.operate(V, "request-battery-swap", {"idToken": TOKEN, "requestId": 7})
    assert told == {"status": "Rejected", "requestId": 7, "statusInfo": info}
    assert [one["answer"] for one in await _swaps(h)] == ["Rejected"]


async def test_what_is_left_out_is_chosen(h):
    await h.records.tokens.put(Token(id="TAG1", type="ISO15693"))
    numbers = [(await h.operate(V, "request-battery-swap", {"idToken": "TAG1"}))["requestId"] for _ in range(2)]
    assert len(set(numbers)) == 2
    assert h.session(V).sent[0][1] == {"idToken": {"idToken": "TAG1", "type": "ISO15693"}, "requestId": numbers[0]}


async def test_an_error_is_the_stations(h):
    h.session(V).replies["RequestBatterySwap"] = Reply.error("NotSupported", "")
    with pytest.raises(StationRefused):
        await h.operate(V, "request-battery-swap", {"idToken": TOKEN})
    assert [one["answer"] for one in await _swaps(h)] == ["NotSupported"]


async def test_a_token_is_needed(h):
    with pytest.raises(ValidationError):
        await h.operate(V, "request-battery-swap", {})


async def test_a_swap_that_nobody_asked_for(h):
    await _say(h, "BatteryIn", 99)
    assert await _swaps(h) == [
        {
            "requestId": 99,
            "idToken": TOKEN,
            "at": AT,
            "events": [{"eventType": "BatteryIn", "at": AT, "batteryData": [BATTERY]}],
        }
    ]


async def test_a_repetition_adds_nothing(h):
    await _say(h, "BatteryIn")
    await _say(h, "BatteryIn")
    assert [len(one["events"]) for one in await _swaps(h)] == [1]


async def test_events_are_counted(h):
    await h.plugins.start(None)
    for kind in ("BatteryIn", "BatteryOut", "BatteryOutTimeout", "Vendor" * 100):
        await _say(h, kind)

    def count(kind):
        name = "switchboard_plugin_ocpp21_battery_swap_events_total"
        return h.contexts.registry.get_sample_value(name, {"event": kind})

    assert [count(kind) for kind in ("BatteryIn", "BatteryOut", "BatteryOutTimeout", "other")] == [1, 1, 1, 1]


@pytest.mark.parametrize("payload", [{}, {"requestId": "x"}, {"requestId": 7, "eventType": 5, "batteryData": {}}])
async def test_an_event_of_an_odd_shape_is_answered_and_not_kept(h, payload):
    assert (await h.call(V, "BatterySwap", payload)).payload == {}
    assert await _swaps(h) == []


async def test_a_request_of_an_odd_shape_is_no_failure(h):
    for payload in ({}, {"requestId": 7, "idToken": 5}):
        await h.reply(V, "RequestBatterySwap", payload, Reply.result({"status": 5}), direction=Direction.TO_STATION)
    assert [(one["answer"], one["idToken"]) for one in await _swaps(h)] == [("", {})]
