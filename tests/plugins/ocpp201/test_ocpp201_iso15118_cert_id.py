"""Which certificate an OCSP request is about."""

import pytest
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_pki_kit import hash_data, pki

from plugins.ocpp201.iso15118.cert_id import cert_id, issuer_of, told

P = pki()


def test_a_station_and_the_certificate_name_the_same():
    assert told(hash_data(P.leaf, "x")) == cert_id(P.leaf.certificate, P.sub2.certificate)


def test_its_request_asks_for_that_certificate_and_has_no_nonce():
    request = ocsp.load_der_ocsp_request(cert_id(P.leaf.certificate, P.sub2.certificate, "SHA512").request())
    assert (request.serial_number, request.hash_algorithm.name) == (P.leaf.serial, "sha512")
    assert list(request.extensions) == []


def test_hex_is_read_however_it_is_written():
    data = hash_data(P.leaf, "x")
    plain = told(data)
    assert (
        told({**data, "issuerKeyHash": data["issuerKeyHash"].upper(), "serialNumber": f"{P.leaf.serial:040X}"}) == plain
    )
    assert told({**data, "serialNumber": "0A:0b"}).serial == 0x0A0B


@pytest.mark.parametrize(
    "change",
    [
        {"hashAlgorithm": "MD5"},
        {"hashAlgorithm": "SHA512"},
        {"issuerNameHash": "zz"},
        {"issuerNameHash": "aa"},
        {"issuerKeyHash": ""},
        {"issuerKeyHash": None},
        {"serialNumber": ""},
        {"serialNumber": "x"},
        {"serialNumber": 5},
        {"serialNumber": "1" * 41},
    ],
)
def test_what_names_no_certificate_is_none(change):
    assert told({**hash_data(P.leaf, "x"), **change}) is None


@given(
    st.dictionaries(st.sampled_from(list(hash_data(P.leaf, "x"))), st.text() | st.integers() | st.none()) | st.text()
)
def test_a_station_may_send_anything(data):
    assert told(data) is None


def test_an_issuer_is_known_by_its_key():
    wanted = told(hash_data(P.leaf, "x"))
    assert issuer_of(wanted, [one.certificate for one in (P.root, P.sub1, P.sub2)]) == P.sub2.certificate
    assert issuer_of(wanted, [one.certificate for one in (P.root, P.sub1, P.leaf)]) is None
    assert wanted.issued_by(P.sub2.certificate)
    assert not wanted.issued_by(pki().sub2.certificate)
