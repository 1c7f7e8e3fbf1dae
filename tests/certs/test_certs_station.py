"""Station certificates: made whole here, or signed for a key that the station made."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

import certs
from certs import KeyType, ledger


def request(key, name="CP007"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def peer(issued):
    return certs.read_peer(issued.leaf.public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize("key_type", list(KeyType))
def test_openssl_verifies_it_strictly_against_ca_and_crl(pki, openssl, key_type):
    issued = certs.issue_station(pki.directory, "CP007", key_type=key_type)
    done = openssl(
        "verify", "-x509_strict", "-crl_check", "-purpose", "sslclient", "-CAfile", pki.station_ca.certificate,
        "-CRLfile", pki.crl, issued.certificate,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_cn_is_the_identity_and_o_the_operator(pki):
    found = peer(certs.issue_station(pki.directory, "CP007"))
    assert (found.common_name, found.organizations) == ("CP007", ("Example CPO",))
    assert found.client_auth is True
    assert found.digital_signature is True


def test_cn_is_the_serial_number_where_one_is_given(pki):
    found = peer(certs.issue_station(pki.directory, "CP007", serial_number="SN-1", organization="Other CPO"))
    assert (found.common_name, found.organizations) == ("SN-1", ("Other CPO",))


@pytest.mark.parametrize("identity", ["../../etc/passwd", "/abs", ".", "..", "a/b", "a\\b", "säule 1", "CP%2F1"])
def test_an_identity_never_leaves_the_folder(pki, identity):
    issued = certs.issue_station(pki.directory, identity)
    assert issued.certificate.resolve().parent == issued.key.resolve().parent == pki.stations.resolve()
    assert peer(issued).common_name == identity


@pytest.mark.parametrize("identity", ["", "CP\n1", "x" * 65, "10.0.0.1", "ws://cp1"])
def test_an_identity_that_makes_no_common_name_is_refused(pki, identity):
    with pytest.raises(certs.CertsError):
        certs.issue_station(pki.directory, identity)
    assert [record.identity for record in ledger.read(pki.ledger).issued] == ["CP001"]


def test_a_long_identity_is_fine_with_a_serial_number(pki):
    issued = certs.issue_station(pki.directory, "ä" * 255, serial_number="SN-1")
    assert issued.certificate.is_file()


def test_a_request_is_signed_for_its_own_key(pki, openssl):
    key = ec.generate_private_key(ec.SECP256R1())
    issued = certs.sign_station(pki.directory, "CP007", request(key))
    assert issued.key is None
    assert issued.leaf.public_key() == key.public_key()
    done = openssl(
        "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", pki.station_ca.certificate, issued.certificate
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_request_without_a_name_gets_the_station_s(pki):
    issued = certs.sign_station(pki.directory, "CP007", request(ec.generate_private_key(ec.SECP256R1()), ""))
    assert peer(issued).common_name == "CP007"


def test_a_signed_request_leaves_no_key_that_does_not_fit(pki):
    old = certs.issue_station(pki.directory, "CP007")
    certs.sign_station(pki.directory, "CP007", request(ec.generate_private_key(ec.SECP256R1())))
    assert not old.key.exists()


def test_nobody_gets_another_station_s_name_by_asking(pki):
    with pytest.raises(certs.CertsError, match="CN=CP007, but the station's is CP008"):
        certs.sign_station(pki.directory, "CP008", request(ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP192R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
)
def test_a_weak_or_foreign_key_is_refused(pki, key):
    """A00.FR.501 to 512: 112 bits at least."""
    with pytest.raises(certs.CertsError, match=r"OCPP asks for at least|neither RSA nor EC"):
        certs.sign_station(pki.directory, "CP007", request(key))


def test_a_request_signed_by_another_key_is_refused(pki):
    der = x509.load_pem_x509_csr(request(ec.generate_private_key(ec.SECP256R1()))).public_bytes(
        serialization.Encoding.DER
    )
    forged = x509.load_der_x509_csr(der.replace(b"CP007", b"CP008")).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(certs.CertsError, match="signature"):
        certs.sign_station(pki.directory, "CP008", forged)


@pytest.mark.parametrize(
    "data", [b"", b"garbage", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_garbage_is_no_request(pki, data):
    with pytest.raises(certs.CertsError, match="no certificate request"):
        certs.sign_station(pki.directory, "CP007", data)
