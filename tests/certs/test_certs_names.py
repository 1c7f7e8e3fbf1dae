"""Names of servers and stations, and the files named after them."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certs import CertsError, names


@settings(deadline=None)
@given(st.text(min_size=1, max_size=300))
@example(".")
@example("..")
@example("a/../../b")
@example("nul\0byte")
@example("\ud800")
def test_a_file_name_is_one_safe_component(identity):
    name = names.file_name(identity)
    assert name.isascii()
    assert name.isprintable()
    assert Path(name).name == name
    assert name[0] != "."
    assert len(name) <= names.MAXIMUM_FILE_NAME


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
@example(".", "%2E")
@example("a" * 201, "a" * 202)
@example("a/b", "a%2Fb")
def test_two_identities_never_share_a_file(one, other):
    assert (names.file_name(one) == names.file_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("given_name", "plain"),
    [("CSMS.Example.ORG.", "csms.example.org"), ("[::1]", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("10.0.0.1", "10.0.0.1")],
)
def test_a_server_name_has_one_form(given_name, plain):
    assert names.plain_name(given_name) == plain


def test_each_server_name_is_listed_once_in_order():
    found = names.server_names(["b.example", "A.example", "B.example.", "::1"])
    assert [str(name.value) for name in found] == ["b.example", "a.example", "::1"]


@pytest.mark.parametrize(
    "name", ["-a.example", "a..b", "a_b c", "x" * 64 + ".example", "1.2.3.4.5", "a/b", "x." * 127 + "xx"]
)
def test_what_is_no_host_name_is_refused(name):
    with pytest.raises(CertsError):
        names.server_names([name])


@pytest.mark.parametrize(("name", "expected"), [("csms.example.org", True), ("localhost", False), ("10.0.0.1", False)])
def test_a_fully_qualified_name_has_a_dot_and_is_no_address(name, expected):
    assert names.is_fqdn(name) is expected


@pytest.mark.parametrize("name", ["", "x" * 65, "a\tb", "a\x00b"])
def test_a_subject_holds_only_what_x509_can(name):
    with pytest.raises(CertsError):
        names.subject(name, "Example CPO")
    with pytest.raises(CertsError):
        names.subject("CP001", name)


def test_the_serial_number_stands_for_the_identity():
    assert names.station_common_name("CP001", None) == "CP001"
    assert names.station_common_name("CP001", "SN-1") == "SN-1"


@pytest.mark.parametrize("serial_number", ["", "10.0.0.1", "::1", "https://example.org/1"])
def test_a_serial_number_must_not_look_like_a_url_or_an_address(serial_number):
    with pytest.raises(CertsError):
        names.station_common_name("CP001", serial_number)
