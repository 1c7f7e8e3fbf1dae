"""The options of `ocpp16.security`."""

import json
from typing import get_args

import pytest

from broker.hooks.options import decode, shown
from plugins.ocpp16.security import Security
from plugins.shared.outlet_config import FACILITIES, Facility


def read(options):
    return decode(Security, Security.name, options, "plugins[0]")


def problems(options):
    found = read(options)
    assert isinstance(found, list)
    return " ".join(f"{one.path} {one.message}" for one in found)


def test_nothing_is_needed():
    config = read({})
    assert (config.webhook, config.syslog, config.sign_interval, config.certificates) == (None, None, 60.0, None)


def test_all_of_it():
    config = read(
        {
            "webhook": {
                "url": "https://alerts.example.org/in?key=1",
                "headers": {"Authorization": "Bearer abc"},
                "events": ["FirmwareUpdated"],
                "timeout": 5,
                "queue": 10,
                "attempts": 2,
            },
            "syslog": {"address": "udp://[::1]:5514", "facility": "local3"},
            "sign_interval": 0,
            "certificates": "roots",
        }
    )
    assert config.webhook.events == ("FirmwareUpdated",)
    assert config.webhook.headers["Authorization"].get_secret_value() == "Bearer abc"
    assert config.syslog.facility == "local3"
    assert str(config.certificates) == "roots"


def test_address_and_headers_of_the_webhook_are_never_shown():
    config = read({"webhook": {"url": "https://canary.example.org/", "headers": {"X-Key": "canary"}}})
    assert "canary" not in json.dumps(shown(config))
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "http://a:b",
        "http://a b/",
        "http://a/\n",
        "http://a:0/",
        "http://[::1/",
    ],
)
def test_a_webhook_is_an_address_of_http(url):
    message = problems({"webhook": {"url": url}})
    assert "http" in message
    assert not url or f"{url!r}" not in message


@pytest.mark.parametrize(
    "headers", [{"X": "a\nb"}, {"X": "a\r"}, {"a b": "c"}, {"": "x"}, {"X": "\u2028"}, {"X:": "y"}]
)
def test_a_header_cannot_begin_another(headers):
    assert "headers" in problems({"webhook": {"url": "http://localhost/", "headers": headers}})


@pytest.mark.parametrize("address", ["udp://h", "tcp://h:601", "udp://[::1]:514", "unix:/dev/log"])
def test_addresses_of_syslog(address):
    assert read({"syslog": {"address": address}}).syslog.address == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "h:514",
        "http://h",
        "udp://",
        "udp://h/path",
        "udp://h:99999",
        "unix:dev/log",
        "unix:",
        "tcp://u@h",
        "udp://h:0",
    ],
)
def test_what_is_no_address_of_syslog(address):
    assert "udp://HOST:PORT" in problems({"syslog": {"address": address}})


@pytest.mark.parametrize(
    "options",
    [
        {"webhook": {}},
        {"webhook": {"url": "http://h/", "queue": 0}},
        {"webhook": {"url": "http://h/", "timeout": 0}},
        {"webhook": {"url": "http://h/", "events": "none"}},
        {"syslog": {"address": "udp://h", "facility": "local8"}},
        {"sign_interval": -1},
        {"unknown": 1},
        {"webhook": {"url": "http://h/", "unknown": 1}},
    ],
)
def test_what_cannot_be_is_a_problem(options):
    assert problems(options)


def test_facilities_stand_at_their_numbers():
    assert get_args(Facility) == FACILITIES
    assert (FACILITIES.index("authpriv"), FACILITIES.index("local0"), FACILITIES.index("local7")) == (10, 16, 23)
