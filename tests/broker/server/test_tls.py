import shutil
import ssl
import subprocess

import pytest

import certs
from broker.config import Tls
from broker.server.tls import TlsError, build_context, expiries


def built(pki, profiles=(2, 3), **changes):
    return build_context(Tls.model_validate({**pki.tls(), **changes}), profiles)


@pytest.mark.parametrize(
    ("profiles", "mode"), [([2], ssl.CERT_NONE), ([2, 3], ssl.CERT_OPTIONAL), ([3], ssl.CERT_REQUIRED)]
)
def test_a_client_certificate_is_asked_for_by_profile(shared_pki, profiles, mode):
    assert built(shared_pki, profiles).verify_mode is mode


def test_the_suites_are_those_of_ocpp_and_of_tls_1_3_and_no_others(shared_pki):
    names = [suite["name"] for suite in built(shared_pki).get_ciphers()]
    assert {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"} <= set(names)
    assert {"AES128-GCM-SHA256", "AES256-GCM-SHA384"} <= set(names)
    assert all("GCM" in name or name.startswith("TLS_") for name in names)
    assert not any(
        part in name for name in names for part in ("CBC", "RC4", "3DES", "NULL", "PSK", "DHE-RSA-AES128-SHA")
    )


def test_the_crl_of_the_leaf_is_checked_where_there_is_one(shared_pki):
    assert built(shared_pki).verify_flags & ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    assert not built(shared_pki, crl=None).verify_flags & ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def test_the_minimum_version(shared_pki):
    assert built(shared_pki).minimum_version is ssl.TLSVersion.TLSv1_2
    assert built(shared_pki, minimum_version="1.3").minimum_version is ssl.TLSVersion.TLSv1_3


def test_a_missing_file_is_named(pki):
    for name in ("client_ca", "crl"):
        with pytest.raises(TlsError, match=r"absent\.pem: No such file"):
            built(pki, **{name: "absent.pem"})
    pki.servers[0].key.unlink()
    with pytest.raises(TlsError, match=r"server-ecdsa\.key: No such file"):
        built(pki)


def test_what_is_no_pem_is_named(pki, tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for name, said in (("client_ca", "no CA certificate"), ("crl", "no CRL")):
        with pytest.raises(TlsError, match=said) as caught:
            built(pki, **{name: str(junk)})
        assert caught.value.path == junk
    pki.servers[1].certificate.write_text("junk")
    with pytest.raises(TlsError, match=r"server-rsa\.pem: no certificate in PEM"):
        built(pki)


def test_a_certificate_in_place_of_a_crl_is_no_crl(shared_pki):
    with pytest.raises(TlsError, match="no CRL in PEM"):
        built(shared_pki, crl=str(shared_pki.layout.station_ca.certificate))


def test_the_key_of_another_certificate(pki):
    shutil.copy(pki.layout.root_ca.key, pki.servers[1].key)
    with pytest.raises(TlsError, match="not the key of"):
        built(pki)


def test_the_key_of_a_certificate_of_another_kind(pki):
    """An ECDSA certificate and an RSA key: OpenSSL says `no certificate assigned`."""
    shutil.copy(pki.servers[1].key, pki.servers[0].key)
    with pytest.raises(TlsError, match=r"server-ecdsa\.key: not the key of .*server-ecdsa\.pem"):
        built(pki)


def test_certificate_and_key_in_each_others_place(pki):
    pair = {"certificate": str(pki.servers[0].key), "key": str(pki.servers[0].certificate)}
    with pytest.raises(TlsError, match=r"server-ecdsa\.key: no certificate in PEM"):
        built(pki, certificates=[pair])


def test_a_key_file_without_a_key(pki):
    pair = {"certificate": str(pki.servers[0].certificate), "key": str(pki.servers[0].certificate)}
    with pytest.raises(TlsError, match=r"server-ecdsa\.pem: no private key in PEM"):
        built(pki, certificates=[pair])


def test_an_encrypted_key_is_an_error_and_no_question_on_the_terminal(pki):
    key = pki.servers[0].key
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(key) + ".enc", "-passout", "pass:x"], check=True
    )
    shutil.move(str(key) + ".enc", key)
    with pytest.raises(TlsError, match="encrypted"):
        built(pki)


def test_expiries(shared_pki):
    found = expiries(Tls.model_validate(shared_pki.tls()))
    assert found["client_ca"] == certs.not_after(shared_pki.layout.station_ca.certificate).timestamp()
    assert found["crl"] == certs.next_update(shared_pki.layout.crl).timestamp()
    assert set(found) == {"certificate_1", "certificate_2", "client_ca", "crl"}


def test_expiries_name_a_file_that_cannot_be_read(pki):
    pki.layout.crl.write_text("junk")
    with pytest.raises(TlsError, match="station-ca"):
        expiries(Tls.model_validate(pki.tls()))
