import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from door_kit import LAB, configured

import certs
from broker.config import Tls
from broker.server.tls import TlsError
from broker.server.tls_advice import advice, advice_on


def tls_of(pki, **more):
    return Tls.model_validate(pki.tls(**more))


def test_good_certificates_need_no_advice(shared_pki):
    assert advice_on(tls_of(shared_pki)) == []


def test_one_kind_alone_leaves_two_suites_out(shared_pki):
    for index, missing in ((0, "RSA"), (1, "ECDSA")):
        tls = shared_pki.tls()
        tls["certificates"] = [tls["certificates"][index]]
        (sentence,) = advice_on(Tls.model_validate(tls))
        assert f"without an {missing} certificate" in sentence


@pytest.mark.parametrize(("name", "said"), [("broker", "full host name"), ("*.example.com", "wildcard")])
def test_the_cn_should_be_the_full_host_name(pki, tmp_path, name, said):
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(pki.servers[0].certificate)]
    subprocess.run([*command, "-days", "365", "-subj", f"/CN={name}", *files], check=True, capture_output=True)
    assert [said in sentence for sentence in advice_on(tls_of(pki))] == [True, False]  # the other: it is self-signed


def test_a_certificate_that_is_no_servers(pki):
    leaf = pki.layout.station("CP001").certificate
    pki.station("CP001")
    pki.servers[0].certificate.write_bytes(leaf.read_bytes())
    assert any("no server's certificate" in sentence for sentence in advice_on(tls_of(pki)))


def test_a_crl_of_another_ca(pki, shared_pki):
    foreign = {**pki.tls(), "crl": str(shared_pki.layout.crl)}
    assert not any("no CRL of a CA" in sentence for sentence in advice_on(tls_of(pki)))
    pki.layout.station_ca.certificate.write_bytes(pki.layout.root_ca.certificate.read_bytes())
    assert any("no CRL of a CA" in sentence for sentence in advice_on(Tls.model_validate(foreign)))


def test_advice_names_the_listener_and_leaves_what_cannot_be_read_to_others(pki):
    listeners = configured(LAB, pki.listener()).listeners
    end = certs.not_after(pki.servers[0].certificate)
    assert advice(listeners, end)[0].startswith(f"listeners[1].tls: {pki.servers[0].certificate}: ended on ")
    pki.servers[0].certificate.unlink()
    assert advice(listeners, end) == []


def test_certificates_that_end_soon_have_ended_or_have_not_begun(shared_pki):
    end = certs.not_after(shared_pki.servers[0].certificate)
    soon = advice_on(tls_of(shared_pki), end - timedelta(days=10))
    assert any("ends in 10 days" in sentence for sentence in soon)
    assert any(f"ended on {end:%Y-%m-%d}" in sentence for sentence in advice_on(tls_of(shared_pki), end))
    before = datetime(2020, 1, 1, tzinfo=UTC)
    assert any("not valid before" in sentence for sentence in advice_on(tls_of(shared_pki), before))


def test_a_chain_in_the_wrong_order(pki):
    path = pki.servers[0].certificate
    path.write_bytes(path.read_bytes() + pki.layout.station_ca.certificate.read_bytes())
    assert any("not in order" in sentence for sentence in advice_on(tls_of(pki)))


def test_a_self_signed_certificate(pki):
    path = pki.servers[0].certificate
    path.write_bytes(pki.layout.root_ca.certificate.read_bytes())
    assert any("self-signed" in sentence for sentence in advice_on(tls_of(pki)))


def test_files_that_cannot_be_read(pki):
    pki.servers[0].certificate.write_text("nothing")
    with pytest.raises(TlsError, match="no certificate in PEM"):
        advice_on(tls_of(pki))
    pki.servers[0].certificate.unlink()
    with pytest.raises(TlsError, match="No such file"):
        advice_on(tls_of(pki))
