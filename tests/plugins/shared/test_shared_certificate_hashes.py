"""How OCPP names a certificate, against openssl's own idea of it."""

import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

import certs
from plugins.shared.certificate_hashes import (
    certificates_in,
    hash_data_of,
    hex_of,
    key_of,
    readable,
    same_serial,
)

DATA = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "BB", "serialNumber": "0C1"}


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    layout = certs.init(tmp_path_factory.mktemp("hashes") / "pki", organization="Example CPO", intermediate=True)
    certs.issue_station(layout.directory, "CP001")
    return layout


def openssl_says(issuer, certificate, algorithm):
    """The CertID that openssl asks an OCSP responder for."""
    done = subprocess.run(
        ["openssl", "ocsp", f"-{algorithm.lower()}", "-issuer", issuer, "-cert", certificate, "-req_text", "-no_nonce"],
        capture_output=True,
        text=True,
        check=True,
    )
    text = re.sub(r"\\\n *", "", done.stdout)  # it breaks long lines with a backslash
    found = dict(re.findall(r"(Issuer Name Hash|Issuer Key Hash|Serial Number): ([0-9A-F]+)", text))
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": found["Issuer Name Hash"].lower(),
        "issuerKeyHash": found["Issuer Key Hash"].lower(),
        "serialNumber": found["Serial Number"].lower().lstrip("0"),
    }


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_a_root_is_named_as_openssl_names_it(pki, algorithm):
    path = pki.root_ca.certificate
    assert hash_data_of(path.read_text(), algorithm) == openssl_says(path, path, algorithm)


def test_the_default_is_sha256(pki):
    assert hash_data_of(pki.root_ca.certificate.read_text())["hashAlgorithm"] == "SHA256"


def test_an_intermediate_is_named_where_its_issuer_is_there_too(pki):
    intermediate, root = pki.server_ca.certificate, pki.root_ca.certificate
    assert hash_data_of(intermediate.read_text()) is None
    both = intermediate.read_text() + root.read_text()
    assert hash_data_of(both) == openssl_says(root, intermediate, "SHA256")


def test_the_issuer_is_found_by_its_signature_and_not_by_its_place(pki):
    station = pki.station("CP001").certificate.read_text()
    other = pki.root_ca.certificate.read_text()
    assert hash_data_of(station + other) is None
    issuer = pki.station_ca.certificate
    expected = openssl_says(issuer, pki.station("CP001").certificate, "SHA384")
    assert hash_data_of(station + other + issuer.read_text(), "SHA384") == expected


@pytest.mark.parametrize(
    "pem", ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\ud800", "é"]
)
def test_what_cannot_be_read_has_no_name(pem):
    assert certificates_in(pem) == []
    assert hash_data_of(pem) is None


def test_a_damaged_second_certificate_spoils_all(pki):
    pem = pki.root_ca.certificate.read_text()
    assert certificates_in(pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") == []


def test_all_certificates_are_read_in_order(pki):
    pem = pki.root_ca.certificate.read_text() + pki.station_ca.certificate.read_text()
    found = "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates_in(pem))
    assert found == pem
    assert isinstance(certificates_in(pem)[0], x509.Certificate)


def test_hash_data_of_a_station_is_taken_as_it_is():
    assert readable({**DATA, "vendor": 1}) == DATA


@pytest.mark.parametrize("wrong", [None, [], "x", {}, {**DATA, "serialNumber": 5}, {"hashAlgorithm": "SHA256"}])
def test_hash_data_without_a_member_is_none(wrong):
    assert readable(wrong) is None


def test_the_key_does_not_depend_on_how_hex_is_written():
    assert key_of(DATA) == "SHA256:bb:c1"
    assert key_of({**DATA, "issuerKeyHash": "bb", "serialNumber": "c1"}) == key_of(DATA)
    assert key_of({**DATA, "serialNumber": "00"}) == "SHA256:bb:0"


def test_leading_zeros_of_a_hash_count():
    assert key_of({**DATA, "issuerKeyHash": "0bb"}) != key_of(DATA)


@given(serial=st.integers(min_value=1, max_value=2**159))
def test_a_serial_number_is_the_same_in_every_spelling(serial):
    plain = hex_of(serial)
    assert int(plain, 16) == serial
    assert not plain.startswith("0")
    colons = ":".join(re.findall("..", plain.zfill(len(plain) + len(plain) % 2)))
    for spelling in (plain.upper(), f"00{plain}", f"0x{plain}", colons, f" {plain} "):
        assert same_serial(spelling, plain)
    assert not same_serial(hex_of(serial + 1), plain)
