from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.server.identity import MAX_LENGTH, acceptable, identity_from

TEMPLATE = "/ocpp/{identity}"


def read(target, template=TEMPLATE, aliases=None):
    return identity_from(target, template, aliases or {})


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP001", "CP001"),
        ("/ocpp/CP001/", "CP001"),
        ("//ocpp/CP001", "CP001"),
        ("///ocpp///CP001//", "CP001"),
        ("/ocpp/CP001?token=1", "CP001"),
        ("/ocpp/CP001?a=/x/y", "CP001"),
        ("/ocpp/CP001#part", "CP001"),
        ("/ocpp/RDAM%7C123", "RDAM|123"),
        ("/ocpp/RDAM|123", "RDAM|123"),
        ("/ocpp/RDAM%20123", "RDAM 123"),
        ("/ocpp/A%2FB", "A/B"),
        ("/ocpp/A%252FB", "A%2FB"),
        ("/ocpp/CP%2B1+2", "CP+1+2"),
        ("/ocpp/%C3%A9", "\u00e9"),
        ("/%6Fcpp/CP001", "CP001"),
        ("ws://host/ocpp/CP_1", "CP_1"),
        ("wss://user@host:9000/ocpp/CP_1?x", "CP_1"),
        ("/ocpp/GaroCS-4133AAAA46980", "GaroCS-4133AAAA46980"),
        ("/ocpp/-_=:+|@.*", "-_=:+|@.*"),
        ("/ocpp/" + "x" * MAX_LENGTH, "x" * MAX_LENGTH),
    ],
)
def test_identity_is_the_last_segment_decoded_once(target, identity):
    assert read(target) == identity


@pytest.mark.parametrize(
    "target",
    [
        "/ocpp/", "/ocpp", "/", "", "///charger", "/CP001", "/OCPP/CP001", "/ocpp/a/b", "/ocpp/CP_1/SERIAL_1234",
        "/ws://192.168.0.1:9000/CP_1/SERIAL_1234", "/ocpp/../admin", "/ocpp/..", "/ocpp/%2e%2e", "/ocpp/.", "/ocpp/%2E",
        "/ocpp/%zz", "/ocpp/%", "/ocpp/%2", "/ocpp/%u0041", "/ocpp/%0d%0aX", "/ocpp/CP%00", "/ocpp/%7F", "/ocpp/%C2%85",
        "/ocpp/%E2%80%A8", "/ocpp/%E2%80%AE", "/ocpp/%FF", "/ocpp/%C3", "/ocpp/%ED%A0%80", "/ocpp/\udce9",
        "/ocpp/" + "x" * (MAX_LENGTH + 1), "*", "host:443", "ws://host", "/ocpp%2FCP001",
    ],
)  # fmt: skip
def test_what_is_no_identity(target):
    assert read(target) is None


def test_a_path_of_its_own_or_none():
    assert read("/CP001", "/{identity}") == "CP001"
    assert read("///charger", "/{identity}") == "charger"
    assert read("/a/b/c/CP001", "/a/b/c/{identity}") == "CP001"
    assert read("/a/b/CP001", "/a/b/c/{identity}") is None


def test_aliases_name_a_whole_path_or_an_identity():
    aliases = {"/ws://192.168.0.1:9000/CP_1/SERIAL": "CP_1", "/old/path": "CP_2", "Wallbox 7": "CP_3"}
    assert read("/ws://192.168.0.1:9000/CP_1/SERIAL", aliases=aliases) == "CP_1"
    assert read("//old//path/?q", aliases=aliases) == "CP_2"
    assert read("/ocpp/Wallbox%207", aliases=aliases) == "CP_3"
    assert read("/ocpp/CP_4", aliases=aliases) == "CP_4"


@given(st.text(min_size=1, max_size=MAX_LENGTH))
def test_encoding_an_identity_and_reading_it_gives_it_back(identity):
    read_back = read("/ocpp/" + quote(identity, safe="", errors="surrogatepass"))
    assert read_back == (identity if acceptable(identity) else None)


@given(st.text(max_size=60))
def test_any_target_gives_an_acceptable_identity_or_none(target):
    identity = read(target, "/{identity}")
    assert identity is None or acceptable(identity)
    if identity is not None:
        assert read("/" + quote(identity, safe=""), "/{identity}") == identity
