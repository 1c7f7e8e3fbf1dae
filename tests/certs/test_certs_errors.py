"""The one exception of the package, and what it stands for."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

import certs
from certs import errors, store


def test_an_error_carries_its_text_to_the_operator():
    assert str(certs.CertsError("no such CA")) == "no such CA"


def test_a_certificate_of_an_unknown_version_is_unreadable_and_not_a_crash(pki):
    """cryptography raises InvalidVersion for it, which is no ValueError."""
    path = pki.station("CP001").certificate
    der = bytearray(store.read_certificates(path)[0].public_bytes(Encoding.DER))
    der[der.index(b"\xa0\x03\x02\x01\x02") + 4] = 7
    with pytest.raises(errors.UNREADABLE):
        x509.load_der_x509_certificate(bytes(der))
    with pytest.raises(ValueError, match="no usable certificate"):
        certs.read_peer(bytes(der))
