"""Addresses to listen on and how far they can be reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.addresses import is_loopback, is_private, split


@pytest.mark.parametrize(
    ("bind", "parts"),
    [
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
        ("a-b.example.com:80", ("a-b.example.com", 80)),
    ],
)
def test_an_address_is_split(bind, parts):
    assert split(bind) == parts


@pytest.mark.parametrize(
    "bind",
    [
        "",
        ":",
        ":9000",
        "9000",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "::1:9000",
        "[::1]",
        "[127.0.0.1]:1",
        "300.1.1.1:1",
        "1.2.3:1",
        "a b:1",
        "http://a:1",
        "-a:1",
        "a..b:1",
        "*:1",
        "a:１",
    ],
)
def test_what_is_no_address_is_refused(bind):
    with pytest.raises(ValueError):
        split(bind)


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text):
    try:
        host, port = split(text)
    except ValueError:
        return
    assert host
    assert 0 <= port <= 65535


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LocalHost", "::ffff:127.0.0.1"])
def test_loopback(host):
    assert is_loopback(host)
    assert is_private(host)


@pytest.mark.parametrize(
    "host", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_private_but_not_loopback(host):
    assert is_private(host)
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "8.8.8.8",
        "172.32.0.1",
        "2001:db8::1",
        "::ffff:0.0.0.0",
        "csms.example.com",
        "localhost.example.com",
        "192.0.2.1",
    ],
)
def test_public_or_nobody_knows(host):
    assert not is_private(host)
