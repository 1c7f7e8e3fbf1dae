import pytest
from aiohttp.test_utils import make_mocked_request

from broker.server.handshake import fault_in_handshake

GOOD = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def status(method="GET", **changed):
    headers = {**GOOD, **{name.replace("_", "-"): value for name, value in changed.items()}}
    fault = fault_in_handshake(make_mocked_request(method, "/", {k: v for k, v in headers.items() if v is not None}))
    return None if fault is None else fault.status


def test_a_good_one():
    assert status() is None


@pytest.mark.parametrize("value", ["websocket", "WebSocket", " WEBSOCKET "])
def test_upgrade_is_read_without_case(value):
    assert status(Upgrade=value) is None


@pytest.mark.parametrize("value", ["upgrade", "keep-alive, Upgrade", "Upgrade,keep-alive"])
def test_connection_is_a_list(value):
    assert status(Connection=value) is None


@pytest.mark.parametrize("version", ["13", "8", "7"])
def test_drafts_with_the_same_frames_are_taken(version):
    assert status(Sec_WebSocket_Version=version) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Upgrade": None}, 426),
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": None}, 400),
        ({"Connection": "close"}, 400),
        ({"Sec_WebSocket_Version": None}, 426),
        ({"Sec_WebSocket_Version": "12"}, 426),
        ({"Sec_WebSocket_Key": None}, 400),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
        ({"Sec_WebSocket_Key": "a"}, 400),
        ({"Sec_WebSocket_Key": "\u00e9"}, 400),
        ({"method": "POST"}, 400),
    ],
)
def test_what_is_wrong_has_its_status(changed, expected):
    assert status(**changed) == expected
