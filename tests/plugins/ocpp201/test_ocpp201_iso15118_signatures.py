"""Whether a key has signed something."""

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x25519
from ocpp201_pki_kit import make, pki

from plugins.ocpp201.iso15118.signatures import issued_by, signed_by

ROOT = make("Root", ca=True)
KEYS = [
    (ec.generate_private_key(ec.SECP384R1()), (ec.ECDSA(hashes.SHA256()),), hashes.SHA256()),
    (rsa.generate_private_key(65537, 2048), (padding.PKCS1v15(), hashes.SHA256()), hashes.SHA256()),
    (ed25519.Ed25519PrivateKey.generate(), (), None),
    (ed448.Ed448PrivateKey.generate(), (), None),
]


@pytest.mark.parametrize(("key", "how", "used"), KEYS, ids=["EC", "RSA", "Ed25519", "Ed448"])
def test_only_its_own_signature_of_this_is_one(key, how, used):
    certificate = make("One", ROOT, key=key).certificate
    signature = key.sign(b"data", *how)
    assert signed_by(certificate, signature, b"data", lambda: used)
    assert not signed_by(certificate, signature, b"other", lambda: used)
    assert not signed_by(certificate, b"", b"data", lambda: used)
    assert not signed_by(make("Other").certificate, signature, b"data", lambda: used)


def test_what_is_not_understood_has_not_signed():
    def odd():
        raise UnsupportedAlgorithm("odd")

    assert not signed_by(ROOT.certificate, b"x", b"data", odd)
    assert not signed_by(ROOT.certificate, b"x", b"data", lambda: None)
    exchanges = make("One", ROOT, key=x25519.X25519PrivateKey.generate()).certificate
    assert not signed_by(exchanges, b"x", b"data", hashes.SHA256)


def test_an_issuer_has_name_and_signature_on_it():
    p = pki()
    assert issued_by(p.leaf.certificate, p.sub2.certificate)
    assert issued_by(p.root.certificate, p.root.certificate)
    assert not issued_by(p.leaf.certificate, p.sub1.certificate)
    assert not issued_by(p.leaf.certificate, pki().sub2.certificate)
