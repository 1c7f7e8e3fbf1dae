"""What an OCSP response says of one certificate (RFC 6960 4.2), and whether it may be believed.

The signature is checked wherever the issuer's certificate is at hand: among those that are trusted, in the chain that
was presented, or in the response itself - a station names the issuer by the hash of its key, so another one that came
along would not fit.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from plugins.ocpp201.iso15118.cert_id import CertId, issuer_of
from plugins.ocpp201.iso15118.signatures import issued_by, signed_by
from plugins.shared.certificate_hashes import UNREADABLE

Status = Literal["good", "revoked", "unknown", "failed"]

SKEW = 300.0
"""Seconds that clocks may differ."""
OLDEST = 86_400.0
"""Seconds that a response without nextUpdate is current."""
_WORDS: dict[ocsp.OCSPCertStatus, Status] = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}


class OcspAnswer(NamedTuple):
    """The status of a certificate, and the response that says so."""

    status: Status
    der: bytes | None = None
    next_update: float | None = None
    """Unix time until which it is good; None: the responder has newer information at any time."""
    why: str = ""
    """Of a failure."""


def failed(why: str) -> OcspAnswer:
    """There is no answer."""
    return OcspAnswer("failed", why=why)


def read(
    der: bytes, wanted: CertId, *, trusted: Iterable[x509.Certificate], now: float, known_issuer: bool
) -> OcspAnswer:
    """The answer in a response; `known_issuer`: believe no response whose issuer is not at hand."""
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return failed(f"the responder says {response.response_status.name}")
        single = next((one for one in response.responses if _about(one, wanted)), None)
        if single is None:
            return failed("the response is about another certificate")
        if not _current(single, now):
            return failed("the response is out of date")
        issuer = issuer_of(wanted, (*trusted, *response.certificates))
        if issuer is None and known_issuer:
            return failed("the issuer is not known")
        if issuer is not None and not _signed(response, issuer, now):
            return failed("the response is not signed by the issuer, nor for it")
        return OcspAnswer(_WORDS[single.certificate_status], der, _seconds(single.next_update_utc))
    except UNREADABLE:
        return failed("the response cannot be read")


def _about(one: ocsp.OCSPSingleResponse, wanted: CertId) -> bool:
    return (one.hash_algorithm.name, one.issuer_name_hash, one.issuer_key_hash, one.serial_number) == (
        wanted.hash.name,
        wanted.name_hash,
        wanted.key_hash,
        wanted.serial,
    )


def _current(one: ocsp.OCSPSingleResponse, now: float) -> bool:
    made = one.this_update_utc.timestamp()
    ends = _seconds(one.next_update_utc)
    return made - SKEW <= now <= (made + OLDEST if ends is None else ends) + SKEW


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _signed(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: float) -> bool:
    """By the issuer itself, or by whom it has certified to sign for it (RFC 6960 4.2.2.2)."""
    signers = [issuer, *(one for one in response.certificates if _delegated(one, issuer, now))]
    return any(
        signed_by(one, response.signature, response.tbs_response_bytes, lambda: response.signature_hash_algorithm)
        for one in signers
    )


def _delegated(one: x509.Certificate, issuer: x509.Certificate, now: float) -> bool:
    try:
        usage = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    moment = datetime.fromtimestamp(now, UTC)
    valid = one.not_valid_before_utc <= moment <= one.not_valid_after_utc
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and valid and issued_by(one, issuer)
