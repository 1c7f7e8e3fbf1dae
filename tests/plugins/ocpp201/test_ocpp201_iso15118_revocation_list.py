"""What a revocation list says, and when it is not believed."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_pki_kit import DAY, NOW, START, hash_data, make, pki
from ocpp201_pki_kit import revocation_list as crl

from plugins.ocpp201.iso15118.cert_id import told
from plugins.ocpp201.iso15118.ocsp_response import OcspAnswer
from plugins.ocpp201.iso15118.revocation_list import read

P = pki()
WANTED = told(hash_data(P.leaf, ""))


def judge(data, *trusted, known_issuer=False):
    certificates = [one.certificate for one in trusted]
    return read(data, WANTED, trusted=certificates, now=START, known_issuer=known_issuer)


@pytest.mark.parametrize("trusted", [(), (P.sub2,), (P.root, P.sub2)])
def test_what_is_not_on_the_list_is_good(trusted):
    assert judge(crl(P.sub2, 5, 6), *trusted) == OcspAnswer("good", next_update=(NOW + DAY).timestamp())
    assert judge(crl(P.sub2, 5, P.leaf.serial), *trusted).status == "revoked"


def test_a_list_may_be_pem():
    pem = x509.load_der_x509_crl(crl(P.sub2, P.leaf.serial)).public_bytes(Encoding.PEM)
    assert judge(pem, P.sub2).status == "revoked"


@pytest.mark.parametrize(
    ("made", "ends", "current"),
    [(0.0, 1.0, True), (0.1, 1.0, False), (-2.0, -1.0, False), (-2.0, -0.003, True)],
)
def test_only_what_is_current_is_believed(made, ends, current):
    found = judge(crl(P.sub2, made_days=made, next_days=ends), P.sub2)
    assert (found.status, found.why) == (("good", "") if current else ("failed", "the list is out of date"))


def test_a_list_of_another_issuer_says_nothing():
    assert judge(crl(P.sub1), P.sub1, P.sub2).why == "the list is about others"


def test_another_s_signature_is_not_believed_where_the_issuer_is_known():
    stranger = make("MO Sub 2", ca=True)
    assert judge(crl(stranger), P.sub2).why == "the list is not signed by the issuer"
    assert judge(crl(stranger)).status == "good"
    assert judge(crl(stranger), known_issuer=True).why == "the issuer is not known"


def point(**parts):
    given = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False, **parts,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**given)


@pytest.mark.parametrize(
    ("extra", "whole"),
    [
        (x509.CRLNumber(1), False),
        (x509.DeltaCRLIndicator(1), False),
        (point(indirect_crl=True), False),
        (point(only_contains_attribute_certs=True), False),
        (point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), False),
        (point(only_contains_user_certs=True), True),
    ],
)
def test_a_part_of_a_list_is_not_taken_for_the_whole(extra, whole):
    assert (judge(crl(P.sub2, extra=[extra]), P.sub2).status == "good") is whole


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda data: b"-----BEGIN X509 CRL-----" + data))
def test_bytes_are_no_list(data):
    assert judge(data) == OcspAnswer("failed", why="the list cannot be read")
