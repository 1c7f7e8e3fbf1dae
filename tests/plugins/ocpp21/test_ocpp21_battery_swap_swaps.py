"""Battery swaps: the rules."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.battery_swap.swaps import MOST, described, happened, requested, shown_token

AT = 1_767_225_600.0
TOKEN = {"idToken": "TAG1", "type": "ISO14443"}
BATTERY = {"evseId": 1, "serialNumber": "B1", "soC": 15, "soH": 99.5}


def _event(kind="BatteryIn", number=7, *batteries, **more):
    return {"requestId": number, "eventType": kind, "idToken": TOKEN, "batteryData": [*batteries] or [BATTERY], **more}


def _kinds(swap):
    return [event["eventType"] for event in swap["events"]]


def test_a_swap_of_the_drivers_own():
    known = happened(happened([], _event("BatteryIn"), AT), _event("BatteryOut", soC=1), AT + 5)
    (swap,) = known
    assert (swap["requestId"], swap["idToken"], swap["at"], _kinds(swap)) == (7, TOKEN, AT, ["BatteryIn", "BatteryOut"])
    assert swap["events"][0] == {"eventType": "BatteryIn", "at": AT, "batteryData": [BATTERY]}
    assert "answer" not in swap


def test_a_swap_that_was_asked_for():
    """S_103."""
    known = requested([], 7, TOKEN, "Accepted", AT)
    (swap,) = happened(known, _event("BatteryOutTimeout"), AT + 5)
    assert (swap["answer"], swap["at"], _kinds(swap)) == ("Accepted", AT, ["BatteryOutTimeout"])
    assert known[0]["events"] == []


def test_a_number_that_is_asked_for_again_is_another_swap():
    known = happened(requested([], 7, TOKEN, "Accepted", AT), _event(), AT)
    assert [(one["answer"], one["events"]) for one in requested(known, 7, TOKEN, "Rejected", AT)] == [("Rejected", [])]


def test_the_same_again_changes_nothing():
    known = happened([], _event(), AT)
    assert happened(known, _event(), AT + 9) is known


@pytest.mark.parametrize("payload", [{}, _event(number="x"), _event("BatteryGone"), _event(5)])
def test_what_is_no_event(payload):
    known = requested([], 7, TOKEN, "Accepted", AT)
    assert happened(known, payload, AT) is known


def test_a_pin_is_not_kept():
    assert shown_token({"idToken": "1234", "type": "KeyCode"}) == {"idToken": "**********", "type": "KeyCode"}
    assert shown_token({"idToken": "1234", "type": "keycode"})["idToken"] == "**********"
    assert shown_token(5) == {}
    assert shown_token({"idToken": 5, "type": "x" * 900}) == {"type": "x" * 500}


def test_batteries_of_an_odd_shape():
    odd = {"evseId": "x", "serialNumber": 5, "soC": "15", "soH": True, "vendorInfo": "v" * 900, "x": 1}
    (swap,) = happened([], _event("BatteryIn", 7, odd, 5, BATTERY), AT)
    assert swap["events"][0]["batteryData"] == [{"soC": 15, "vendorInfo": "v" * 500}, BATTERY]
    assert happened([], _event(batteryData=5), AT)[0]["events"][0]["batteryData"] == []


def test_what_is_kept_is_limited():
    known = []
    for number in range(MOST + 5):
        known = requested(happened(known, _event(number=1_000 + number), AT), number, TOKEN, "x" * 900, AT)
    assert len(known) == MOST
    assert len(known[-1]["answer"]) == 500
    for number in range(60):
        known = happened(known, _event("BatteryIn", 1, *[{**BATTERY, "evseId": number}] * 60), AT)
    assert len(known[-1]["events"]) == len(known[-1]["events"][0]["batteryData"]) == 50


def test_operators_see_the_newest_first():
    known = happened(requested([], 7, TOKEN, "Accepted", AT), _event(number=8), AT)
    shown = described(known)
    assert [one["requestId"] for one in shown] == [8, 7]
    assert shown[0]["at"] == shown[0]["events"][0]["at"] == "2026-01-01T00:00:00Z"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
BATTERIES = st.dictionaries(
    st.sampled_from(["evseId", "serialNumber", "soC", "soH", "productionDate"]), JSON, max_size=5
)


@given(
    st.sampled_from(["BatteryIn", "BatteryOut"]),
    st.lists(BATTERIES, max_size=4) | JSON,
    st.dictionaries(st.text(), JSON) | JSON,
)
def test_nothing_that_a_station_says_is_an_error(kind, batteries, token):
    known = happened([], {"requestId": 1, "eventType": kind, "batteryData": batteries, "idToken": token}, AT)
    assert len(known) == 1
    json.dumps(described(known))
