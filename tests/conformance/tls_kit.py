"""A TLS client that offers little, to see what the server has."""

import socket
import ssl
import warnings
from dataclasses import dataclass

from cryptography import x509
from lab_kit import FQDN

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
