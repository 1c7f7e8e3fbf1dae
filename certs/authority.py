"""Certificate authorities: making one, and signing with it.

What is set here is what RFC 5280 4.2 asks for and OpenSSL checks under X509_STRICT, which Python 3.13 turns
on: critical basic constraints, key usage, both key identifiers.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certs import store
from certs.errors import CertsError
from certs.keys import KeyType, PrivateKey, PublicKey, generate, same_key
from certs.lifetimes import BACKDATING, now
from certs.store import Pair


@dataclass(frozen=True, slots=True)
class Period:
    """A validity that was asked for: `lifetime` from now on, from `backdate` ago (None: two days)."""

    lifetime: timedelta
    backdate: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was written: its file, its key's (None when the key is elsewhere), itself."""

    certificate: Path
    key: Path | None
    leaf: x509.Certificate


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA with its key. `chain` is what a file carries behind its leaf: intermediates, never a root."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def organization(self) -> str:
        """The O of the subject, or "" where there is none."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return str(found[0].value) if found else ""

    def issue(
        self,
        public_key: PublicKey,
        subject: x509.Name,
        period: Period,
        *,
        usage: x509.KeyUsage,
        purpose: x509.ObjectIdentifier,
        names: list[x509.GeneralName] | None = None,
    ) -> list[x509.Certificate]:
        """Sign a leaf for `subject`; returns it with the intermediates behind it."""
        builder = _builder(subject, public_key, *self._clamped(period))
        builder = builder.issuer_name(self.certificate.subject).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        builder = builder.add_extension(self.key_identifier(), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return [builder.sign(self.key, hashes.SHA256()), *self.chain]

    def subordinate(self, key: PrivateKey, subject: x509.Name, period: Period) -> "Authority":
        """An intermediate CA below this one, which may sign leaves only."""
        builder = _builder(subject, key.public_key(), *self._clamped(period)).issuer_name(self.certificate.subject)
        builder = builder.add_extension(self.key_identifier(), critical=False)
        certificate = _ca_extensions(builder, path_length=0).sign(self.key, hashes.SHA256())
        return Authority(certificate, key, (certificate, *self.chain))

    def key_identifier(self) -> x509.AuthorityKeyIdentifier:
        """The authority key identifier of everything that this CA signs (RFC 5280 4.2.1.1)."""
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)

    def _clamped(self, period: Period) -> tuple[datetime, datetime]:
        # A certificate outside of its issuer's life is refused by some verifiers and is of no use to the
        # rest.
        at, issuer = now(), self.certificate
        if issuer.not_valid_after_utc <= at:
            raise CertsError(f"the CA {issuer.subject.rfc4514_string()} has expired: make a new one")
        start = at - (BACKDATING if period.backdate is None else period.backdate)
        if start < issuer.not_valid_before_utc:
            if period.backdate is not None:
                raise CertsError(
                    f"the CA itself is valid from {issuer.not_valid_before_utc:%Y-%m-%d} only: "
                    "make it with --backdate-days too"
                )
            start = issuer.not_valid_before_utc
        return start, min(at + period.lifetime, issuer.not_valid_after_utc)


def create(subject: x509.Name, key_type: KeyType, period: Period, *, path_length: int = 0) -> Authority:
    """A new self-signed root that may sign `path_length` levels of CAs below it."""
    key, at = generate(key_type, ca=True), now()
    start = at - (BACKDATING if period.backdate is None else period.backdate)
    builder = _builder(subject, key.public_key(), start, at + period.lifetime).issuer_name(subject)
    return Authority(_ca_extensions(builder, path_length).sign(key, hashes.SHA256()), key)


def load(pair: Pair) -> Authority:
    """The CA in `pair`, checked: a CA's certificate, and the key that belongs to it.

    The file may hold the CA's own issuers behind it, as that of a company's intermediate does; all that are
    not self-signed go into the chains of what it signs.
    """
    certificates, key = store.read_certificates(pair.certificate), store.read_key(pair.key)
    certificate = certificates[0]
    if not same_key(key, certificate.public_key()):
        raise CertsError(f"{pair.key} is not the key of {pair.certificate}")
    try:
        is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound as error:
        raise CertsError(f"{pair.certificate} lacks {error.oid._name}") from None
    if not is_ca:
        raise CertsError(f"{pair.certificate} is not a CA's certificate")
    return Authority(certificate, key, tuple(one for one in certificates if one.issuer != one.subject))


def leaf_usage(*, key_encipherment: bool = False) -> x509.KeyUsage:
    """Key usage of a leaf: digital signature, and for TLS_RSA suites key encipherment (RFC 5246 7.4.2)."""
    return _usage(digital_signature=True, key_encipherment=key_encipherment)


SERVER_PURPOSE = ExtendedKeyUsageOID.SERVER_AUTH
STATION_PURPOSE = ExtendedKeyUsageOID.CLIENT_AUTH


def _builder(
    subject: x509.Name, public_key: PublicKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    if not_after <= not_before:
        raise CertsError("the certificate would end before it begins")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .public_key(public_key)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _ca_extensions(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _usage(**on: bool) -> x509.KeyUsage:
    bits = {
        "digital_signature": False, "content_commitment": False, "key_encipherment": False,
        "data_encipherment": False, "key_agreement": False, "key_cert_sign": False, "crl_sign": False,
        "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    return x509.KeyUsage(**(bits | on))
