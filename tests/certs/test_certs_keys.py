"""Keys: strong enough, and read back only when they are usable."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from certs import CertsError, keys
from certs.keys import KeyType


@pytest.mark.parametrize(
    ("key_type", "ca", "expected"),
    [
        (KeyType.ECDSA, False, ("EC", 256)),
        (KeyType.ECDSA, True, ("EC", 256)),
        (KeyType.RSA, False, ("RSA", 2048)),
        (KeyType.RSA, True, ("RSA", 3072)),
    ],
)
def test_a_new_key_has_the_size_that_its_use_asks_for(key_type, ca, expected):
    assert keys.describe(keys.generate(key_type, ca=ca).public_key()) == expected


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP224R1()), rsa.generate_private_key(65537, 2048)])
def test_the_least_that_ocpp_allows_is_enough(key):
    assert keys.check_strength(key.public_key()) == key.public_key()


def test_a_kind_that_ocpp_does_not_know_is_described_and_refused():
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    assert keys.describe(key) == ("Ed25519", 0)
    with pytest.raises(CertsError, match="neither RSA nor EC"):
        keys.check_strength(key)


def test_an_encrypted_key_is_named_as_such():
    pem = keys.generate(KeyType.ECDSA).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(CertsError, match="passphrase"):
        keys.from_pem(pem)


def test_a_key_of_another_kind_is_refused():
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(CertsError, match="neither RSA nor EC"):
        keys.from_pem(pem)


def test_only_its_own_public_half_is_the_same_key():
    one, other = keys.generate(KeyType.ECDSA), keys.generate(KeyType.ECDSA)
    assert keys.same_key(one, one.public_key())
    assert not keys.same_key(one, other.public_key())
