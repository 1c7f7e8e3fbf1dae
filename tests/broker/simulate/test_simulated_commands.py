"""How a simulated station answers the calls of its CSMS."""

import pytest

from broker.ocpp import Schemas, Version
from broker.simulate import SimulatedStation


@pytest.fixture
async def station(csms, version, fast):
    async with SimulatedStation(csms.url, "CP1", version, pace=fast, timeout=5.0) as connected:
        await csms.wait_for("CP1")
        yield connected


COMMANDS = {
    Version.V16: [
        ("Reset", {"type": "Soft"}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
        ("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"}),
        ("UnlockConnector", {"connectorId": 1}),
        ("UnlockConnector", {"connectorId": 9}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "-1"}),
        ("ChangeConfiguration", {"key": "Unknown", "value": "1"}),
        ("GetConfiguration", {}),
        ("GetConfiguration", {"key": ["HeartbeatInterval", "Unknown"]}),
        ("RemoteStartTransaction", {"idTag": "T"}),
        ("RemoteStopTransaction", {"transactionId": 77}),
        ("ClearCache", {}),
        ("GetLocalListVersion", {}),
        ("DataTransfer", {"vendorId": "x"}),
        ("GetDiagnostics", {"location": "ftp://x.invalid"}),
        ("CancelReservation", {"reservationId": 1}),
    ],
    Version.V201: [
        ("Reset", {"type": "Immediate"}),
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1}}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat", "evse": {"id": 9}}),
        ("UnlockConnector", {"evseId": 1, "connectorId": 1}),
        ("UnlockConnector", {"evseId": 5, "connectorId": 1}),
        ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}),
        ("GetTransactionStatus", {}),
        ("GetTransactionStatus", {"transactionId": "x"}),
        ("RequestStartTransaction", {"idToken": {"idToken": "T", "type": "Central"}, "remoteStartId": 1, "evseId": 1}),
        ("RequestStopTransaction", {"transactionId": "x"}),
        ("ClearCache", {}),
        ("SetVariables", {"setVariableData": [
            {"attributeValue": "60", "component": {"name": "C"}, "variable": {"name": "HeartbeatInterval"}},
            {"attributeValue": "x", "component": {"name": "C"}, "variable": {"name": "HeartbeatInterval"}},
            {"attributeValue": "1", "component": {"name": "C"}, "variable": {"name": "Unknown"}}]}),
        ("GetVariables", {"getVariableData": [
            {"component": {"name": "C"}, "variable": {"name": "HeartbeatInterval"}},
            {"component": {"name": "C"}, "variable": {"name": "Unknown"}}]}),
    ],
}  # fmt: skip
COMMANDS[Version.V21] = COMMANDS[Version.V201]


async def test_every_answer_to_a_command_is_schema_valid(csms, station, version):
    for action, payload in COMMANDS[version]:
        station.transactions.clear()
        if action != "Reset":
            reply = await csms.call("CP1", action, payload)
            assert Schemas().check_result(version, action, reply) is None, (action, reply.raw)


async def test_a_command_nobody_knows_is_not_implemented(csms, station):
    reply = await csms.call("CP1", "FlyToTheMoon", {})
    assert (reply.is_result, reply.code) == (False, "NotImplemented")
