"""Secrets of messages do not reach the live view."""

import json

import pytest

from broker.server.admin.redaction import MASK, masked

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
