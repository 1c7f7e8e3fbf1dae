"""What a secondary sees in place of ids."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Reply, Version
from broker.session.shadow.pseudonyms import ID_TAG, SERIAL, Pseudonyms

KEY = b"k" * 32
BOTH = Pseudonyms([ID_TAG, SERIAL], KEY)
TAG = BOTH.of(ID_TAG, "04AB")
NUMBER = BOTH.of(SERIAL, "SN-1")


def call(action, payload, version=Version.V201):
    return Call(action, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), version, "7", b'"7"')


def shown(action, payload, pseudonyms=BOTH):
    seen = pseudonyms.call(call(action, payload))
    return None if seen is None else json.loads(seen.raw)


def test_a_pseudonym_is_a_keyed_digest_of_twenty_characters():
    expected = hmac.new(KEY, b"idTag\x0004ab", hashlib.sha256).hexdigest()[:20]
    assert BOTH.of(ID_TAG, "04AB") == expected
    assert len(expected) == 20


def test_a_card_has_one_pseudonym_however_its_id_is_written():
    assert BOTH.of(ID_TAG, "04ab") == TAG


def test_other_keys_other_ids_and_other_kinds_make_other_pseudonyms():
    others = {BOTH.of(SERIAL, "04AB"), BOTH.of(ID_TAG, "04AC"), Pseudonyms([ID_TAG], b"other").of(ID_TAG, "04AB")}
    assert len(others | {TAG}) == 4


def test_pseudonyms_need_a_key_and_nothing_to_replace_needs_none():
    with pytest.raises(ValueError, match="key"):
        Pseudonyms([SERIAL], b"")
    message = call("StartTransaction", {"idTag": "04AB"})
    assert Pseudonyms([], b"").call(message) is message


def test_what_has_nothing_in_it_stays_the_same_object():
    for action, payload in (
        ("Heartbeat", b"{}"),
        ("StatusNotification", b'{"connectorId": 1,  "status":"Available"}'),
        ("MeterValues", b'{"connectorId":1,"meterValue":[{"sampledValue":[{"value":"1.50"}]}]}'),
        ("DataTransfer", b'{"vendorId":"x","data":"[1, 2"}'),
        ("DataTransfer", b'{"vendorId":"token","data":"{\\"a\\": 1}"}'),
        ("TransactionEvent", b'{"idToken": {"idToken": "", "type":"NoAuthorization"}}'),
        ("NotifyReport", b'{"reportData":[{"variable":{"name":"Token"}}, {"variable":{"name":5},"value":1}]}'),
        ("NotifyReport", b'{"reportData":[{"variable":{"name":"Token"},"variableAttribute":7}, {"variable":"Token"}]}'),
        ("Vendor", b'{"idTags": "04AB", "idTokens": [{"a": 1}], "idTag": true, "iccid": null, "serialNumber": []}'),
    ):
        message = call(action, payload)
        assert BOTH.call(message) is message


def test_what_is_replaced_leaves_the_rest_and_the_call_as_it_was():
    message = call("StartTransaction", b'{"connectorId":1, "idTag":"04AB","meterStart":1.50}')
    seen = BOTH.call(message)
    assert seen.raw == b'{"connectorId":1,"idTag":"%b","meterStart":1.50}' % TAG.encode()
    assert (seen.id, seen.id_json, seen.action, seen.version) == ("7", b'"7"', "StartTransaction", Version.V201)
    assert message.payload["idTag"] == "04AB"


def test_only_what_was_asked_for_is_replaced():
    payload = {"idTag": "04AB", "chargeBoxSerialNumber": "SN-1"}
    assert shown("X", payload, Pseudonyms([ID_TAG], KEY)) == {"idTag": TAG, "chargeBoxSerialNumber": "SN-1"}
    assert shown("X", payload, Pseudonyms([SERIAL], KEY)) == {"idTag": "04AB", "chargeBoxSerialNumber": NUMBER}


@pytest.mark.parametrize("name", ["idTag", "parentIdTag", "IDTAG", "idToken", "additionalIdToken", "groupIdToken"])
def test_tags_wherever_they_are(name):
    assert shown("X", {"a": [{"b": {name: "04AB"}}]}) == {"a": [{"b": {name: TAG}}]}


@pytest.mark.parametrize(
    "name",
    [
        "chargePointSerialNumber",
        "chargeBoxSerialNumber",
        "meterSerialNumber",
        "serialNumber",
        "evInverterSerialNumber",
        "iccid",
        "imsi",
    ],
)
def test_serial_numbers_wherever_they_are(name):
    assert shown("X", {"a": [{"b": {name: "SN-1"}}]}) == {"a": [{"b": {name: NUMBER}}]}


def test_a_token_object_with_all_that_belongs_to_it():
    token = {"idToken": "04AB", "type": "ISO14443", "additionalInfo": [{"additionalIdToken": "04ab", "type": "x"}]}
    hidden = {"idToken": TAG, "type": "ISO14443", "additionalInfo": [{"additionalIdToken": TAG, "type": "x"}]}
    assert shown("TransactionEvent", {"idToken": token, "groupIdToken": token}) == {
        "idToken": hidden,
        "groupIdToken": hidden,
    }


def test_numbers_in_place_of_texts_and_lists_of_texts():
    assert shown("X", b'{"idTag":4711,"imsi":1.50}') == {
        "idTag": BOTH.of(ID_TAG, "4711"),
        "imsi": BOTH.of(SERIAL, "1.50"),
    }
    assert shown("X", {"idTokens": ["04AB", "", 5]}) == {"idTokens": [TAG, "", BOTH.of(ID_TAG, "5")]}


def test_names_and_values_in_escapes_are_no_way_around():
    tags, serials = Pseudonyms([ID_TAG], KEY), Pseudonyms([SERIAL], KEY)
    assert shown("X", b'{"id\\u0054ag":"\\u003004AB"}', tags) == {"idTag": BOTH.of(ID_TAG, "004AB")}
    assert shown("X", b'{"\\u0069ccid":"\\ud800"}', serials) == {"iccid": BOTH.of(SERIAL, "\ud800")}


def test_variables_of_the_device_model():
    row = {"component": {"name": "TokenReader"}, "variable": {"name": "Token"}}
    other = {"variable": {"name": "Power"}, "actualValue": "04AB", "variableAttribute": [{"value": "04AB"}]}
    attributes = {"variableAttribute": [{"type": "Actual", "value": "04AB"}, {"value": ""}, 3]}
    seen = shown("NotifyReport", {"reportData": [{**row, **attributes}, other]})
    assert seen["reportData"] == [
        {**row, "variableAttribute": [{"type": "Actual", "value": TAG}, {"value": ""}, 3]},
        other,
    ]
    event = {"variable": {"name": "SerialNumber"}, "actualValue": "SN-1"}
    assert shown("NotifyEvent", {"eventData": [event]}) == {"eventData": [{**event, "actualValue": NUMBER}]}


def test_contract_certificates_are_left_out():
    hash_data = [{"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}]
    payload = {"idToken": {"idToken": "04AB", "type": "eMAID"}, "certificate": "PEM"}
    payload["iso15118CertificateHashData"] = hash_data
    assert shown("Authorize", payload) == {"idToken": {"idToken": TAG, "type": "eMAID"}}
    assert shown("Authorize", payload, Pseudonyms([SERIAL], KEY)) == payload


def test_a_certificate_that_is_nobodys_contract_stays():
    payload = {"certificateHashData": {"issuerKeyHash": "b", "serialNumber": "c"}, "certificate": "PEM"}
    assert shown("X", payload) == payload


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (ID_TAG, "Get15118EVCertificate"),
        (ID_TAG, "GetCertificateStatus"),
        (ID_TAG, "GetCertificateChainStatus"),
        (SERIAL, "SignCertificate"),
    ],
)
def test_what_nothing_would_be_left_of_is_withheld(kind, action):
    (other,) = {ID_TAG, SERIAL} - {kind}
    inside = {"vendorId": "org.openchargealliance.iso15118pnc", "messageId": action, "data": "token iccid"}
    assert shown(action, {}, Pseudonyms([kind], KEY)) is None
    assert shown("DataTransfer", inside, Pseudonyms([kind], KEY)) is None
    assert shown(action, {}, Pseudonyms([other], KEY)) == {}
    assert shown("DataTransfer", inside, Pseudonyms([other], KEY)) == inside


def test_json_in_the_text_of_a_data_transfer():
    inner = {"idToken": {"idToken": "04AB"}, "certificate": "PEM"}
    payload = {"vendorId": "org.openchargealliance.iso15118pnc", "messageId": "Authorize", "data": json.dumps(inner)}
    assert json.loads(shown("DataTransfer", payload)["data"]) == {"idToken": {"idToken": TAG}}
    assert json.loads(shown("DataTransfer", {"data": '[{"imsi": "SN-1"}]'})["data"]) == [{"imsi": NUMBER}]


def test_what_is_known_of_a_customer_is_left_out():
    payload = {"data": "04AB charged on Monday", "seqNo": 0, "requestId": 1}
    assert shown("NotifyCustomerInformation", payload) == {**payload, "data": ""}
    assert shown("NotifyCustomerInformation", payload, Pseudonyms([SERIAL], KEY)) == payload


def test_signed_meter_values_name_the_user():
    signed, plain = {"value": "OCMF|{}", "format": "SignedData"}, {"value": "17"}
    payload = {"connectorId": 1, "meterValue": [{"sampledValue": [plain, signed]}]}
    for kind in (ID_TAG, SERIAL):
        pseudonyms = Pseudonyms([kind], KEY)
        assert shown("MeterValues", payload, pseudonyms)["meterValue"] == [{"sampledValue": [plain]}]
        assert shown("MeterValues", {"meterValue": [{"sampledValue": [signed]}]}, pseudonyms) is None
        stop = {"transactionId": 1, "transactionData": [{"sampledValue": [signed]}]}
        assert shown("StopTransaction", stop, pseudonyms) == {"transactionId": 1}
        event = {"meterValue": [{"sampledValue": [{"value": 1, "signedMeterValue": {"signedMeterData": "x"}}]}]}
        assert shown("TransactionEvent", event, pseudonyms) == {"meterValue": [{"sampledValue": [{"value": 1}]}]}


def test_answers_of_the_station():
    reply = Reply(Reply.result({}).kind, b'{"configurationKey":[{"key":"MeterSerialNumber","value":"SN-1"}]}', "7")
    seen = BOTH.reply("GetConfiguration", reply)
    assert seen.payload == {"configurationKey": [{"key": "MeterSerialNumber", "value": NUMBER}]}
    assert seen.id == "7"
    variable = {"variable": {"name": "MasterPassGroupId"}, "attributeValue": "04AB"}
    variables = BOTH.reply("GetVariables", Reply.result({"getVariableResult": [variable]}))
    assert variables.payload["getVariableResult"][0]["attributeValue"] == TAG


def test_answers_without_anything_stay_the_same_object():
    for reply in (
        Reply.result({"status": "Accepted"}),
        Reply.result({"certificateHashData": [{"issuerKeyHash": "b", "serialNumber": "c"}]}),
        Reply.error("InternalError", "idTag 04AB"),
        Reply.result({"configurationKey": [{"key": "iccid"}]}),
    ):
        assert BOTH.reply("X", reply) is reply


NAMES = st.sampled_from(["idTag", "idToken", "groupIdToken", "iccid", "meterSerialNumber", "data", "status", "a"])
VALUES = st.recursive(
    st.just("SECRET-04AB") | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def masked(value, name=""):
    """The value without what is to be hidden."""
    if isinstance(value, dict):
        return {key: masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, name) for item in value]
    return None if name not in ("data", "status", "a") else value


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_only_ids_change_and_no_id_is_left(payload):
    message = call("X", payload)
    seen = BOTH.call(message)
    assert masked(json.loads(seen.raw)) == masked(payload)
    assert b"SECRET-04AB" not in seen.raw or leaks(payload, spared=True)
    assert leaks(json.loads(seen.raw)) == []
    assert BOTH.call(call("X", payload)).raw == seen.raw


def leaks(value, name="", spared=False):
    """The names under which the text stands, of those that are hidden, or `spared`."""
    if isinstance(value, dict):
        return [leak for key, item in value.items() for leak in leaks(item, key, spared)]
    if isinstance(value, list):
        return [leak for item in value for leak in leaks(item, name, spared)]
    return [name] if value == "SECRET-04AB" and (name in ("data", "status", "a")) == spared else []
