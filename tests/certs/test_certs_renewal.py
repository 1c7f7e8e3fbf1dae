"""Renewal: what is due and nothing else, with the names that it had."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateSigningRequestBuilder, Name

import certs
from certs import KeyType, keys, store
from certs.lifetimes import now


def leaf_of(pair):
    return store.read_certificates(pair.certificate)[0]


def contents(pki):
    return {path: path.read_bytes() for path in pki.directory.rglob("*") if path.is_file()}


def test_nothing_is_written_while_nothing_is_due(pki):
    before = contents(pki)
    assert certs.renew(pki.directory) == []
    assert contents(pki) == before


def test_a_server_that_ends_soon_gets_both_certificates_anew(pki):
    certs.issue_server(pki.directory, ["csms.example.org", "::1"], organization="O2", lifetime=timedelta(hours=-1))
    assert certs.renew(pki.directory) == [pki.server(key_type).certificate for key_type in KeyType]
    (entry,) = certs.describe(pki.server(KeyType.RSA).certificate)
    assert (entry.common_name, entry.organization, entry.names) == (
        "csms.example.org",
        "O2",
        ("csms.example.org", "::1"),
    )
    assert entry.not_after > now()


def test_a_station_that_ends_soon_keeps_name_and_kind_of_key_and_gets_a_new_key(pki, monkeypatch):
    old = certs.issue_station(
        pki.directory,
        "CP/7",
        serial_number="SN-1",
        organization="O2",
        key_type=KeyType.RSA,
        lifetime=timedelta(days=200),
    )
    old_key = old.key.read_bytes()
    monkeypatch.setattr("certs.renewal.now", lambda: now() + timedelta(days=171))
    assert certs.renew(pki.directory) == [pki.station("CP/7").certificate]
    (entry,) = certs.describe(pki.station("CP/7").certificate)
    assert (entry.common_name, entry.organization, entry.key, entry.problems) == ("SN-1", "O2", "RSA 2048", ())
    assert pki.station("CP/7").key.read_bytes() != old_key


def test_a_short_life_stays_short(pki):
    certs.issue_station(pki.directory, "CP007", lifetime=timedelta(days=7))
    certs.renew(pki.directory, ["CP007"])
    left = leaf_of(pki.station("CP007")).not_valid_after_utc - now()
    assert timedelta(days=6) < left <= timedelta(days=7, minutes=1)


def test_named_stations_are_renewed_due_or_not_and_nothing_else(pki):
    server = leaf_of(pki.server(KeyType.RSA))
    assert certs.renew(pki.directory, ["CP001"]) == [pki.station("CP001").certificate]
    assert leaf_of(pki.server(KeyType.RSA)) == server


def test_force_renews_everything(pki):
    written = certs.renew(pki.directory, force=True)
    assert {path.name for path in written} == {"server-ecdsa.pem", "server-rsa.pem", "CP001.pem", "station-ca.crl"}
    assert [entry.problems for entry in certs.describe(pki.directory)] == [()] * 6


def test_a_revoked_station_is_not_renewed(pki):
    certs.revoke(pki.directory, "CP001")
    assert pki.station("CP001").certificate not in certs.renew(pki.directory, force=True)
    with pytest.raises(certs.CertsError, match="revoked"):
        certs.renew(pki.directory, ["CP001"])


def test_a_station_with_its_own_key_has_to_ask_itself(pki):
    request = (
        CertificateSigningRequestBuilder().subject_name(Name([])).sign(keys.generate(KeyType.ECDSA), hashes.SHA256())
    )
    certs.sign_station(pki.directory, "CP007", request.public_bytes(Encoding.PEM), lifetime=timedelta(hours=-1))
    assert certs.renew(pki.directory) == []
    with pytest.raises(certs.CertsError, match="new request"):
        certs.renew(pki.directory, ["CP007"])


def test_a_crl_that_ends_soon_or_is_lost_is_signed_anew(pki):
    certs.refresh(pki.directory, lifetime=timedelta(hours=-1))
    assert certs.renew(pki.directory) == [pki.crl]
    pki.crl.unlink()
    assert certs.renew(pki.directory) == [pki.crl]
    assert certs.next_update(pki.crl) > now()


def test_a_new_intermediate_goes_into_new_server_files(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
    certs.issue_server(layout.directory, ["csms.example.org"])
    old = leaf_of(layout.server_ca)
    written = certs.renew(layout.directory, force=True)
    assert written[0] == layout.server_ca.certificate
    assert leaf_of(layout.server_ca) != old
    assert store.read_certificates(layout.server(KeyType.RSA).certificate)[1] == leaf_of(layout.server_ca)


def test_an_intermediate_that_ends_soon_asks_for_the_root_s_key(tmp_path, monkeypatch):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True, lifetime=timedelta(days=20))
    layout.root_ca.key.unlink()
    monkeypatch.setattr("certs.renewal.now", lambda: now() + timedelta(days=15))
    with pytest.raises(certs.CertsError, match=r"put root-ca\.key back"):
        certs.renew(layout.directory)
