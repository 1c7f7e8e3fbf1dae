"""What a secondary gets of a station's calls."""

import json
from types import SimpleNamespace

import pytest

from broker.config.secondaries import Filter
from broker.ocpp import Call, Reply, Version
from broker.session.shadow.shaping import Shaper

KEY = b"k" * 32
V16, V201, V21 = Version


def shaper(version=V16, **rules):
    return Shaper(Filter(**rules), version, KEY)


def call(action, payload, version=V16):
    return Call(action, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), version, "7", b'"7"')


def reading(second, **more):
    return {"timestamp": f"2026-01-01T00:00:{second:02}Z", "sampledValue": [{"value": "1", **more}]}


def meter_values(*readings, connector=1, transaction=7, **more):
    return call("MeterValues", {"connectorId": connector, "transactionId": transaction, "meterValue": readings, **more})


def event(kind, *readings, transaction="T1", **more):
    info = {"transactionInfo": {"transactionId": transaction}}
    payload = {"eventType": kind, "seqNo": 3, **info, **({"meterValue": readings} if readings else {}), **more}
    return call("TransactionEvent", payload, V201)


def test_without_rules_every_call_is_the_same_object():
    shaped = shaper()
    for message in (call("Heartbeat", b"{}"), meter_values(reading(0)), call("StartTransaction", {"idTag": "04AB"})):
        assert shaped.shape(message, 0.0) is message


def test_only_the_actions_that_fit_are_sent():
    shaped = shaper(actions=["*Transaction", "MeterValues"])
    for action, sent in (
        ("StartTransaction", True),
        ("MeterValues", True),
        ("Heartbeat", False),
        ("metervalues", False),
    ):
        message = call(action, b"{}")
        assert shaped.shape(message, 0.0) is (message if sent else None)


def test_an_action_that_is_left_out_does_not_count_for_every():
    shaped = shaper(actions=["Heartbeat"], every=60)
    assert shaped.shape(meter_values(reading(0)), 0.0) is None
    assert shaped._thinner._last == {}


# --- meter values ---------------------------------------------------------------------------------------------------


def test_measurands_of_meter_values():
    message = meter_values(reading(0, measurand="SoC"), reading(0, measurand="Voltage"))
    seen = shaper(measurands="SoC").shape(message, 0.0)
    assert seen.payload == {**message.payload, "meterValue": [reading(0, measurand="SoC")]}
    assert (seen.id, seen.id_json) == ("7", b'"7"')


def test_literals_stay_what_they_are():
    raw = b'{"connectorId":1,"x":1.50,"meterValue":[{"sampledValue":[{"value":"1"},{"measurand":"SoC","y":2.0}]}]}'
    seen = shaper(measurands="SoC").shape(call("MeterValues", raw), 0.0)
    assert seen.raw == b'{"connectorId":1,"x":1.50,"meterValue":[{"sampledValue":[{"measurand":"SoC","y":2.0}]}]}'


def test_meter_values_left_empty_are_not_sent():
    assert shaper(measurands="SoC").shape(meter_values(reading(0)), 0.0) is None


@pytest.mark.parametrize("version", list(Version))
def test_readings_too_close_are_not_sent(version):
    shaped = shaper(version, every=20)
    name = "connectorId" if version is V16 else "evseId"
    messages = [call("MeterValues", {name: 1, "meterValue": [reading(s)]}, version) for s in (0, 10, 20)]
    assert [shaped.shape(message, s * 10.0) for s, message in enumerate(messages)] == [messages[0], None, messages[2]]


@pytest.mark.parametrize("version", list(Version))
def test_connectors_are_told_apart_by_the_name_that_the_version_has(version):
    shaped = shaper(version, every=20)
    name = "connectorId" if version is V16 else "evseId"
    messages = [call("MeterValues", {name: place, "meterValue": [reading(place)]}, version) for place in (1, 2)]
    assert [shaped.shape(message, 0.0) for message in messages] == messages


def test_transactions_are_told_apart():
    shaped = shaper(every=20)
    messages = [meter_values(reading(transaction), transaction=transaction) for transaction in (7, 8)]
    assert [shaped.shape(message, 0.0) for message in messages] == messages
    assert shaped.shape(meter_values(reading(9), transaction=7), 9.0) is None


@pytest.mark.parametrize("payload", [{}, {"meterValue": 3}, {"meterValue": []}, {"meterValue": [3], "connectorId": {}}])
def test_meter_values_of_another_shape_pass(payload):
    message = call("MeterValues", payload)
    assert shaper(measurands="SoC", every=60).shape(message, 0.0) is message


