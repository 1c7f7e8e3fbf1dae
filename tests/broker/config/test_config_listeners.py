"""Listeners: profiles against TLS and address, paths, subprotocols."""

import pytest
from pydantic import ValidationError

from broker.config.listeners import Listener, Tls
from broker.ocpp import Version

PAIR = {"certificate": "a.pem", "key": "a.key"}
TLS = {"certificates": [PAIR], "client_ca": "ca.pem"}


def listener(**keys):
    return Listener(**{"name": "l", "bind": "127.0.0.1:0", "security_profiles": [0], **keys})


def refused(**keys) -> str:
    with pytest.raises(ValidationError) as caught:
        listener(**keys)
    return str(caught.value)


def test_the_defaults():
    made = listener()
    assert (made.host, made.port, made.path) == ("127.0.0.1", 0, "/ocpp/{identity}")
    assert made.subprotocols == [Version.V16, Version.V201, Version.V21]
    assert made.compress == {Version.V16: False, Version.V201: True, Version.V21: True}
    assert (made.tls, made.insecure, made.no_common_subprotocol) == (None, False, "reject")


@pytest.mark.parametrize("profiles", [[0], [1], [0, 1]])
@pytest.mark.parametrize("bind", ["0.0.0.0:9000", "[::]:9000", "203.0.113.5:9000", "csms.example.com:9000"])
def test_profiles_0_and_1_on_a_public_address_need_insecure(profiles, bind):
    assert "insecure: true" in refused(bind=bind, security_profiles=profiles)
    assert listener(bind=bind, security_profiles=profiles, insecure=True).insecure


@pytest.mark.parametrize(
    "bind", ["127.0.0.1:1", "[::1]:1", "10.0.0.1:1", "192.168.0.1:1", "localhost:1", "[fd00::1]:1"]
)
def test_profiles_0_and_1_on_a_private_address_need_nothing(bind):
    assert listener(bind=bind, security_profiles=[0, 1]).security_profiles == [0, 1]


def test_profiles_2_and_3_on_a_public_address_need_no_insecure():
    assert not listener(bind="0.0.0.0:1", security_profiles=[2, 3], tls=TLS).insecure


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"security_profiles": [2]}, "need TLS"),
        ({"security_profiles": [3]}, "need TLS"),
        ({"security_profiles": [1], "tls": TLS}, "listener with tls has no profiles 0 and 1"),
        ({"security_profiles": [0, 2], "tls": TLS}, "listener with tls has no profiles 0 and 1"),
        ({"security_profiles": [3], "tls": {"certificates": [PAIR]}}, "profile 3 needs it"),
        ({"security_profiles": []}, "at least 1"),
        ({"security_profiles": [4]}, "less than or equal"),
        ({"security_profiles": [1, 1]}, "each entry once"),
        ({"subprotocols": []}, "at least 1"),
        ({"subprotocols": ["ocpp1.6", "ocpp1.6"]}, "each entry once"),
        ({"subprotocols": ["ocpp2.0"]}, "ocpp2.0.1"),
        ({"subprotocols": ["ocpp1.6"], "default_subprotocol": "ocpp2.1"}, "one of subprotocols"),
    ],
)
def test_a_contradiction_is_refused(keys, text):
    assert text in refused(**keys)


@pytest.mark.parametrize("path", ["/{identity}", "/ocpp/{identity}", "/a/b.c/{identity}"])
def test_a_path_ends_with_the_identity(path):
    assert listener(path=path).path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "{identity}",
        "/ocpp",
        "/ocpp/{identity}/",
        "/o{identity}",
        "/{identity}/x",
        "/{identity}/{identity}",
        "/a b/{identity}",
        "/%41/{identity}",
        "/?a/{identity}",
        "/ü/{identity}",
        "/{tag}/{identity}",
    ],
)
def test_any_other_path_is_refused(path):
    assert "{identity} is its last part" in refused(path=path)


def test_aliases_are_in_lower_case_and_hold_the_own_names():
    aliases = listener(subprotocol_aliases={"MyOCPP": "ocpp1.6"}).subprotocol_aliases
    assert aliases == {"myocpp": Version.V16, "ocpp1.6": Version.V16, "ocpp2.0.1": Version.V201, "ocpp2.1": Version.V21}


def test_the_built_in_aliases():
    aliases = listener().subprotocol_aliases
    assert [aliases[name] for name in ("ocpp1.6j", "ocpp1.6-j", "ocpp2.0.1j")] == [
        Version.V16,
        Version.V16,
        Version.V201,
    ]
    assert "ocpp2.0" not in aliases


def test_compress_may_be_one_word_or_a_part():
    assert set(listener(compress=True).compress.values()) == {True}
    assert listener(compress={"ocpp1.6": True}).compress == dict.fromkeys(Version, True)


def test_tls_without_quotes_around_its_version():
    assert Tls(certificates=[PAIR], minimum_version=1.3).minimum_version == "1.3"


@pytest.mark.parametrize(
    "keys",
    [
        {"minimum_version": "1.1"},
        {"minimum_version": 1.0},
        {"certificates": []},
        {"crl": "x"},
        {"organization": "x"},
        {"certificates": [{"certificate": "x"}]},
    ],
)
def test_tls_that_cannot_work_is_refused(keys):
    with pytest.raises(ValidationError):
        Tls(**{"certificates": [PAIR], **keys})
