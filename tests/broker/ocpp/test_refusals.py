"""Every action of every version is refused in its own words, and validly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, ErrorKind, Schemas, Version, error_code, schema_files
from broker.ocpp.refusals import refusal

V16, V201, V21 = Version
NOW = "2026-01-02T10:00:00Z"
SCHEMAS = Schemas()
ACTIONS = [(version, action) for version in Version for action in sorted(schema_files.actions(version))]

VARIABLE = {"component": {"name": "SecurityCtrlr", "evse": {"id": 1}}, "variable": {"name": "Identity"}}
MONITOR = {**VARIABLE, "value": 1.50, "type": "Delta", "severity": 5}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
PAYLOADS = {
    "ClearTariffs": {"tariffIds": ["t1", "t2"]},
    "ClearVariableMonitoring": {"id": [1, 2]},
    "GetCertificateChainStatus": {
        "certificateStatusRequests": [{"certificateHashData": HASH, "source": "OCSP", "urls": ["http://x"]}]
    },
    "GetConfiguration": {"key": ["HeartbeatInterval", "Other"]},
    "GetVariables": {"getVariableData": [VARIABLE, {**VARIABLE, "attributeType": "Target"}]},
    "SetVariableMonitoring": {"setMonitoringData": [MONITOR, {**MONITOR, "id": 7}]},
    "SetVariables": {
        "setVariableData": [{**VARIABLE, "attributeValue": "x"}, {**VARIABLE, "attributeType": "Target"} | VARIABLE]
    },
    "VatNumberValidation": {"vatNumber": "DE1", "evseId": 1},
}
ITEMIZED = sorted(PAYLOADS)
#: Responses that acknowledge, or tell facts.
ONLY_YES = {
    V16: "DiagnosticsStatusNotification FirmwareStatusNotification GetDiagnostics Heartbeat LogStatusNotification"
    " MeterValues SecurityEventNotification SignedFirmwareStatusNotification StatusNotification StopTransaction"
    " UpdateFirmware",
    V201: "ClearedChargingLimit CostUpdated FirmwareStatusNotification GetLocalListVersion GetTransactionStatus"
    " Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages"
    " NotifyEvent NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles"
    " ReservationStatusUpdate SecurityEventNotification StatusNotification TransactionEvent",
}
ONLY_YES[V21] = (
    ONLY_YES[V201] + " BatterySwap ClosePeriodicEventStream GetPeriodicEventStream NotifyDERAlarm NotifyDERStartStop"
    " NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement NotifyWebPaymentStarted ReportDERControl"
)
NOES = {"Rejected", "Invalid", "Unknown", "Failed", "NotFound", "NoProfiles", "UnlockFailed", "NoFirmware"}


def call(version, action, payload=None):
    return Call(action, json.dumps(PAYLOADS.get(action, {}) if payload is None else payload).encode(), version=version)


def statuses(node):
    """Every status in a response, at any depth."""
    if isinstance(node, list):
        return {status for item in node for status in statuses(item)}
    if not isinstance(node, dict):
        return set()
    own = {value for name, value in node.items() if name in ("status", "attributeStatus")}
    return own | {status for item in node.values() for status in statuses(item)}


@pytest.mark.parametrize(("version", "action"), ACTIONS)
def test_a_refusal_is_valid_and_says_no_or_is_a_callerror(version, action):
    reply = refusal(call(version, action), now=NOW)
    if action in ONLY_YES[version].split():
        assert not reply.is_result
        assert reply.code == error_code(version, ErrorKind.NOT_SUPPORTED)
        return
    assert reply.is_result
    assert SCHEMAS.check_result(version, action, reply) is None
    no = {
        "GetLocalListVersion": {"listVersion": -1},
        "GetConfiguration": {"unknownKey": ["HeartbeatInterval", "Other"]},
    }
    assert (statuses(reply.payload) and statuses(reply.payload) <= NOES) or reply.payload == no[action]


def must_say(node, root):
    """Whether a response, or an item that it must have, has a status that must be there."""
    node = root["definitions"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    required = {name: member for name, member in node.get("properties", {}).items() if name in node.get("required", ())}
    inner = [*required.values(), *([node["items"]] if "items" in node else [])]
    return bool({"status", "attributeStatus"} & set(required)) or any(must_say(one, root) for one in inner)


@pytest.mark.parametrize(("version", "action"), ACTIONS)
def test_what_has_a_status_in_its_response_is_never_a_callerror(version, action):
    """By the schemas, so that no action of a newer `ocpp` package is overlooked."""
    schema = schema_files.load(version, action, result=True) or {}
    worded = must_say(schema, schema) or (version is V16 and action in ("GetConfiguration", "GetLocalListVersion"))
    assert worded == (action not in ONLY_YES[version].split())


@pytest.mark.parametrize(
    ("version", "action", "answer"),
    [
        (V16, "UnlockConnector", {"status": "UnlockFailed"}),
        (V16, "SendLocalList", {"status": "Failed"}),
        (V16, "Authorize", {"idTagInfo": {"status": "Invalid"}}),
        (V16, "GetInstalledCertificateIds", {"status": "NotFound"}),
        (V201, "Authorize", {"idTokenInfo": {"status": "Invalid"}}),
        (V201, "ClearDisplayMessage", {"status": "Unknown"}),
        (V21, "ClearDisplayMessage", {"status": "Rejected"}),
        (V201, "UpdateFirmware", {"status": "Rejected"}),
        (V201, "UnpublishFirmware", {"status": "NoFirmware"}),
        (V201, "ClearVariableMonitoring",
         {"clearMonitoringResult": [{"id": 1, "status": "Rejected"}, {"id": 2, "status": "Rejected"}]}),
        (V201, "GetVariables",
         {"getVariableResult": [{**VARIABLE, "attributeStatus": "Rejected"},
                                {**VARIABLE, "attributeType": "Target", "attributeStatus": "Rejected"}]}),
        (V21, "SetVariableMonitoring",
         {"setMonitoringResult": [{**VARIABLE, "type": "Delta", "severity": 5, "status": "Rejected"},
                                  {**VARIABLE, "type": "Delta", "severity": 5, "id": 7, "status": "Rejected"}]}),
        (V21, "ClearTariffs", {"clearTariffsResult": [{"tariffId": "t1", "status": "Rejected"},
                                                      {"tariffId": "t2", "status": "Rejected"}]}),
        (V21, "VatNumberValidation", {"vatNumber": "DE1", "evseId": 1, "status": "Rejected"}),
    ],
)  # fmt: skip
def test_the_words_of_an_action(version, action, answer):
    assert refusal(call(version, action)).payload == answer


def test_an_answer_to_set_variables_does_not_repeat_the_values():
    reply = refusal(call(V201, "SetVariables", {"setVariableData": [{**VARIABLE, "attributeValue": "canary"}]}))
    assert reply.is_result
    assert b"canary" not in reply.raw


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        (V16, "GetConfiguration", {"key": []}),
        (V201, "ClearVariableMonitoring", {"id": []}),
        (V201, "ClearVariableMonitoring", {"id": [True]}),
        (V201, "ClearVariableMonitoring", {"id": [1, "2"]}),
        (V201, "GetVariables", {"getVariableData": [VARIABLE, {"component": {"name": "x"}}]}),
        (V21, "VatNumberValidation", {}),
    ],
)
def test_items_that_could_not_be_repeated_validly_are_a_callerror(version, action, payload):
    assert refusal(call(version, action, payload)).code == "NotSupported"


@pytest.mark.parametrize(("version", "action"), [(V16, "GetConfiguration"), (V21, "ClearTariffs")])
def test_a_request_for_everything(version, action):
    reply = refusal(call(version, action, {}))
    assert reply.payload == ({} if version is V16 else {"clearTariffsResult": [{"status": "Rejected"}]})
    assert reply.is_result == (version is V21)


@pytest.mark.parametrize(
    ("version", "action"), [(V16, "BootNotification"), (V201, "BootNotification"), (V21, "GetCertificateChainStatus")]
)
def test_without_the_time_a_response_that_must_carry_it_is_a_callerror(version, action):
    assert not refusal(call(version, action)).is_result


@pytest.mark.parametrize("action", ["SetVariables", "Nonsense", "", "reset"])
def test_an_action_that_the_version_does_not_have_is_not_supported(action):
    assert refusal(call(V16, action)).code == "NotSupported"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"setVariableData":[{"component":1}]}'])
def test_a_payload_that_cannot_be_read_is_refused_all_the_same(raw):
    assert refusal(Call("SetVariables", raw, version=V201)).code == "NotSupported"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*VARIABLE, "id", "name"]), inner),
    max_leaves=8,
)


@given(st.sampled_from(ITEMIZED), st.data())
def test_whatever_the_members_hold_there_is_an_answer(action, data):
    payload = {name: data.draw(JSON) for name in PAYLOADS[action]}
    for version in Version:
        reply = refusal(call(version, action, payload), now=NOW)
        assert reply.is_result or reply.code == "NotSupported"
