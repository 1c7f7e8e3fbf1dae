"""What was issued works in TLS as a station and a broker use it, under OpenSSL's strict checks."""

import ssl
from datetime import timedelta

import pytest

import certs
from certs import KeyType

SUITES = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384"]


def broker(pki, *, crl=True):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for key_type in KeyType:
        context.load_cert_chain(pki.server(key_type).certificate, pki.server(key_type).key)
    context.set_ciphers(":".join(SUITES))
    context.load_verify_locations(pki.station_ca.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if crl:
        context.load_verify_locations(pki.crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def station(pki, issued=None, *, suite=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pki.root_ca.certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if issued is not None:
        context.load_cert_chain(issued.certificate, issued.key)
    if suite is not None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite)
    return context


@pytest.mark.parametrize("suite", SUITES)
def test_both_server_certificates_together_serve_each_suite_of_ocpp(pki, handshake, suite):
    """certification.md 3.3: all four suites, which takes an ECDSA and an RSA certificate."""
    client, _ = handshake(station(pki, suite=suite), broker(pki))
    assert client.cipher()[0] == suite


@pytest.mark.parametrize("name", ["csms.example.org", "localhost", "127.0.0.1"])
def test_every_name_of_the_server_is_accepted(pki, handshake, name):
    client, _ = handshake(station(pki), broker(pki), name)
    assert client.version() == "TLSv1.3"


def test_another_name_is_refused_by_the_station(pki, handshake):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(station(pki), broker(pki), "other.example.org")


@pytest.mark.parametrize("key_type", list(KeyType))
def test_a_station_certificate_with_either_key_is_accepted_with_the_crl_checked(pki, handshake, key_type):
    issued = certs.issue_station(pki.directory, "CP007", key_type=key_type)
    _, server = handshake(station(pki, issued), broker(pki))
    assert certs.read_peer(server.getpeercert(True)).common_name == "CP007"


def test_a_revoked_station_is_refused_and_another_is_not(pki, handshake):
    revoked = certs.issue_station(pki.directory, "CP007")
    other = certs.issue_station(pki.directory, "CP008")
    certs.revoke(pki.directory, "CP007")
    handshake(station(pki, other), broker(pki))
    with pytest.raises(ssl.SSLCertVerificationError, match="revoked"):
        handshake(station(pki, revoked), broker(pki))


@pytest.mark.parametrize(
    ("lifetime", "backdate", "reason"),
    [(timedelta(hours=-1), None, "expired"), (timedelta(days=9), timedelta(hours=-1), "not yet valid")],
)
def test_a_certificate_outside_of_its_time_is_refused(pki, handshake, lifetime, backdate, reason):
    issued = certs.issue_station(pki.directory, "CP007", lifetime=lifetime, backdate=backdate)
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        handshake(station(pki, issued), broker(pki))


def test_a_server_certificate_is_no_station_certificate(pki, handshake):
    """Nor would it be if the same CA had signed it: the extended key usage tells them apart."""
    issued = certs.issue_server(pki.directory, ["csms.example.org"])[0]
    context = broker(pki, crl=False)
    context.load_verify_locations(pki.root_ca.certificate)
    with pytest.raises(ssl.SSLCertVerificationError, match="unsuitable certificate purpose"):
        handshake(station(pki, issued), context)


def test_a_station_certificate_of_another_pki_is_refused(pki, handshake, tmp_path):
    certs.init(tmp_path / "other", organization="Example CPO")
    issued = certs.issue_station(tmp_path / "other", "CP001")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(station(pki, issued), broker(pki))


def test_two_generations_of_station_cas_are_trusted_together(pki, handshake, tmp_path):
    """The change of a CA (docs/certificates.md): one file of both CAs, one of both CRLs."""
    following = certs.init(tmp_path / "next", organization="Example CPO")
    old, new, gone = (
        certs.issue_station(directory, identity)
        for directory, identity in ((pki.directory, "OLD"), (following.directory, "NEW"), (following.directory, "GONE"))
    )
    certs.revoke(following.directory, "GONE")
    for ours, theirs in ((pki.station_ca.certificate, following.station_ca.certificate), (pki.crl, following.crl)):
        ours.write_bytes(ours.read_bytes() + theirs.read_bytes())
    for issued in (old, new):
        handshake(station(pki, issued), broker(pki))
    with pytest.raises(ssl.SSLCertVerificationError, match="revoked"):
        handshake(station(pki, gone), broker(pki))
    assert [entry.common_name for entry in certs.describe(pki.crl)] == ["0 revoked", "1 revoked"]


def test_an_intermediate_travels_with_the_server_certificate(tmp_path, handshake):
    """Q-35: a station knows the root alone; without the intermediate it goes dark."""
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
    layout.root_ca.key.unlink()
    certs.issue_server(layout.directory, ["csms.example.org"])
    handshake(station(layout), broker(layout))


def test_an_rsa_station_ca_serves_stations_without_elliptic_curves(tmp_path, handshake):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", station_ca_key=KeyType.RSA)
    certs.issue_server(layout.directory, ["csms.example.org"])
    issued = certs.issue_station(layout.directory, "CP001", key_type=KeyType.RSA)
    handshake(station(layout, issued, suite="AES128-GCM-SHA256"), broker(layout))