def test_begin_and_end_of_a_transaction_keep_their_values():
    shaped = shaper(measurands="SoC", every=60)
    messages = [call("StartTransaction", {"meterStart": 1}), call("StopTransaction", {"transactionData": [reading(0)]})]
    assert [shaped.shape(message, 0.0) for message in messages] == messages
    shaped = shaper(V201, measurands="SoC", every=60)
    events = [event("Started", reading(0)), event("Ended", reading(1))]
    assert [shaped.shape(message, 0.0) for message in events] == events


def test_an_event_is_thinned_and_never_left_out():
    shaped = shaper(V201, measurands=["SoC"], every=20)
    soc, other = [reading(s, measurand="SoC") for s in (0, 5)], reading(0)
    assert shaped.shape(event("Updated", soc[0], other), 0.0).payload == event("Updated", soc[0]).payload
    assert shaped.shape(event("Updated", soc[1]), 5.0).payload == event("Updated").payload
    untouched = event("Updated", triggerReason="ChargingStateChanged")
    assert shaped.shape(untouched, 6.0) is untouched


def test_events_of_one_transaction_count_together_with_and_without_the_evse():
    shaped = shaper(V201, every=20)
    message = event("Updated", reading(0), evse={"id": 1})
    assert shaped.shape(message, 0.0) is message
    assert "meterValue" not in shaped.shape(event("Updated", reading(5)), 5.0).payload
    other = event("Updated", reading(5), transaction="T2")
    assert shaped.shape(other, 5.0) is other


@pytest.mark.parametrize(
    "more", [{"transactionInfo": 3}, {"transactionInfo": {"transactionId": []}}, {"meterValue": {}}]
)
def test_events_of_another_shape_pass(more):
    message = event("Updated", reading(0), **more)
    assert shaper(V201, measurands="*", every=60).shape(message, 0.0) is message


def test_a_vendors_transaction_event_in_1_6_is_no_event():
    message = Call("TransactionEvent", event("Updated", reading(0)).raw, V16)
    assert shaper(measurands="SoC").shape(message, 0.0) is message


def test_other_messages_with_meter_values_are_not_looked_into():
    message = call("NotifyEvent", {"meterValue": [reading(0)]}, V201)
    assert shaper(V201, measurands="SoC", every=60).shape(message, 0.0) is message


def test_the_end_of_a_transaction_is_remembered_no_longer():
    shaped = shaper(every=60)
    shaped.shape(meter_values(reading(0)), 0.0)
    stop = call("StopTransaction", {"transactionId": 7})
    assert shaped.shape(stop, 1.0, head=SimpleNamespace(ends=False, transaction=7)) is stop
    assert shaped._thinner._last
    assert shaped.shape(stop, 1.0, head=SimpleNamespace(ends=True, transaction=7)) is stop
    assert shaped._thinner._last == {}


# --- pseudonyms -----------------------------------------------------------------------------------------------------


def test_pseudonyms_come_after_the_thinning():
    message = meter_values(reading(0, measurand="SoC"), reading(0), idTag="04AB")
    seen = shaper(measurands="SoC", pseudonymise=["idTag"]).shape(message, 0.0).payload
    assert seen["meterValue"] == [reading(0, measurand="SoC")]
    assert seen["idTag"] not in ("04AB", "")


def test_what_is_not_for_this_secondary_at_all():
    assert shaper(V201, pseudonymise=["idTag"]).shape(call("GetCertificateStatus", b"{}", V201), 0.0) is None


def test_answers_of_the_station_have_pseudonyms_too():
    reply = Reply.result({"configurationKey": [{"key": "MeterSerialNumber", "value": "SN-1"}]})
    assert shaper().answer("GetConfiguration", reply) is reply
    assert b"SN-1" not in shaper(pseudonymise=["serial"]).answer("GetConfiguration", reply).raw


def test_the_same_card_has_the_same_pseudonym_in_every_version():
    seen = {
        shaper(pseudonymise=["idTag"]).shape(call("StartTransaction", {"idTag": "04ab"}), 0.0).payload["idTag"],
        shaper(V201, pseudonymise=["idTag"])
        .shape(call("Authorize", {"idToken": {"idToken": "04AB"}}, V201), 0.0)
        .payload["idToken"]["idToken"],
    }
    assert len(seen) == 1
