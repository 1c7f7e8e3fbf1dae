"""Authorities: what they may sign, and for how long."""

from datetime import timedelta

import pytest
from cryptography import x509

import certs
from certs import authority, keys, store
from certs.authority import Period
from certs.keys import KeyType
from certs.lifetimes import BACKDATING, now
from certs.names import subject


def test_a_ca_says_so_critically_and_signs_nothing_but_certificates_and_crls(pki):
    for pair in (pki.root_ca, pki.station_ca):
        certificate = store.read_certificates(pair.certificate)[0]
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (True, True, False)


def test_a_certificate_begins_two_days_ago(pki):
    """Q-36: a station's clock may be behind."""
    leaf = certs.issue_station(pki.directory, "CP007").leaf
    assert abs(now() - BACKDATING - leaf.not_valid_before_utc) < timedelta(hours=1)


def test_backdating_goes_back_years_where_the_ca_does_too(tmp_path):
    """Q-36: a clock that starts years back."""
    layout = certs.init(tmp_path / "pki", organization="Example CPO", backdate=timedelta(days=4000))
    leaf = certs.issue_station(layout.directory, "CP007", backdate=timedelta(days=3999)).leaf
    assert now() - leaf.not_valid_before_utc >= timedelta(days=3999)


def test_backdating_beyond_the_ca_is_refused(pki):
    with pytest.raises(certs.CertsError, match="--backdate-days"):
        certs.issue_station(pki.directory, "CP007", backdate=timedelta(days=100))


def test_nothing_outlives_its_ca(pki):
    leaf = certs.issue_station(pki.directory, "CP007", lifetime=timedelta(days=99999)).leaf
    assert leaf.not_valid_after_utc == certs.not_after(pki.station_ca.certificate)


def test_an_expired_ca_signs_nothing(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", lifetime=timedelta(hours=-1))
    with pytest.raises(certs.CertsError, match="has expired"):
        certs.issue_station(layout.directory, "CP007")


def test_a_certificate_cannot_end_before_it_begins(pki):
    with pytest.raises(certs.CertsError, match="end before it begins"):
        certs.issue_station(pki.directory, "CP007", lifetime=timedelta(days=-1), backdate=timedelta(hours=1))


def test_a_key_that_is_not_the_ca_s_is_noticed(pki):
    pki.station_ca.key.write_bytes(pki.root_ca.key.read_bytes())
    with pytest.raises(certs.CertsError, match="is not the key of"):
        certs.issue_station(pki.directory, "CP007")


def test_a_leaf_is_no_authority(pki):
    with pytest.raises(certs.CertsError, match="not a CA"):
        authority.load(pki.station("CP001"))


def test_a_ca_below_another_hands_its_issuers_on_but_no_root(tmp_path):
    """A company's own intermediate put in place of ours: its file holds it, its issuer and their root."""
    usual = Period(timedelta(days=9))
    root = authority.create(subject("Root", "O"), KeyType.RSA, usual, path_length=1)
    lower = root.subordinate(keys.generate(KeyType.RSA), subject("Lower", "O"), usual)
    pair = store.Pair.named(tmp_path, "ca")
    store.write_pair(pair, lower.key, [lower.certificate, root.certificate])
    assert authority.load(pair).chain == (lower.certificate,)


def test_the_key_is_not_in_the_repr(pki):
    assert "key=" not in repr(authority.load(pki.station_ca))
