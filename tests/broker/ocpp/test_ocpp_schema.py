"""Payloads against their schema: what is wrong, and by which code it is to be called."""

import json

import pytest

from broker.ocpp import Call, ErrorKind, Reply, Schemas, Version, Violation

V16, V201, V21 = Version

START = {"connectorId": 1, "idTag": "ABC", "meterStart": 0, "timestamp": "2026-01-02T10:00:00Z"}
METER = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-02T10:00:00Z", "sampledValue": [{"value": "1"}]}]}
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-01-02T10:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "t"},
    "meterValue": [{"timestamp": "2026-01-02T10:00:00Z", "sampledValue": [{"value": 1.50}]}],
}


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas()


def call(version: Version, action: str, payload: dict) -> Call:
    return Call(action, json.dumps(payload).encode(), version=version)


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        (V16, "StartTransaction", START),
        (V16, "MeterValues", METER),
        (V16, "StopTransaction", {"meterStop": 1, "timestamp": "2026-01-02T10:00:00Z", "transactionId": 1}),
        (V16, "SendLocalList", {"listVersion": 1, "updateType": "Full"}),
        (V16, "SignCertificate", {"csr": "x"}),
        (V201, "TransactionEvent", EVENT),
        (V201, "Heartbeat", {"customData": {"vendorId": "v", "anything": [1]}}),
        (V21, "TransactionEvent", EVENT),
        (
            V21,
            "NotifyPeriodicEventStream",
            {"id": 1, "pending": 0, "basetime": "2026-01-02T10:00:00Z", "data": [{"t": 0.5, "v": "1"}]},
        ),
    ],
)
def test_a_good_payload_is_good(schemas, version, action, payload):
    assert schemas.check_call(call(version, action, payload)) is None


@pytest.mark.parametrize(
    ("payload", "violation"),
    [
        ({**START, "idTag": None}, Violation(ErrorKind.TYPE, "idTag", "is not of type string")),
        ({**START, "idTag": "x" * 21}, Violation(ErrorKind.PROPERTY, "idTag", "breaks maxLength 20")),
        ({**START, "more": 1}, Violation(ErrorKind.FORMAT, "payload", "more is not allowed here")),
        (
            {k: v for k, v in START.items() if k != "idTag"},
            Violation(ErrorKind.OCCURRENCE, "payload", "idTag is missing"),
        ),
        ({**START, "timestamp": ""}, Violation(ErrorKind.PROPERTY, "timestamp", "is not a timestamp")),
        ({**START, "meterStart": 1.5}, Violation(ErrorKind.TYPE, "meterStart", "is not of type integer")),
    ],
)
def test_the_kind_of_violation_is_named(schemas, payload, violation):
    assert schemas.check_call(call(V16, "StartTransaction", payload)) == violation


@pytest.mark.parametrize(
    ("values", "violation"),
    [
        ([{"value": 0.0}], Violation(ErrorKind.TYPE, "meterValue[0].sampledValue[0].value", "is not of type string")),
        (
            [{"value": "1", "unit": "Hz"}],
            Violation(
                ErrorKind.PROPERTY,
                "meterValue[0].sampledValue[0].unit",
                "is not one of: Wh, kWh, varh, kvarh, W, kW, VA, kVA, var, kvar, A, V, ...",
            ),
        ),
    ],
)
def test_the_path_leads_to_the_place(schemas, values, violation):
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-02T10:00:00Z", "sampledValue": values}]}
    assert schemas.check_call(call(V16, "MeterValues", payload)) == violation


def test_too_few_items_are_an_occurrence_violation(schemas):
    violation = schemas.check_call(call(V201, "TransactionEvent", {**EVENT, "meterValue": []}))
    assert violation == Violation(ErrorKind.OCCURRENCE, "meterValue", "breaks minItems 1")


@pytest.mark.parametrize("unit", ["Celsius", "Celcius"])
def test_q21_both_spellings_of_celsius_are_good(schemas, unit):
    value = {"value": "20", "measurand": "Temperature", "unit": unit}
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-02T10:00:00Z", "sampledValue": [value]}]}
    assert schemas.check_call(call(V16, "MeterValues", payload)) is None


@pytest.mark.parametrize(
    ("member", "limit"),
    [("chargePointVendor", 20), ("chargePointModel", 20), ("firmwareVersion", 50), ("meterSerialNumber", 25)],
)
def test_q22_strings_are_good_up_to_their_limit(schemas, member, limit):
    boot = {"chargePointVendor": "v", "chargePointModel": "m"}
    assert schemas.check_call(call(V16, "BootNotification", {**boot, member: "x" * limit})) is None
    violation = schemas.check_call(call(V16, "BootNotification", {**boot, member: "x" * (limit + 1)}))
    assert violation == Violation(ErrorKind.PROPERTY, member, f"breaks maxLength {limit}")


