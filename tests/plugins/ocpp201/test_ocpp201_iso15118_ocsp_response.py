"""What an OCSP response says, and when it is not believed."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_pki_kit import DAY, NOW, REVOKED, START, UNKNOWN, hash_data, make, pki, response

from plugins.ocpp201.iso15118.cert_id import told
from plugins.ocpp201.iso15118.ocsp_response import OcspAnswer, read

P = pki()
WANTED = told(hash_data(P.leaf, ""))
RESPONSE = response(P.leaf)


def judge(der, *trusted, now=START, known_issuer=False, wanted=WANTED):
    return read(der, wanted, trusted=[one.certificate for one in trusted], now=now, known_issuer=known_issuer)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("trusted", [(), (P.sub2,), (P.root, P.sub1, P.sub2)])
def test_an_answer_of_the_issuer_is_believed(trusted, by_name):
    der = response(P.leaf, by_name=by_name)
    assert judge(der, *trusted) == OcspAnswer("good", der, (NOW + DAY).timestamp())


@pytest.mark.parametrize(("said", "status"), [(REVOKED, "revoked"), (UNKNOWN, "unknown")])
def test_every_word_of_it_is_told(said, status):
    assert judge(response(P.leaf, said), P.sub2).status == status


def test_an_answer_about_another_certificate_is_none():
    other = make("Other", P.sub2)
    assert judge(response(P.leaf, about=other), P.sub2).why == "the response is about another certificate"
    assert judge(response(P.leaf, algorithm=hashes.SHA1), P.sub2).why == "the response is about another certificate"
    elsewhere = pki()
    assert judge(response(elsewhere.leaf)).why == "the response is about another certificate"


@pytest.mark.parametrize(
    ("made", "ends", "current"),
    [
        (0.0, 1.0, True),
        (0.1, 1.0, False),
        (0.003, 1.0, True),
        (-2.0, -1.0, False),
        (-2.0, -0.003, True),
        (-2.0, 0.0, True),
        (-0.9, None, True),
        (-1.1, None, False),
    ],
)
def test_only_what_is_current_is_believed(made, ends, current):
    found = judge(response(P.leaf, made_days=made, next_days=ends), P.sub2)
    assert (found.status == "good", found.why) == (current, "" if current else "the response is out of date")


# --- who has signed it ------------------------------------------------------------------------------------------------


def refusal(der, *trusted):
    found = judge(der, *trusted)
    assert (found.status, found.der) == ("failed", None)
    return found.why


NOT_SIGNED = "the response is not signed by the issuer, nor for it"


def test_another_s_signature_is_not_believed_where_the_issuer_is_known():
    stranger = make("MO Sub 2", ca=True)
    assert refusal(response(P.leaf, by=stranger), P.sub2) == NOT_SIGNED
    assert refusal(response(P.leaf, by=stranger, by_name=True), P.sub2) == NOT_SIGNED
    assert refusal(response(P.leaf, by=stranger, certificates=[P.sub2, stranger])) == NOT_SIGNED


def test_a_response_that_was_changed_is_not_believed():
    der = response(P.leaf, REVOKED)
    changed = der.replace(b"20260101000000Z", b"20260101000001Z")
    assert changed != der
    assert refusal(changed, P.sub2) == NOT_SIGNED


@pytest.mark.parametrize("by_name", [False, True])
def test_whom_the_issuer_has_certified_for_it_may_sign(by_name):
    delegate = make("Responder", P.sub2, responder=True)
    der = response(P.leaf, by=delegate, certificates=[delegate], by_name=by_name)
    assert judge(der, P.sub2).status == "good"


@pytest.mark.parametrize(
    "delegate",
    [
        make("Responder", P.sub2),
        make("Responder", P.sub2, extra=((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),)),
        make("Responder", P.sub1, responder=True),
        make("Responder", P.sub2, responder=True, days=(-5, -1)),
        make("Responder", P.sub2, responder=True, days=(1, 5)),
        make("Responder", responder=True),
    ],
    ids=["for nothing", "for TLS", "of another issuer", "expired", "not yet", "self-signed"],
)
def test_nobody_else_may_sign_for_the_issuer(delegate):
    assert refusal(response(P.leaf, by=delegate, certificates=[delegate]), P.sub2) == NOT_SIGNED


def test_a_delegate_s_certificate_has_to_be_there():
    assert refusal(response(P.leaf, by=make("Responder", P.sub2, responder=True)), P.sub2) == NOT_SIGNED


def test_the_issuer_may_come_with_the_response():
    """Its key's hash is in what was asked, so it cannot be another."""
    der = response(P.leaf, certificates=[P.sub2])
    assert judge(der, known_issuer=True).status == "good"


def test_an_unknown_issuer_is_believed_unless_it_has_to_be_known():
    stranger = make("Nobody", ca=True)
    der = response(P.leaf, by=stranger, certificates=[stranger])
    assert judge(der).status == "good"
    assert judge(der, known_issuer=True).why == "the issuer is not known"


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP521R1()),
    ],
)
def test_issuers_have_keys_of_all_kinds(key):
    root = make("Root", ca=True)
    issuer = make("Sub", root, ca=True, key=key)
    leaf = make("Contract", issuer) if not isinstance(key, ed25519.Ed25519PrivateKey) else None
    made = leaf or make("Contract", root)
    builder = ocsp.OCSPResponseBuilder().add_response(
        made.certificate, issuer.certificate, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, NOW, NOW + DAY, None, None
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    der = builder.sign(key, algorithm).public_bytes(Encoding.DER)
    request = ocsp.OCSPRequestBuilder().add_certificate(made.certificate, issuer.certificate, hashes.SHA256()).build()
    wanted = told(
        {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": request.issuer_name_hash.hex(),
            "issuerKeyHash": request.issuer_key_hash.hex(),
            "serialNumber": f"{request.serial_number:x}",
        }
    )
    assert judge(der, issuer, wanted=wanted).status == "good"


# --- what is none -----------------------------------------------------------------------------------------------------


def test_a_responder_that_refuses_says_why():
    der = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
    assert judge(der).why == "the responder says TRY_LATER"


@given(st.binary(max_size=64))
def test_bytes_are_no_response(data):
    assert judge(data) == OcspAnswer("failed", why="the response cannot be read")


@given(st.integers(0, len(RESPONSE) - 1), st.integers(1, 255))
def test_a_damaged_response_is_never_good_where_the_issuer_is_known(at, flip):
    damaged = bytearray(RESPONSE)
    damaged[at] ^= flip
    assert judge(bytes(damaged), P.sub2).status == "failed"
