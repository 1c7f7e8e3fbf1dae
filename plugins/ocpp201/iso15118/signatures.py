"""Whether a key has signed something: what OCSP responses and revocation lists need."""

from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from plugins.shared.certificate_hashes import UNREADABLE


def signed_by(
    certificate: x509.Certificate, signature: bytes, data: bytes, algorithm: Callable[[], hashes.HashAlgorithm | None]
) -> bool:
    """Whether the key of `certificate` has made the signature; `algorithm` may raise what an odd one raises."""
    try:
        key, used = certificate.public_key(), algorithm()
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey) and used is not None:
            key.verify(signature, data, ec.ECDSA(used))
        elif isinstance(key, rsa.RSAPublicKey) and used is not None:
            key.verify(signature, data, padding.PKCS1v15(), used)
        else:
            return False
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and signature are on the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True
