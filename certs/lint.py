"""What is wrong with certificates, in words, and before a station finds out.

A station that cannot verify its server goes dark and tells nobody why.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import keys, names, store
from certs.errors import CertsError
from certs.lifetimes import WARNING

Extension = TypeVar("Extension", bound=x509.ExtensionType)

READABLE_BY_OTHERS = 0o077


def is_ca(certificate: x509.Certificate) -> bool:
    """True when the basic constraints say so."""
    found = extension(certificate, x509.BasicConstraints)
    return found is not None and found.ca


def extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """The certificate's extension of that kind, or None."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def of_certificate(certificate: x509.Certificate, at: datetime) -> list[str]:
    """What is wrong with one certificate by itself at the moment `at`."""
    found = of_period(certificate.not_valid_before_utc, certificate.not_valid_after_utc, at)
    try:
        keys.check_strength(certificate.public_key())
    except CertsError as error:
        found.append(str(error))
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is not None and ExtendedKeyUsageOID.SERVER_AUTH in purposes:
        found += _of_server_names(certificate)
    return found


def of_period(begin: datetime, end: datetime, at: datetime) -> list[str]:
    """What is wrong with a validity: not begun, over, or over soon."""
    if at < begin:
        return [f"not valid before {begin:%Y-%m-%d %H:%M} UTC"]
    if at > end:
        return [f"expired on {end:%Y-%m-%d}"]
    if end - at >= WARNING:
        return []
    days = (end - at).days
    return [f"ends in {days} day{'' if days == 1 else 's'}"]


def of_chain(chain: Sequence[x509.Certificate]) -> list[str]:
    """What is wrong with the order of a chain file: each certificate must be signed by the one behind it.

    A file that begins with a CA is a bundle of trusted ones, whose order means nothing.
    """
    if is_ca(chain[0]):
        return []
    for number, (certificate, issuer) in enumerate(pairwise(chain), start=1):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return [f"certificate {number} of the file is not signed by the one behind it"]
    return []


def of_key(path: Path, certificate: x509.Certificate) -> list[str]:
    """What is wrong with the key file beside a certificate; nothing when there is none."""
    try:
        if not path.exists():
            return []
        found = ["others may read the key: chmod 600"] if path.stat().st_mode & READABLE_BY_OTHERS else []
        if not keys.same_key(store.read_key(path), certificate.public_key()):
            found.append(f"{path.name} is not this certificate's key")
    except (CertsError, OSError) as error:
        return [str(error)]
    return found


def _of_server_names(certificate: x509.Certificate) -> list[str]:
    alternatives = extension(certificate, x509.SubjectAlternativeName)
    covered = [] if alternatives is None else [str(name.value).lower() for name in alternatives]
    found = [] if covered else ["no subjectAltName: today's TLS stacks will not accept it"]
    common = [str(part.value) for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if any("*" in name for name in [*covered, *common]):
        return [*found, "wildcard name: OCPP asks for the server's own"]
    if len(common) != 1 or not _is_fqdn(common[0]):
        found.append("the CN is not a fully qualified domain name, which OCPP asks for")
    elif covered and common[0].lower() not in covered:
        found.append("the CN is not among the subjectAltNames")
    return found


def _is_fqdn(name: str) -> bool:
    try:
        return names.is_fqdn(name)
    except CertsError:
        return False
