"""The certificate that a station showed in the handshake, as plain data for the door to judge."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import keys
from certs.errors import UNREADABLE


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """What a certificate says. Whether it is trusted the TLS handshake has decided by then.

    `common_name` is "" where there is none. `digital_signature` is True when the key usage allows a client's
    signature or nothing is said (RFC 5280 4.2.1.3); `client_auth` is None when there is no extended key
    usage.
    """

    common_name: str
    organizations: tuple[str, ...]
    serial_number: int
    not_before: datetime
    not_after: datetime
    digital_signature: bool
    client_auth: bool | None
    key_type: str
    key_bits: int
    fingerprint_sha256: str


def read_peer(der: bytes) -> PeerCertificate:
    """Read a certificate in DER, as `ssl.SSLObject.getpeercert(True)` gives it.

    Raises ValueError for whatever cannot be read, and for a subject with more than one CN: which of them
    names the station would be a guess.
    """
    try:
        return _read(x509.load_der_x509_certificate(der), der)
    except UNREADABLE as error:
        raise ValueError(f"no usable certificate: {error}") from None


def _read(certificate: x509.Certificate, der: bytes) -> PeerCertificate:
    names = _values(certificate.subject, NameOID.COMMON_NAME)
    if len(names) > 1:
        raise ValueError("the certificate has more than one CN")
    usage, purposes = _usages(certificate.extensions)
    key_type, key_bits = keys.describe(certificate.public_key())
    return PeerCertificate(
        common_name=names[0] if names else "",
        organizations=tuple(_values(certificate.subject, NameOID.ORGANIZATION_NAME)),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        digital_signature=usage is None or usage.digital_signature,
        client_auth=None if purposes is None else _allows_client(purposes),
        key_type=key_type,
        key_bits=key_bits,
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
    )


def _values(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(part.value) for part in name.get_attributes_for_oid(oid)]


def _usages(extensions: x509.Extensions) -> tuple[x509.KeyUsage | None, x509.ExtendedKeyUsage | None]:
    usage = purposes = None
    for extension in extensions:
        if isinstance(extension.value, x509.KeyUsage):
            usage = extension.value
        elif isinstance(extension.value, x509.ExtendedKeyUsage):
            purposes = extension.value
    return usage, purposes


def _allows_client(purposes: x509.ExtendedKeyUsage) -> bool:
    return ExtendedKeyUsageOID.CLIENT_AUTH in purposes or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes
