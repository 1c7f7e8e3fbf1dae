"""The way from a contract certificate to a root (C07.FR.06; RFC 5280 6.1, ISO 15118-2 annex F)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from plugins.ocpp201.iso15118.signatures import issued_by
from plugins.shared.certificate_hashes import UNREADABLE, certificates_in

CHAIN_ERROR, EXPIRED, SIGNATURE_ERROR, NONE = (
    "CertChainError",
    "CertificateExpired",
    "SignatureError",
    "NoCertificateAvailable",
)
Source = tuple[str, str]
"""`OCSP` or `CRL`, and its URL."""
_MOST_SOURCES = 4
_LONGEST = 5  # leaf, two sub-CAs, root, and one to spare
_UNDERSTOOD = (
    x509.AuthorityInformationAccess,
    x509.AuthorityKeyIdentifier,
    x509.BasicConstraints,
    x509.CRLDistributionPoints,
    x509.CertificatePolicies,
    x509.ExtendedKeyUsage,
    x509.KeyUsage,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
)


def path(pem: str, roots: Iterable[x509.Certificate], now: float) -> list[x509.Certificate] | str:
    """From the leaf, the first in `pem`, to a trusted one; or the AuthorizeCertificateStatus of what is wrong."""
    given = certificates_in(pem)
    if not given:
        return NONE
    trusted = list(roots)
    found = given[:1]
    while found[-1] not in trusted:
        issuer = _issuer(found, [*trusted, *given[1 : 2 * _LONGEST]])
        if isinstance(issuer, str):
            return issuer
        found.append(issuer)
    if len(found) == 1:
        return CHAIN_ERROR  # a root is no contract
    moment = datetime.fromtimestamp(now, UTC)
    if any(not one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in found):
        return EXPIRED
    return found if _well_formed(found) else CHAIN_ERROR


def sources_of(certificate: x509.Certificate) -> list[Source]:
    """Where its status can be asked for: the OCSP responders that it names, then its revocation lists."""
    try:
        found = [part.value for part in certificate.extensions]
    except UNREADABLE:
        return []
    responders = [
        ("OCSP", one.access_location)
        for part in found
        if isinstance(part, x509.AuthorityInformationAccess)
        for one in part
        if one.access_method == AuthorityInformationAccessOID.OCSP
    ]
    lists = [
        ("CRL", name)
        for part in found
        if isinstance(part, x509.CRLDistributionPoints)
        for point in part
        for name in point.full_name or ()
    ]
    named = [
        (kind, name.value) for kind, name in (*responders, *lists) if isinstance(name, x509.UniformResourceIdentifier)
    ]
    return named[:_MOST_SOURCES]


def _issuer(found: Sequence[x509.Certificate], among: Iterable[x509.Certificate]) -> x509.Certificate | str:
    by_name = [one for one in among if one.subject == found[-1].issuer and one not in found]
    if not by_name or len(found) >= _LONGEST:
        return CHAIN_ERROR
    return next((one for one in by_name if issued_by(found[-1], one)), SIGNATURE_ERROR)


def _well_formed(found: Sequence[x509.Certificate]) -> bool:
    try:
        return all(_is_understood(one) for one in found) and all(
            _may_issue(one, below) for below, one in enumerate(found[1:])
        )
    except UNREADABLE:
        return False


def _is_understood(one: x509.Certificate) -> bool:
    """RFC 5280 4.2: what has a critical extension that is not understood is not valid."""
    return all(isinstance(part.value, _UNDERSTOOD) for part in one.extensions if part.critical)


def _may_issue(one: x509.Certificate, below: int) -> bool:
    """RFC 5280 6.1.4: a CA, with so many CAs below it, whose key may sign certificates."""
    try:
        basic = one.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        signs = one.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    return basic.ca and signs and (basic.path_length is None or basic.path_length >= below)
