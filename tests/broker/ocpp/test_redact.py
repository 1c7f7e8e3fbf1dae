"""Secrets of messages are masked, and nothing else is touched."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp.redact import MASK, is_secret_key, masked, redacted, shown_text

SECRETS = [
    {"key": "AuthorizationKey", "value": "S3CRET"},
    {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "AuthorizationKey", "value": "S3CRET"},
        ]
    },
    {
        "setVariableData": [
            {
                "attributeValue": "S3CRET",
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "BasicAuthPassword"},
            }
        ]
    },
    {"getVariableResult": [{"attributeValue": "S3CRET", "variable": {"name": "basicauthpassword"}}]},
    {"reportData": [{"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": "S3CRET"}]}]},
    {"eventData": [{"actualValue": "S3CRET", "variable": {"name": "BasicAuthPassword"}}]},
    {"connectionData": {"apn": {"apn": "x", "apnPassword": "S3CRET", "simPin": 4711}}},
    {"connectionData": {"vpn": {"server": "s", "user": "u", "password": "S3CRET", "key": "S3CRET", "type": "IPSec"}}},
    {"vpn": {"server": "s", "user": "u", "key": "S3CRET", "type": "IKEv2"}},
    {"idToken": {"idToken": "S3CRET", "type": "KeyCode"}},
    {"tokens": [{"idTokenInfo": {"groupIdToken": {"idToken": "S3CRET", "type": "keycode"}}}]},
    {"location": "ftp://user:S3CRET@files.example.com/log"},
    {"location": "ftp://user:with@S3CRET@files.example.com/log"},
    {"location": "1ftp://S3CRET@files.example.com/log"},
    {"vendorId": "v", "data": '{"password": "S3CRET"}'},
    {"vendorId": "v", "data": "see https://S3CRET@example.com/"},
    "see https://user:S3CRET@example.com/",
    {"customData": {"vendorId": "v", "client_secret": "S3CRET", "privateKey": "S3CRET"}},
]


@pytest.mark.parametrize("payload", SECRETS, ids=lambda payload: str(payload)[:60])
def test_a_secret_is_masked(payload: object) -> None:
    shown = masked(json.dumps(payload).encode())
    assert b"S3CRET" not in shown
    assert b"4711" not in shown
    assert MASK.encode() in shown


def test_escapes_do_not_hide_a_secret() -> None:
    assert b"S3CRET" not in masked(b'{"pass\\u0077ord": "S3CRET"}')


@pytest.mark.parametrize(
    "raw",
    [
        b'{"key":"HeartbeatInterval","value":"300"}',
        b'{ "power": 1.50 }',
        b'{"idToken":{"idToken":"ABC","type":"ISO14443"}}',
        b'{"key":["AuthorizationKey"]}',
        b'{"vendorId":"a@b.c"}',
        b'{"status":"KeyCode"}',
        b'{"x":"\\u00e9"}',
        b"{}",
        b'["InternalError","a secret reason",{}]',
        b'{"setVariableResult":[{"attributeStatus":"Accepted","variable":{"name":"BasicAuthPassword"}}]}',
    ],
)
def test_what_is_no_secret_stays_byte_for_byte(raw: bytes) -> None:
    assert masked(raw) == raw


def test_what_is_suspect_and_no_json_is_hidden_whole() -> None:
    assert masked(b"password=S3CRET") == json.dumps(MASK).encode()
    assert masked(b'{"password":' * 5000) == json.dumps(MASK).encode()


def test_the_time_it_takes_grows_with_the_length_and_not_with_its_square() -> None:
    """A station's frame of a mebibyte would otherwise stop the broker for minutes, whenever somebody watches."""
    for piece in (b"a.", b"a://", b"://@", b"a@/"):
        raw = b'{"data":"%b@"}' % (piece * (1_000_000 // len(piece)))
        assert masked(raw).startswith(b'{"data":"')


KEYS = ["ApnPwd", "WifiPSK", "Wpa_Key", "ApiToken", "auth_key", "SimPIN", "MqttCredentials", "EncryptionKey"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("action", ["ChangeConfiguration", "GetConfiguration", "SetVariables"])
def test_a_vendors_key_that_sounds_like_a_secret_is_one(key: str, action: str) -> None:
    raw = json.dumps({"configurationKey": [{"key": key, "readonly": False, "value": "S3CRET"}]}).encode()
    assert json.loads(redacted(action, raw))["configurationKey"][0]["value"] == MASK
    variable = json.dumps([{"variable": {"name": key}, "attributeValue": "S3CRET"}]).encode()
    assert b"S3CRET" not in redacted(action, variable)


def test_elsewhere_such_a_word_is_no_secret() -> None:
    raw = b'{"key":"ApiToken","value":"as it is"}'
    assert redacted("DataTransfer", raw) == raw
    assert redacted("ChangeConfiguration", raw) != raw


@pytest.mark.parametrize(
    "key",
    ["PinnedConnector", "HeartbeatInterval", "ConnectionTimeOut", "StopTxnSampledData", "AuthorizeRemoteTxRequests"],
)
def test_an_ordinary_key_keeps_its_value(key: str) -> None:
    raw = json.dumps({"key": key, "value": "300"}).encode()
    assert redacted("ChangeConfiguration", raw) == raw


def test_an_error_becomes_json_and_loses_its_secrets() -> None:
    assert redacted("Reset", b'"GenericError","no",{}') == b'["GenericError","no",{}]'
    shown = redacted("GetLog", b'"GenericError","see ftp://u:S3CRET@host/x",{"password":"S3CRET"}')
    assert json.loads(shown) == ["GenericError", f"see ftp://{MASK}@host/x", {"password": MASK}]


def test_a_frame_that_nobody_could_read_is_judged_as_if_it_named_keys() -> None:
    raw = b'[2,"1","ChangeConfiguration",{"key":"WifiPwd","value":"S3CRET"},1]'
    assert json.loads(redacted("", raw))[3] == {"key": "WifiPwd", "value": MASK}
    assert redacted("", raw[:-2]) == json.dumps(MASK).encode()
    assert redacted("", b'"no frame') == b'"no frame'


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["password", "AuthorizationKey", "client_secret", "simPin"]), st.integers(0, 4))
def test_a_secret_is_found_wherever_it_stands(rest: Any, name: str, depth: int) -> None:
    value: Any = {name: "S3CRET-4711", "rest": rest}
    for _ in range(depth):
        value = {"deeper": [rest, value]}
    assert b"S3CRET-4711" not in redacted("DataTransfer", json.dumps(value).encode())


@given(st.sampled_from(["Heartbeat", "GetConfiguration", "DataTransfer"]), st.binary(max_size=60))
def test_whatever_comes_it_is_no_exception_and_twice_is_as_good_as_once(action: str, raw: bytes) -> None:
    once = redacted(action, raw)
    assert masked(once, keyed=action == "GetConfiguration") == once


@pytest.mark.parametrize(
    "name", ["AuthorizationKey", "SimPin", "PIN", "ChargerPwd", "ApiToken", "OcppBasicAuthKey", "VpnKey"]
)
def test_a_key_that_holds_a_secret_is_known_by_its_name(name):
    assert is_secret_key(name)


@pytest.mark.parametrize("name", ["HeartbeatInterval", "Pinging", "AuthorizeRemoteTxRequests"])
def test_other_keys_are_no_secrets(name):
    assert not is_secret_key(name)


def test_a_url_is_shown_without_its_user_and_without_the_token_of_the_file_endpoint():
    token = "0123456789abcdef0123456789abcdef01234567"
    assert shown_text("wss://user:pw@host/x") == f"wss://{MASK}@host/x"
    assert shown_text(f"https://host/{token}/a.bin") == f"https://host/{MASK}/a.bin"
    assert shown_text("no url, a@b") == "no url, a@b"
    raw = b'{"location":"http://host/%b/a.bin","retrieveDate":"x"}' % token.encode()
    assert token.encode() not in redacted("UpdateFirmware", raw)


def test_customer_information_is_not_shown_whatever_it_is() -> None:
    raw = b'{"data":"Jane Doe, 04A2B3C4","tbc":false,"requestId":1}'
    assert json.loads(redacted("NotifyCustomerInformation", raw)) == {"data": MASK, "tbc": False, "requestId": 1}
    assert b"Jane" not in redacted("NotifyCustomerInformation", raw[:-1])
    assert redacted("NotifyCustomerInformation", b'{"tbc":true}') == b'{"tbc":true}'
    assert redacted("NotifyReport", raw) == raw


def test_a_private_key_is_masked_wherever_it_stands() -> None:
    for name in ("certificate", "anything"):
        raw = json.dumps({name: "-----BEGIN EC PRIVATE KEY-----\nS3CRET\n-----END EC PRIVATE KEY-----"}).encode()
        assert json.loads(redacted("InstallCertificate", raw)) == {name: MASK}
