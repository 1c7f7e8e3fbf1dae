"""Reading a file or a whole folder back: who, by whom, how long, which key, and what is wrong with it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import keys, lint, store
from certs.errors import UNREADABLE, CertsError
from certs.lifetimes import now

CRL_NAME = "station-ca.crl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate or CRL of a file. Times are UTC; `days_left` is negative once it is over.

    `subject` and `issuer` are whole names as RFC 4514 writes them, the three after them their readable parts.
    """

    path: Path
    kind: str  # "root CA", "CA", "server", "station", "certificate" or "CRL"
    subject: str
    issuer: str
    common_name: str
    organization: str
    issuer_name: str
    names: tuple[str, ...]
    serial_number: int | None
    not_before: datetime
    not_after: datetime | None
    days_left: int | None
    key: str
    fingerprint_sha256: str
    problems: tuple[str, ...]


def describe(path: str | os.PathLike[str]) -> list[Entry]:
    """The certificates and CRLs at `path`: a PEM file, or a folder with its `stations`.

    Certificates of a file come in its order. Of a folder, a file that cannot be read is an entry of its own
    with the reason as its problem. Raises `CertsError` when `path` itself cannot be read or holds nothing.
    """
    where = Path(path)
    if not where.is_dir():
        return list(_of_file(where))
    entries = [entry for file in _files(where) for entry in _tolerant(file)]
    if not entries:
        raise CertsError(f"{where} holds no certificates")
    return entries


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("*.pem"), *folder.glob("*.crl"), *folder.glob("stations/*.pem")]
    return sorted(found, key=lambda file: (len(file.parts), file))


def _tolerant(path: Path) -> list[Entry]:
    try:
        return list(_of_file(path))
    except CertsError as error:
        at = now()
        return [Entry(path, "unreadable", "", "", "", "", "", (), None, at, None, None, "", "", (str(error),))]


def _of_file(path: Path) -> Iterator[Entry]:
    if b"-----BEGIN X509 CRL-----" in store.read(path):
        yield from (_of_crl(path, crl) for crl in store.read_crls(path))
        return
    chain = store.read_certificates(path)
    for number, certificate in enumerate(chain):
        try:
            entry = _of_certificate(path, certificate)
        except UNREADABLE as error:
            raise CertsError(f"{path}: certificate {number + 1}: {error}") from None
        if number == 0:
            extra = [
                *lint.of_chain(chain),
                *lint.of_key(path.with_suffix(".key"), certificate),
                *_revoked(path, certificate),
            ]
            entry = replace(entry, problems=(*entry.problems, *extra))
        yield entry


def _of_certificate(path: Path, certificate: x509.Certificate) -> Entry:
    alternatives = lint.extension(certificate, x509.SubjectAlternativeName)
    key_type, bits = keys.describe(certificate.public_key())
    at, end = now(), certificate.not_valid_after_utc
    return Entry(
        path=path,
        kind=_kind(certificate),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        common_name=_part(certificate.subject, NameOID.COMMON_NAME),
        organization=_part(certificate.subject, NameOID.ORGANIZATION_NAME),
        issuer_name=_part(certificate.issuer, NameOID.COMMON_NAME),
        names=() if alternatives is None else tuple(str(name.value) for name in alternatives),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=end,
        days_left=(end - at).days,
        key=f"{key_type} {bits}" if bits else key_type,
        fingerprint_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        problems=tuple(lint.of_certificate(certificate, at)),
    )


def _of_crl(path: Path, crl: x509.CertificateRevocationList) -> Entry:
    at, begin, end = now(), crl.last_update_utc, crl.next_update_utc
    return Entry(
        path=path,
        kind="CRL",
        subject="",
        issuer=crl.issuer.rfc4514_string(),
        common_name=f"{len(crl)} revoked",
        organization="",
        issuer_name=_part(crl.issuer, NameOID.COMMON_NAME),
        names=(),
        serial_number=None,
        not_before=begin,
        not_after=end,
        days_left=None if end is None else (end - at).days,
        key="",
        fingerprint_sha256=crl.fingerprint(hashes.SHA256()).hex(),
        problems=() if end is None else tuple(lint.of_period(begin, end, at)),
    )


def _part(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return ", ".join(str(part.value) for part in name.get_attributes_for_oid(oid))


def _kind(certificate: x509.Certificate) -> str:
    if lint.is_ca(certificate):
        return "root CA" if certificate.issuer == certificate.subject else "CA"
    purposes = lint.extension(certificate, x509.ExtendedKeyUsage) or ()
    if ExtendedKeyUsageOID.SERVER_AUTH in purposes:
        return "server"
    return "station" if ExtendedKeyUsageOID.CLIENT_AUTH in purposes else "certificate"


def _revoked(path: Path, certificate: x509.Certificate) -> list[str]:
    crl = next((one for one in (path.parent / CRL_NAME, path.parent.parent / CRL_NAME) if one.is_file()), None)
    for revocations in [] if crl is None else store.read_crls(crl):
        if revocations.issuer == certificate.issuer:
            entry = revocations.get_revoked_certificate_by_serial_number(certificate.serial_number)
            return [] if entry is None else [f"revoked on {entry.revocation_date_utc:%Y-%m-%d}"]
    return []
