"""The table of who must prove what; the certificates themselves are in test_certificate.py."""

import ssl

import pytest
from door_kit import basic

from broker.config import Liveness, Stations
from broker.log import without_secrets
from broker.server.authenticate import Shown, authenticate
from broker.server.credentials import Password
from broker.server.stations import StationBook, StationRecord
from broker.server.terms import Terms

BOOK = StationBook(Stations(), Liveness())
PASSWORD = Password.parse("a-good-password-1")
GOOD = basic("CP001", "a-good-password-1")
BAD = basic("CP001", "wrong")


def terms(profiles):
    return Terms(
        name="x",
        path="/{identity}",
        profiles=frozenset(profiles),
        subprotocols=(),
        subprotocol_aliases={},
        default_subprotocol=None,
        upgrade_and_close=False,
        identity_aliases={},
        compress={},
        context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if set(profiles) & {2, 3} else None,
    )


def outcome(profiles, *, header=None, certificate=None, **registered):
    record = StationRecord("CP001", **registered)
    result = authenticate(record, Shown(header, certificate), terms(profiles), BOOK)
    return result if isinstance(result, int) else (result.status, result.reason)


UNAUTHORIZED, FORBIDDEN, CERTIFICATE = (401, "credentials"), (403, "profile"), (403, "certificate")


@pytest.mark.parametrize(
    ("profiles", "registered", "header", "expected"),
    [
        ([0], {}, None, 0),
        ([0], {}, BAD, 0),
        ([0], {"security_profile": 0, "password": PASSWORD}, None, 0),
        ([0], {"password": PASSWORD}, GOOD, FORBIDDEN),
        ([0], {"security_profile": 1, "password": PASSWORD}, GOOD, FORBIDDEN),
        ([0, 1], {"password": PASSWORD}, None, UNAUTHORIZED),
        ([0, 1], {"password": PASSWORD}, GOOD, 1),
        ([0, 1], {"serial_number": "SN"}, None, FORBIDDEN),
        ([0, 1], {"known": False}, None, 0),
        ([1], {"password": PASSWORD}, GOOD, 1),
        ([1], {"password": PASSWORD}, BAD, UNAUTHORIZED),
        ([1], {"password": PASSWORD}, "Basic =", UNAUTHORIZED),
        ([1], {}, GOOD, UNAUTHORIZED),
        ([1], {"known": False}, GOOD, UNAUTHORIZED),
        ([1], {"security_profile": 0}, None, FORBIDDEN),
        ([2], {"password": PASSWORD}, GOOD, 2),
        ([2], {"password": PASSWORD}, BAD, UNAUTHORIZED),
        ([2], {"password": PASSWORD, "security_profile": 1}, GOOD, FORBIDDEN),
        ([2], {"serial_number": "SN"}, None, FORBIDDEN),
        ([2], {"known": False}, GOOD, UNAUTHORIZED),
        ([2, 3], {"password": PASSWORD}, GOOD, 2),
        ([2, 3], {"password": PASSWORD, "security_profile": 3}, GOOD, CERTIFICATE),
        ([2, 3], {"password": PASSWORD, "serial_number": "SN"}, GOOD, CERTIFICATE),
        ([2, 3], {"known": False}, None, UNAUTHORIZED),
        ([3], {"password": PASSWORD}, GOOD, CERTIFICATE),
        ([3], {"password": PASSWORD, "security_profile": 2}, GOOD, FORBIDDEN),
    ],
)
def test_without_a_certificate(profiles, registered, header, expected):
    assert outcome(profiles, header=header, **registered) == expected


@pytest.mark.parametrize(
    ("profiles", "registered", "header", "expected"),
    [
        ([3], {}, None, CERTIFICATE),
        ([2, 3], {"password": PASSWORD}, GOOD, CERTIFICATE),
        ([2, 3], {"password": PASSWORD, "security_profile": 2}, GOOD, 2),
        ([2, 3], {"password": PASSWORD, "security_profile": 2}, None, UNAUTHORIZED),
    ],
)
def test_with_a_certificate_that_cannot_be_read(profiles, registered, header, expected):
    assert outcome(profiles, header=header, certificate=b"junk", **registered) == expected


@pytest.mark.parametrize("header", [None, "Bearer abcdefgh", "Basic !!!", BAD, GOOD])
def test_what_the_log_says_of_a_refusal_does_not_look_like_a_secret(header):
    """The log would print *** in its place."""
    record = StationRecord("CP001", password=None if header == GOOD else PASSWORD)
    refusal = authenticate(record, Shown(header, None), terms([1]), BOOK)
    assert without_secrets(refusal.detail) == refusal.detail
