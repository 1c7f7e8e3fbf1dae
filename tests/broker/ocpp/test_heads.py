"""What a message that must not get lost is, read from a few of its fields."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Version
from broker.ocpp.actions import FROM_STATION
from broker.ocpp.heads import GUARANTEED, Head, Kind, head_of

START = {"connectorId": 1, "idTag": "SECRET-TAG", "meterStart": 5, "timestamp": "2024-01-01T00:00:00Z"}
STOP = {"transactionId": 7, "meterStop": 9, "timestamp": "2024-01-01T01:00:00Z", "idTag": "SECRET-TAG"}
METER = {"connectorId": 1, "transactionId": 7, "meterValue": []}
EVENT = {
    "eventType": "Updated",
    "timestamp": "2024-01-01T00:00:00Z",
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 3,
    "transactionInfo": {"transactionId": "tx-1"},
    "idToken": {"idToken": "SECRET-TAG", "type": "ISO14443"},
}
BY_ACTION = {"StartTransaction": START, "StopTransaction": STOP, "MeterValues": METER}
MISSING = object()


def changed(payload: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**payload, **fields}.items() if value is not MISSING}


def call(action: str, payload: dict[str, Any] | str, version: Version = Version.V16, **more: Any) -> Call:
    raw = payload if isinstance(payload, str) else json.dumps(payload)
    return Call(action, raw.encode(), version, **more)


def head(action: str, payload: dict[str, Any] | str, version: Version = Version.V16) -> Head:
    found = head_of(call(action, payload, version))
    assert found is not None
    return found


def event(version: Version = Version.V201, **fields: Any) -> Head:
    return head("TransactionEvent", changed(EVENT, **fields), version)


def test_what_each_message_is():
    start, stop, meter = (head(action, payload) for action, payload in BY_ACTION.items())
    assert (start.kind, start.transaction, start.begins, start.ends, start.periodic) == (
        "start",
        None,
        True,
        False,
        False,
    )
    assert (stop.kind, stop.transaction, stop.begins, stop.ends, stop.periodic) == ("stop", 7, False, True, False)
    assert (meter.kind, meter.transaction, meter.begins, meter.ends, meter.periodic) == ("meter", 7, False, False, True)
    security = head("SecurityEventNotification", {"type": "x", "timestamp": "y"}, Version.V21)
    assert (security.kind, security.transaction, security.begins, security.ends, security.periodic) == (
        Kind.SECURITY, None, False, False, False,
    )  # fmt: skip


@pytest.mark.parametrize("version", [Version.V201, Version.V21])
@pytest.mark.parametrize(
    ("kind", "trigger", "begins", "ends", "periodic"),
    [
        ("Started", "Authorized", True, False, False),
        ("Started", "MeterValuePeriodic", True, False, False),
        ("Updated", "MeterValuePeriodic", False, False, True),
        ("Updated", "MeterValueClock", False, False, True),
        ("Updated", "ChargingStateChanged", False, False, False),
        ("Ended", "MeterValueClock", False, True, False),
    ],
)
def test_an_event_begins_ends_or_is_periodic(version, kind, trigger, begins, ends, periodic):
    found = event(version, eventType=kind, triggerReason=trigger)
    assert (found.kind, found.transaction) == (Kind.EVENT, "tx-1")
    assert (found.begins, found.ends, found.periodic) == (begins, ends, periodic)
    odd = event(version, eventType=kind, triggerReason=trigger, seqNo="3")
    assert (odd.begins, odd.ends, odd.periodic, odd.transaction) == (begins, ends, periodic, "tx-1")


def test_a_head_keeps_the_call_as_it_was():
    made = call("MeterValues", METER)
    found = head_of(made)
    assert found is not None
    assert found.call is made


def test_the_actions_named_are_those_with_a_head_and_a_station_makes_them():
    for version, actions in GUARANTEED.items():
        assert actions <= FROM_STATION[version]
        payload = json.dumps(METER)
        assert actions == {action for action in FROM_STATION[version] if head_of(call(action, payload, version))}
    assert set(GUARANTEED) == set(Version)


@pytest.mark.parametrize("payload", [changed(METER, transactionId=MISSING), changed(METER, transactionId=None), {}])
def test_meter_values_outside_of_a_transaction_may_get_lost(payload):
    assert head_of(call("MeterValues", payload)) is None


def test_a_send_is_never_answered_and_so_never_promised():
    assert head_of(call("TransactionEvent", EVENT, Version.V21, expects_reply=False)) is None


@pytest.mark.parametrize("number", [0, -1, 1, 2**63 - 1, -(2**63), 2**64])
def test_q37_any_integer_is_a_transaction(number):
    assert head("MeterValues", changed(METER, transactionId=number)).transaction == number
    assert head("StopTransaction", changed(STOP, transactionId=number)).transaction == number


@pytest.mark.parametrize(
    ("value", "number"),
    [("7", 7), ("-1", -1), (7.0, 7), (True, None), ("seven", None), ("", None), ("--7", None), ([7], None), (7.5, None),
     (9007199254740993.0, None), ("\u0667", None), ("9" * 5000, None)],
)  # fmt: skip
def test_a_transaction_id_in_another_type(value, number):
    meter = head("MeterValues", changed(METER, transactionId=value))
    stop = head("StopTransaction", changed(STOP, transactionId=value))
    assert (meter.transaction, stop.transaction) == (number, number)
    assert type(meter.transaction) is type(number)


@pytest.mark.parametrize(("value", "name"), [("", ""), (12, "12"), (True, None), (None, None), ({}, None)])
def test_an_event_of_a_transaction_with_an_odd_name(value, name):
    assert event(transactionInfo={"transactionId": value}).transaction == name


@pytest.mark.parametrize("info", [MISSING, None, "tx-1", [], 5])
def test_an_event_without_a_transaction(info):
    found = event(transactionInfo=info)
    assert (found.kind, found.transaction) == (Kind.EVENT, None)
    assert found.key != event(transactionInfo=info, extra=1).key


@pytest.mark.parametrize("raw", ['{"transactionId":"\\x"}', "{", "{" * 5000, '{"eventType":tru}', '{"a":"\\ud800"}'])
@pytest.mark.parametrize(
    ("action", "version"),
    [("StartTransaction", Version.V16), ("StopTransaction", Version.V16), ("TransactionEvent", Version.V201)],
)
def test_what_cannot_be_read_still_must_not_get_lost(action, version, raw):
    found, other = head(action, raw, version), head(action, raw + " ", version)
    assert found.transaction is None
    assert found.key == head(action, raw, version).key != other.key


def test_meter_values_that_cannot_be_read_may_be_of_a_transaction():
    assert head("MeterValues", '{"transactionId":').transaction is None
    assert head_of(call("MeterValues", '{"meterValue":"\\ud800"}')) is None


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", BY_ACTION)
def test_a_key_says_what_it_is_of_and_no_id_tag(action):
    found = head(action, BY_ACTION[action])
    assert found.key.startswith(f"{found.kind}:")
    assert len(found.key) <= 40
    assert "SECRET" not in found.key + repr(found) + event().key


def test_q38_the_same_message_again_has_the_same_key_however_it_is_written():
    start = head("StartTransaction", START)
    assert start.key == head("StartTransaction", json.dumps(dict(reversed(START.items())), indent=2)).key
    assert start.key == head("StartTransaction", changed(START, reservationId=None, vendor=1)).key
    assert head("StopTransaction", STOP).key == head("StopTransaction", changed(STOP, reason="Local", idTag="B")).key
    assert event().key == event(offline=True, numberOfPhasesUsed=3).key


@pytest.mark.parametrize(
    "other",
    [{"connectorId": 2}, {"idTag": "B"}, {"meterStart": 6}, {"timestamp": "2024-01-01T00:00:01Z"}, {"reservationId": 1},
     {"reservationId": 0}, {"connectorId": "1"}, {"timestamp": MISSING}],
)  # fmt: skip
def test_another_start_has_another_key(other):
    assert head("StartTransaction", changed(START, **other)).key != head("StartTransaction", START).key


@pytest.mark.parametrize("other", [{"transactionId": 8}, {"meterStop": 10}, {"timestamp": "x"}, {"meterStop": 9.5}])
def test_another_stop_has_another_key(other):
    assert head("StopTransaction", changed(STOP, **other)).key != head("StopTransaction", STOP).key


@pytest.mark.parametrize(
    "other",
    [{"transactionInfo": {"transactionId": "tx-2"}}, {"seqNo": 4}, {"eventType": "Ended"}, {"timestamp": "x"},
     {"triggerReason": "Trigger"}, {"seqNo": "3"}, {"transactionInfo": {"transactionId": 5}}],
)  # fmt: skip
def test_another_event_has_another_key(other):
    assert event(**other).key != event().key


def test_meter_values_and_security_events_are_the_same_only_byte_by_byte():
    for action, payload in (("MeterValues", METER), ("SecurityEventNotification", {"type": "a"})):
        text = json.dumps(payload)
        assert head(action, text).key == head(action, text).key
        assert head(action, text).key != head(action, text + " ").key


@pytest.mark.parametrize(
    ("action", "payload", "name"),
    [("StartTransaction", START, name) for name in START]
    + [("StopTransaction", STOP, name) for name in ("transactionId", "meterStop", "timestamp")],
)
def test_without_a_member_that_tells_it_apart_all_of_a_message_counts(action, payload, name):
    poor = changed(payload, **{name: MISSING})
    assert head(action, poor).key == head(action, poor).key
    assert head(action, poor).key != head(action, changed(poor, more=1)).key


@pytest.mark.parametrize("name", ["eventType", "timestamp", "triggerReason", "seqNo"])
def test_two_events_without_a_number_or_time_are_two(name):
    assert event(**{name: MISSING}, numberOfPhasesUsed=1).key != event(**{name: MISSING}, numberOfPhasesUsed=3).key


def test_a_message_in_other_types_is_recognised_too():
    odd = changed(START, connectorId="1", meterStart=5.5)
    assert head("StartTransaction", odd).key == head("StartTransaction", changed(odd, vendor=1)).key
    assert event(seqNo="3").key == event(seqNo="3", offline=True).key
    stop = changed(STOP, transactionId="7")
    assert head("StopTransaction", stop).key == head("StopTransaction", changed(stop, reason="Local")).key
    assert event(seqNo="3").key != event(seqNo="3", transactionInfo={"transactionId": "tx-2"}).key


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*START, *STOP, *EVENT])


@given(
    st.sampled_from([(version, action) for version, actions in GUARANTEED.items() for action in sorted(actions)]),
    st.dictionaries(NAMES, ANYTHING) | st.text(),
)
def test_whatever_a_station_writes_has_a_head_that_can_be_used(what, payload):
    version, action = what
    made = Call(action, (payload if isinstance(payload, str) else json.dumps(payload)).encode(), version)
    first, second = head_of(made), head_of(made)
    if first is None or second is None:
        assert (first, second, action) == (None, None, "MeterValues")
        return
    assert first.key == second.key
    assert type(first.transaction) in ((int, type(None)) if version is Version.V16 else (str, type(None)))
    assert not (first.begins and first.ends)


@given(st.integers(), st.text(), st.integers(), st.text(), st.none() | st.integers())
def test_a_start_is_known_by_all_of_its_five_fields(connector, tag, meter, when, reservation):
    fields = {
        "connectorId": connector,
        "idTag": tag,
        "meterStart": meter,
        "timestamp": when,
        "reservationId": reservation,
    }
    same = head("StartTransaction", fields).key == head("StartTransaction", START).key
    assert same == (fields == {**START, "reservationId": None})
    assert head("StartTransaction", fields).key == head("StartTransaction", {**fields, "more": 1}).key
