"""Revocation: the CRL of the station CA (RFC 5280 5), which the broker checks in the handshake."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certs import authority, ledger, store
from certs.authority import Authority
from certs.errors import CertsError
from certs.ledger import Ledger, Reason, Revocation
from certs.lifetimes import BACKDATING, now
from certs.store import Layout


def revoke(
    directory: str | os.PathLike[str],
    identity: str | None = None,
    *,
    serial: int | None = None,
    reason: Reason = Reason.UNSPECIFIED,
) -> list[int]:
    """Revoke every valid certificate of `identity`, or the one with `serial`, and sign a new CRL.

    Returns the serial numbers that were revoked by this call: none when all had been already. A `serial` that
    the ledger does not know is revoked all the same: the certificate may have been issued elsewhere with the
    same CA. Raises `CertsError` when no certificate was ever issued to `identity`.
    """
    layout = store.opened(directory)
    with layout.locked():
        book = ledger.read(layout.ledger)
        serials = [one for one in _chosen(book, identity, serial) if one not in book.revoked]
        for one in serials:
            book.revoked[one] = Revocation(one, now(), reason)
            ledger.note_revoked(layout.ledger, book.revoked[one])
        sign(layout, authority.load(layout.station_ca), book)
    return serials


def refresh(directory: str | os.PathLike[str], *, lifetime: timedelta | None = None) -> Path:
    """Sign the CRL anew from the ledger, valid for `lifetime` (None: as long as the CA); returns its path."""
    layout = store.opened(directory)
    with layout.locked():
        return sign(layout, authority.load(layout.station_ca), ledger.read(layout.ledger), lifetime=lifetime)


def sign(layout: Layout, ca: Authority, book: Ledger, *, lifetime: timedelta | None = None) -> Path:
    """Write the CRL of `book`. The caller holds the folder's lock.

    It lasts as long as the CA unless told otherwise: OpenSSL refuses every station once the CRL has passed
    its next update, so a forgotten timer would lock out the fleet. A short life guards against somebody
    withholding a newer list on its way over a network; this one is a local file, replaced at each revocation.
    """
    at = now()
    end = ca.certificate.not_valid_after_utc
    end = end if lifetime is None else min(at + lifetime, end)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(min(at - BACKDATING, end - timedelta(seconds=1)))
        .next_update(end)
        .add_extension(ca.key_identifier(), critical=False)
        .add_extension(x509.CRLNumber(_next_number(layout.crl, at)), critical=False)
    )
    for revocation in book.revoked.values():
        builder = builder.add_revoked_certificate(_entry(revocation))
    store.write(layout.crl, builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return layout.crl


def next_update(path: str | os.PathLike[str]) -> datetime | None:
    """When the CRL at `path` stops being accepted, in UTC: the earliest of several; None when it says nothing."""
    return min((crl.next_update_utc for crl in store.read_crls(Path(path)) if crl.next_update_utc), default=None)


def _chosen(book: Ledger, identity: str | None, serial: int | None) -> list[int]:
    if (identity is None) == (serial is None):
        raise CertsError("give either an identity or a serial number")
    if serial is not None:
        if serial <= 0:
            raise CertsError("a serial number is positive")
        return [serial]
    if not any(record.identity == identity for record in book.issued):
        raise CertsError(f"no certificate was ever issued to {identity}")
    return [record.serial for record in book.open_of(identity or "")]


def _next_number(path: Path, at: datetime) -> int:
    # Must only ever grow (RFC 5280 5.2.3): the clock keeps that up when the file was lost, the file when the
    # clock went back.
    number = int(at.timestamp())
    if not path.exists():
        return number
    for extension in store.read_crl(path).extensions:
        if isinstance(extension.value, x509.CRLNumber):
            return max(number, extension.value.crl_number + 1)
    return number


def _entry(revocation: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(revocation.serial).revocation_date(revocation.at)
    if revocation.reason is not Reason.UNSPECIFIED:  # then the entry is left out (RFC 5280 5.3.1)
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(revocation.reason.value)), critical=False)
    return builder.build()
