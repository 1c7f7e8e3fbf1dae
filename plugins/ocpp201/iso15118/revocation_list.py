"""What a certificate revocation list says of one certificate (RFC 5280 5)."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.hashes import Hash

from plugins.ocpp201.iso15118.cert_id import CertId, issuer_of
from plugins.ocpp201.iso15118.ocsp_response import OLDEST, SKEW, OcspAnswer, failed
from plugins.shared.certificate_hashes import UNREADABLE

LARGEST = 1_048_576
_PEM = b"-----BEGIN"


def read(
    data: bytes, wanted: CertId, *, trusted: Iterable[x509.Certificate], now: float, known_issuer: bool
) -> OcspAnswer:
    """The answer in a list, DER or PEM; `known_issuer`: believe no list whose issuer is not at hand."""
    try:
        found = x509.load_pem_x509_crl(data) if data.startswith(_PEM) else x509.load_der_x509_crl(data)
        if not _is_whole(found) or not _is_of(found, wanted):
            return failed("the list is about others")
        ends = None if found.next_update_utc is None else found.next_update_utc.timestamp()
        made = found.last_update_utc.timestamp()
        if not made - SKEW <= now <= (made + OLDEST if ends is None else ends) + SKEW:
            return failed("the list is out of date")
        issuer = issuer_of(wanted, trusted)
        if issuer is None and known_issuer:
            return failed("the issuer is not known")
        if issuer is not None and not _is_signed(found, issuer):
            return failed("the list is not signed by the issuer")
        entry = found.get_revoked_certificate_by_serial_number(wanted.serial)
        return OcspAnswer("good" if entry is None else "revoked", next_update=ends)
    except UNREADABLE:
        return failed("the list cannot be read")


def _is_of(found: x509.CertificateRevocationList, wanted: CertId) -> bool:
    digest = Hash(wanted.hash)
    digest.update(found.issuer.public_bytes())
    return digest.finalize() == wanted.name_hash


def _is_whole(found: x509.CertificateRevocationList) -> bool:
    """Not a delta, nor a part that leaves out what it does not care for (RFC 5280 5.2.4, 5.2.5)."""
    for part in found.extensions:
        if isinstance(part.value, x509.IssuingDistributionPoint):
            about = part.value
            if about.indirect_crl or about.only_contains_attribute_certs or about.only_some_reasons:
                return False
        elif part.critical:
            return False
    return True


def _is_signed(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Ask for a key of any kind; the library knows which ones sign."""
    return found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
