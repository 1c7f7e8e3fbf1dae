"""Signs the certificates that stations show to vehicles (A02, V2GCertificate and V2G20Certificate).

These belong to the PKI of ISO 15118, not to that of the CSMS: their CA is a sub-CA of a V2G root, they are those of a
TLS server, and their DC is CPO (ISO 15118-2 annex F; ISO 15118-20 annex B). The folder holds `v2g-ca.pem`, the CA's
certificate first and those above it behind, and `v2g-ca.key`.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from broker.api import AuthorityRefused, Clock
from plugins.ocpp201.iso15118.signatures import issued_by
from plugins.shared.certificate_hashes import UNREADABLE, certificates_in, hash_data_of, key_of

_CERTIFICATE, _KEY = "v2g-ca.pem", "v2g-ca.key"
_BACKDATE = timedelta(minutes=5)
_SMALLEST_RSA, _SMALLEST_CURVE = 2048, 224
_TAKEN: tuple[tuple[ObjectIdentifier, int], ...] = (
    (NameOID.COMMON_NAME, 64),
    (NameOID.ORGANIZATION_NAME, 64),
    (NameOID.COUNTRY_NAME, 2),
)
"""What is taken from a request's subject: the SeccId, OrganizationName and CountryName of the station."""


class V2gAuthority:
    """The CA in a folder; read for each signature, so that it can be exchanged while the broker runs."""

    def __init__(self, folder: Path, lifetime_days: int, clock: Clock) -> None:
        self._folder = folder
        self._lifetime = timedelta(days=lifetime_days)
        self._clock = clock

    @property
    def available(self) -> bool:
        """Whether the folder holds a CA and its key."""
        return (self._folder / _CERTIFICATE).is_file() and (self._folder / _KEY).is_file()

    async def sign(self, identity: str, csr: str) -> str:
        """The chain for this request: leaf, then the CA and those above it, without the root (ISO 15118-2, 8.7)."""
        return await asyncio.to_thread(self._sign, identity, csr, None)

    async def sign_under(self, identity: str, csr: str, root: dict[str, str]) -> str:
        """The same, if the CA belongs to that root (2.1 SignCertificate, hashRootCertificate)."""
        return await asyncio.to_thread(self._sign, identity, csr, root)

    async def root(self) -> str | None:
        """The root above the CA, if the folder has it."""
        return await asyncio.to_thread(self._root)

    def _root(self) -> str | None:
        try:
            above = certificates_in((self._folder / _CERTIFICATE).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            return None
        return next((_pem(one) for one in above if issued_by(one, one)), None)

    def _sign(self, identity: str, csr: str, root: dict[str, str] | None) -> str:
        above = certificates_in((self._folder / _CERTIFICATE).read_text(encoding="ascii", errors="replace"))
        if not above:
            raise AuthorityRefused(f"{_CERTIFICATE} holds no certificate")
        if root is not None and not _is_root(root, above):
            raise AuthorityRefused("the station wants a certificate under another root")
        key = _private_key(self._folder / _KEY, above[0])
        leaf = self._leaf(_request(csr), above[0], key, identity)
        return "".join(_pem(one) for one in (leaf, *(one for one in above if not issued_by(one, one))))

    def _leaf(self, request: x509.CertificateSigningRequest, ca: x509.Certificate, key: Any, identity: str) -> Any:
        now = datetime.fromtimestamp(int(self._clock.now()), UTC)
        ends = min(now + self._lifetime, ca.not_valid_after_utc)
        if ends <= now:
            raise AuthorityRefused("the V2G CA has expired")
        public = request.public_key()
        usage = _key_usage(agreement=not isinstance(public, rsa.RSAPublicKey))
        builder = (
            x509.CertificateBuilder(ca.subject, _subject(request, identity), public, x509.random_serial_number())
            .not_valid_before(max(now - _BACKDATE, ca.not_valid_before_utc))
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        return builder.sign(key, _hash_for(key))


def _request(csr: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        valid, key = request.is_signature_valid, request.public_key()
    except UNREADABLE:
        raise AuthorityRefused("this is no certificate request (PKCS#10) in PEM") from None
    if not valid:
        raise AuthorityRefused("the request's signature is not by its own key")
    strong = (
        isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)
        or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA)
        or (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= _SMALLEST_CURVE)
    )
    if not strong:
        raise AuthorityRefused("the request's key is too weak, or of a kind that is not signed")
    return request


def _subject(request: x509.CertificateSigningRequest, identity: str) -> x509.Name:
    """Of the request only what names the station; DC is CPO, as it says what the certificate is for."""
    parts = []
    for oid, longest in _TAKEN:
        asked = [str(part.value) for part in request.subject.get_attributes_for_oid(oid)]
        if len(asked) > 1 or any(not one.isprintable() or len(one) > longest for one in asked):
            raise AuthorityRefused("the request's subject does not fit")
        parts += [x509.NameAttribute(oid, one) for one in asked]
    if not any(part.oid == NameOID.COMMON_NAME for part in parts):
        parts.insert(0, x509.NameAttribute(NameOID.COMMON_NAME, identity[:64]))
    return x509.Name([*parts, x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "CPO")])


def _key_usage(*, agreement: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agreement,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private_key(path: Path, ca: x509.Certificate) -> Any:
    try:
        key: Any = load_pem_private_key(path.read_bytes(), None)
        belongs = key.public_key() == ca.public_key()
    except UNREADABLE:
        raise AuthorityRefused(f"{_KEY} holds no key that can be read") from None
    if not belongs:
        raise AuthorityRefused(f"{_KEY} is not the key of {_CERTIFICATE}")
    return key


def _hash_for(key: Any) -> hashes.SHA256 | hashes.SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return None
    return hashes.SHA512() if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 384 else hashes.SHA256()


def _is_root(root: dict[str, str], above: list[x509.Certificate]) -> bool:
    names = (hash_data_of(_pem(one), root["hashAlgorithm"]) for one in above)
    return any(name is not None and key_of(name) == key_of(root) for name in names)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
