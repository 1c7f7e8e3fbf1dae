"""Which certificate an OCSP request is about (RFC 6960 4.1.1; OCSPRequestDataType, CertificateHashDataType)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from plugins.shared.certificate_hashes import UNREADABLE, readable

_ALGORITHMS: Mapping[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_LONGEST_SERIAL = 40


class CertId(NamedTuple):
    """A certificate by its issuer and its serial number."""

    algorithm: str
    name_hash: bytes
    key_hash: bytes
    serial: int

    @property
    def hash(self) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
        """The algorithm of the hashes."""
        return _ALGORITHMS[self.algorithm]

    def request(self) -> bytes:
        """The OCSP request for it, DER; without a nonce, so that a responder may answer with what it has at hand."""
        builder = OCSPRequestBuilder().add_certificate_by_hash(self.name_hash, self.key_hash, self.serial, self.hash)
        return builder.build().public_bytes(Encoding.DER)

    def issued_by(self, issuer: x509.Certificate) -> bool:
        """Whether it was this key; a name can be written in several ways, and says less."""
        of_key = cert_id(issuer, issuer, self.algorithm)
        return of_key is not None and of_key.key_hash == self.key_hash


def told(data: Any) -> CertId | None:
    """What a station names; None where it names nothing that could be asked for."""
    found = readable(data)
    if found is None or found["hashAlgorithm"] not in _ALGORITHMS or len(found["serialNumber"]) > _LONGEST_SERIAL:
        return None
    try:
        one = CertId(
            found["hashAlgorithm"],
            bytes.fromhex(found["issuerNameHash"]),
            bytes.fromhex(found["issuerKeyHash"]),
            int(found["serialNumber"].replace(":", ""), 16),
        )
        one.request()
    except UNREADABLE:
        return None
    return one


def cert_id(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256") -> CertId | None:
    """Of a certificate that is at hand; None where its parts cannot be read."""
    try:
        request = OCSPRequestBuilder().add_certificate(certificate, issuer, _ALGORITHMS[algorithm]).build()
    except UNREADABLE:
        return None
    return CertId(algorithm, request.issuer_name_hash, request.issuer_key_hash, request.serial_number)


def issuer_of(one: CertId, among: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """The certificate of its issuer, if it is among these. Its key's hash is in the name, so it cannot be another's."""
    return next((certificate for certificate in among if one.issued_by(certificate)), None)
