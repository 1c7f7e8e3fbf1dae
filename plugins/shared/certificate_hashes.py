"""How OCPP names a certificate: by hashes of its issuer and its serial number (CertificateHashData, RFC 6960 4.1.1)."""

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.ocsp import OCSPRequestBuilder

HashData = dict[str, str]

_ALGORITHMS: Mapping[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_MEMBERS = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")
#: All that cryptography raises for what is damaged; half of it is not a ValueError.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def certificates_in(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM text in their order; [] where one cannot be read, or there is none."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except UNREADABLE:
        return []


def hash_data_of(pem: str, algorithm: str = "SHA256") -> HashData | None:
    """What a station calls the first certificate of `pem`; None where that cannot be told.

    Its issuer's key is part of the name, so the issuer has to be in `pem` as well unless it is a root.
    """
    found = certificates_in(pem)
    if not found:
        return None
    issuer = next((one for one in found if _issued(found[0], one)), None)
    if issuer is None:
        return None
    try:
        request = OCSPRequestBuilder().add_certificate(found[0], issuer, _ALGORITHMS[algorithm]).build()
    except UNREADABLE:
        return None
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": request.issuer_name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": hex_of(request.serial_number),
    }


def hex_of(serial: int) -> str:
    """A serial number as OCPP writes it: hex digits without leading zeros."""
    return f"{serial:x}"


def readable(data: Any) -> HashData | None:
    """The four members of what a station sends as hash data, as they are; None where one is no text."""
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in _MEMBERS):
        return None
    return {name: data[name] for name in _MEMBERS}


def key_of(data: Mapping[str, str]) -> str:
    """The name under which the records keep it; stations differ in how they write hex."""
    serial = _digits(data["serialNumber"]) or "0"
    return f"{data['hashAlgorithm']}:{data['issuerKeyHash'].lower()}:{serial}"


def same_serial(one: str, other: str) -> bool:
    """Whether two serial numbers in hex are the same, however they are written."""
    return _digits(one) == _digits(other)


def _digits(serial: str) -> str:
    return serial.strip().lower().removeprefix("0x").replace(":", "").lstrip("0")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True
