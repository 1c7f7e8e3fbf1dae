"""A TLS client that offers little, to see what the server has; certificates of clients that prove nothing."""

import asyncio
import socket
import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from broker_kit import FQDN
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import certs

SUITES = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "ECDSA",
    "ECDHE-ECDSA-AES256-GCM-SHA384": "ECDSA",
    "AES128-GCM-SHA256": "RSA",
    "AES256-GCM-SHA384": "RSA",
}
"""Those that a CSMS offers, all of them (white paper, A00), and the key that each needs."""


@dataclass
class Shaken:
    """What a handshake came to."""

    version: str
    suite: str
    compression: str | None
    certificate: x509.Certificate


def offering(context, suite):
    """TLS 1.2 with one suite."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suite)
    return context


def at_most(context, version):
    """Nothing newer than `version`, and whatever suite there is: OpenSSL has TLS 1.1 still, at its lowest level."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


def shake(port, context):
    """One handshake; raises ssl.SSLError."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=FQDN) as tls,
    ):
        certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
        return Shaken(tls.version(), tls.cipher()[0], tls.compression(), certificate)


async def shaken(lab, dress, *arguments):
    """A handshake of the case's profile, with `dress` on its context."""
    context = lab.terms(lab.transport)["ssl"]
    return await asyncio.to_thread(shake, lab.broker.ports["secure"], dress(context, *arguments))


def judged(certificate, kind):
    """White paper A00: key sizes, a serial number, the FQDN as CN, within its time."""
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey if kind == "RSA" else ec.EllipticCurvePublicKey)
    assert key.key_size >= (2048 if kind == "RSA" else 224)
    assert certificate.serial_number > 0
    assert [part.value for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [FQDN]
    assert certificate.not_valid_before_utc <= datetime.now(UTC) < certificate.not_valid_after_utc


async def keeps_the_rules_of_tls(lab):
    """Versions, suites, certificates of the server (2.x: A00)."""
    for suite, kind in SUITES.items():
        told = await shaken(lab, offering, suite)
        assert (told.version, told.suite, told.compression) == ("TLSv1.2", suite, None)
        judged(told.certificate, kind)
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError):
            await shaken(lab, at_most, version)
    told = await shaken(lab, at_most, ssl.TLSVersion.TLSv1_2)
    assert told.version == "TLSv1.2", "it is the version alone that was refused"
    assert (await shaken(lab, lambda context: context)).version == "TLSv1.3"


def wrong_pairs(lab):
    """Certificates that prove nothing of this station."""
    other = lab.folder / "other-pki"
    certs.init(other, organization="Depot")
    past = timedelta(hours=-1)
    issued = {
        "of another CA": certs.issue_station(other, lab.identity),
        "of another station": certs.issue_station(lab.pki.folder, "OTHER"),
        "expired": certs.issue_station(lab.pki.folder, "EXPIRED", serial_number=lab.identity, lifetime=past),
    }
    return {name: (one.certificate, one.key) for name, one in issued.items()}
