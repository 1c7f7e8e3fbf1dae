"""The TLS side of the file endpoint."""

import ssl

import pytest

from broker.config.files import Files
from broker.server.files import secured
from broker.server.tls import TlsError

BIND = "127.0.0.1:0"


def test_without_tls_there_is_no_context():
    assert secured(Files(bind=BIND)) == (None, {})


def test_the_server_shows_itself_and_asks_for_nothing(files_pki):
    certificates = files_pki.listener()["tls"]["certificates"]
    context, expiries = secured(Files(bind=BIND, tls={"certificates": certificates, "minimum_version": "1.3"}))
    assert (context.verify_mode, context.minimum_version) == (ssl.CERT_NONE, ssl.TLSVersion.TLSv1_3)
    assert set(expiries) == {f"certificate_{number}" for number in range(1, len(certificates) + 1)}


def test_a_certificate_that_cannot_be_used(tmp_path):
    pair = {"certificate": tmp_path / "gone.pem", "key": tmp_path / "gone.key"}
    with pytest.raises(TlsError, match=r"gone\.pem"):
        secured(Files(bind=BIND, tls={"certificates": [pair]}))