@pytest.mark.parametrize(
    ("timestamp", "good"),
    [
        ("2026-01-02T10:00:00Z", True),
        ("2026-01-02T10:00:00.1234567Z", True),
        ("2026-01-02T10:00:00+02:00", True),
        ("2026-01-02T10:00:00+02", True),
        ("2026-01-02T10:00:00", True),
        ("2026-01-02 10:00:00z", True),
        ("1970-01-01T00:00:60Z", True),
        ("2026-00-02T10:00:00Z", False),
        ("2026-01-02T24:00:00Z", False),
        ("2026-01-02", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_q23_a_timestamp_is_taken_as_stations_write_it(schemas, timestamp, good):
    violation = schemas.check_call(call(V16, "StartTransaction", {**START, "timestamp": timestamp}))
    assert (violation is None) is good


@pytest.mark.parametrize("limit", ["6.0", "16.10", "21.4", "0.1", "32.3", "6000.0"])
def test_a_limit_with_one_decimal_is_a_multiple_of_a_tenth(schemas, limit):
    raw = (
        '{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,'
        '"chargingProfilePurpose":"TxDefaultProfile","chargingProfileKind":"Absolute","chargingSchedule":'
        '{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":%s}]}}}'
    )
    assert schemas.check_call(Call("SetChargingProfile", (raw % limit).encode(), version=V16)) is None
    assert schemas.check_call(Call("SetChargingProfile", (raw % "6.05").encode(), version=V16)) is not None


def test_a_result_is_checked_too(schemas):
    good = Reply.result({"currentTime": "2026-01-02T10:00:00Z"})
    assert schemas.check_result(V16, "Heartbeat", good) is None
    bad = schemas.check_result(V16, "Heartbeat", Reply.result({}))
    assert bad == Violation(ErrorKind.OCCURRENCE, "payload", "currentTime is missing")


def test_an_error_is_not_checked(schemas):
    assert schemas.check_result(V16, "Heartbeat", Reply.error("GenericError")) is None


@pytest.mark.parametrize("action", ["Nope", "../x", "HeartbeatResponse"])
def test_an_unknown_action_passes(schemas, action):
    assert schemas.check_call(call(V16, action, {"a": 1})) is None
    assert schemas.check_result(V16, action, Reply.result({"a": 1})) is None


def test_q18_a_lone_surrogate_raises_nothing(schemas):
    stop = {"meterStop": 1, "timestamp": "2026-01-02T10:00:00Z", "transactionId": 1, "reason": "\ud800"}
    assert schemas.check_call(call(V16, "StopTransaction", stop)) is not None
    assert schemas.check_call(call(V16, "StartTransaction", {**START, "idTag": "\ud800"})) is None


def test_q18_a_payload_too_deep_for_the_validator_is_a_violation(schemas):
    raw = b'{"currentTime":' + b"[" * 400 + b"]" * 400 + b"}"
    violation = schemas.check_call(Call("Heartbeat", raw, version=V16))
    assert violation == Violation(ErrorKind.FORMAT, "payload", "nests too deep to be checked")


def test_q18_a_huge_number_is_no_integer(schemas):
    for number in ("1e999", "9" * 5_000):
        huge = json.dumps(START).replace('"meterStart": 0', f'"meterStart": {number}')
        violation = schemas.check_call(Call("StartTransaction", huge.encode(), version=V16))
        assert violation is not None
        assert violation.kind is ErrorKind.TYPE


def test_no_value_of_the_payload_in_a_violation(schemas):
    for payload in ({**START, "idTag": 12345678}, {**START, "idTag": "secret" * 9}, {**START, "timestamp": "secret"}):
        violation = schemas.check_call(call(V16, "StartTransaction", payload))
        assert "secret" not in repr(violation)
        assert "12345678" not in repr(violation)


def test_names_in_a_violation_are_cut(schemas):
    violation = schemas.check_call(call(V16, "StartTransaction", {**START, "x" * 10_000: 1}))
    assert violation is not None
    assert len(violation.message) < 100


def test_a_plugin_adds_its_own_action():
    own = Schemas()
    own.add(V16, "Blink", {"type": "object", "required": ["times"]}, None)
    assert "Blink" in own.actions(V16)
    assert "Blink" not in own.actions(V201)
    assert own.check_call(call(V16, "Blink", {"times": 2})) is None
    violation = own.check_call(call(V16, "Blink", {}))
    assert violation == Violation(ErrorKind.OCCURRENCE, "payload", "times is missing")
    assert own.check_result(V16, "Blink", Reply.result({"any": 1})) is None


def test_a_plugin_may_replace_a_schema():
    own = Schemas()
    own.add(V16, "Heartbeat", {"type": "object", "maxProperties": 1}, {"type": "object"})
    assert own.check_call(call(V16, "Heartbeat", {"vendor": 1})) is None
    assert own.check_result(V16, "Heartbeat", Reply.result({})) is None


def test_a_plugin_that_brings_one_schema_leaves_the_other_one_of_the_specification():
    own = Schemas()
    own.add(V16, "Heartbeat", {"type": "object"}, None)
    assert own.check_call(call(V16, "Heartbeat", {"vendor": 1})) is None
    assert own.check_result(V16, "Heartbeat", Reply.result({})) == Violation(
        ErrorKind.OCCURRENCE, "payload", "currentTime is missing"
    )


def test_a_bad_schema_is_refused_and_changes_nothing():
    own = Schemas()
    with pytest.raises(ValueError):
        own.add(V16, "Blink", {"type": "object"}, {"type": "nonsense"})
    assert "Blink" not in own.actions(V16)
    assert own.check_call(call(V16, "Blink", {"a": 1})) is None


@pytest.mark.parametrize("version", Version)
def test_every_schema_compiles(version):
    own = Schemas()
    for action in own.actions(version):
        own.check_call(call(version, action, {}))
        own.check_result(version, action, Reply.result({}))
