"""A payload in a few words."""

import pytest

from broker.cli.summary import summary

ENERGY = {"value": "1500", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}


@pytest.mark.parametrize(
    ("action", "payload", "words"),
    [
        ("Heartbeat", {}, ""),
        ("Heartbeat", {"currentTime": "2026-01-01T00:00:00Z"}, ""),
        ("StartTransaction", {"connectorId": 1, "idTag": "DEMO-TAG", "timestamp": "x"}, "connector 1, idTag DEMO-TAG"),
        ("StartTransaction", {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}, "transaction 7, Accepted"),
        (
            "StatusNotification",
            {"connectorId": 2, "errorCode": "NoError", "status": "Available"},
            "Available, connector 2",
        ),
        ("StatusNotification", {"errorCode": "GroundFailure", "status": "Faulted"}, "Faulted, GroundFailure"),
        ("StopTransaction", {"meterStop": 12345, "reason": "Local"}, "12.35 kWh, reason Local"),
        ("MeterValues", {"meterValue": [{"sampledValue": [ENERGY]}]}, "1.50 kWh"),
        ("MeterValues", {"meterValue": [{"sampledValue": [{"value": "21"}]}]}, "0.02 kWh"),
        ("MeterValues", {"meterValue": [{"sampledValue": [{"value": "x"}]}]}, "x"),
        ("MeterValues", {"meterValue": [{"sampledValue": [{"value": "1", "measurand": "Voltage"}]}]}, "1 samples"),
        ("Authorize", {"idToken": {"idToken": "ABC", "type": "Central"}}, "idToken ABC"),
        ("GetConfiguration", {"key": ["A", "B"]}, "key A B"),
        ("SendLocalList", {"localAuthorizationList": [{}, {}, {}, {}]}, "4 localAuthorizationList"),
        ("DataTransfer", {"data": {"a": {"b": None, "c": True}}}, "c true"),
    ],
)
def test_what_matters_is_said(action, payload, words):
    assert summary(action, payload) == words


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": "hunter2"},
        {"basicAuthPassword": "hunter2"},
        {"setVariableData": [{"attributeValue": "hunter2", "variable": {"name": "BasicAuthPassword"}}]},
    ],
)
def test_a_secret_is_never_said(payload):
    assert "hunter2" not in summary("X", payload)


def test_a_long_payload_is_cut():
    assert summary("X", {f"k{number}": number for number in range(20)}).endswith("k7 7, ...")
    assert len(summary("X", {"k": "v" * 500})) < 60


def test_a_stranger_cannot_drive_the_terminal():
    assert "\x1b" not in summary("X", {"a\x1b[2J": "\x1b[2J", "status": "\x1b", "l\x1b": ["\x1b"]})


@pytest.mark.parametrize("payload", [None, [], "text", {"meterValue": 3}, {"idToken": None}, {"evse": []}])
def test_any_shape_is_survived(payload):
    assert isinstance(summary("X", payload), str)
