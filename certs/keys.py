"""Private keys: making, writing as PEM, and the strength that OCPP asks of public ones."""

from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certs.errors import CertsError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

# OCPP asks for at least 2048 (A00.FR.501 to 512), and OCPP-J 1.6 6.2.1 for at most 2048: so exactly that.
RSA_LEAF_BITS = 2048
# A CA's key outlives 2030, where NIST SP 800-57 ends 112-bit security; only the station's cheap verification
# meets it, never the handshake's signing.
RSA_CA_BITS = 3072
# 112 bits of security (OCPP security white paper A00.FR.501 to 512).
MINIMUM_BITS = {"RSA": 2048, "EC": 224}


class KeyType(StrEnum):
    """The two kinds of key of OCPP's cipher suites."""

    ECDSA = "ecdsa"
    RSA = "rsa"


def generate(key_type: KeyType, *, ca: bool = False) -> PrivateKey:
    """A fresh private key: P-256, or RSA with 2048 bits (3072 for a CA)."""
    if key_type is KeyType.ECDSA:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_CA_BITS if ca else RSA_LEAF_BITS)


def to_pem(key: PrivateKey) -> bytes:
    """`key` as unencrypted PKCS#8 PEM; what guards it is the mode of its file."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def from_pem(data: bytes) -> PrivateKey:
    """The private key in `data`; `CertsError` for anything but an unencrypted RSA or EC key."""
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except TypeError:
        raise CertsError("the key is encrypted with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertsError("this is no private key in PEM") from None
    if not isinstance(key, PrivateKey):
        raise CertsError("the key is neither RSA nor EC")
    return key


def check_strength(key: PublicKeyTypes) -> PublicKey:
    """`key` itself when it is as strong as OCPP demands, otherwise `CertsError` (A00.FR.501 to 512)."""
    if not isinstance(key, PublicKey):
        raise CertsError("the key is neither RSA nor EC")
    least = MINIMUM_BITS[describe(key)[0]]
    if key.key_size < least:
        raise CertsError(f"the key has {key.key_size} bits, OCPP asks for at least {least}")
    return key


def describe(key: PublicKeyTypes) -> tuple[str, int]:
    """Kind and size in bits, such as ("RSA", 2048), ("EC", 256) or ("Ed25519", 0) where no size is told."""
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    return type(key).__name__.removesuffix("PublicKey").lstrip("_"), getattr(key, "key_size", 0)


def same_key(key: PrivateKey, public: PublicKeyTypes) -> bool:
    """True when `public` is the other half of `key`."""
    return _spki(key.public_key()) == _spki(public)


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
