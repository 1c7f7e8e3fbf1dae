"""Revocation: the CRL says what the ledger says, and openssl believes it."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

import certs
from certs import Reason, ledger, store
from certs.lifetimes import now


def check(openssl, pki, certificate):
    return openssl(
        "verify", "-x509_strict", "-crl_check", "-CAfile", pki.station_ca.certificate, "-CRLfile", pki.crl, certificate
    )


def number(path):
    return store.read_crl(path).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_openssl_refuses_what_was_revoked_and_nothing_else(pki, openssl):
    gone, stays = (certs.issue_station(pki.directory, name).certificate for name in ("CP007", "CP008"))
    certs.revoke(pki.directory, "CP007")
    assert "certificate revoked" in check(openssl, pki, gone).stderr
    assert check(openssl, pki, stays).returncode == 0


def test_every_valid_certificate_of_the_identity_is_revoked(pki):
    """After a renewal the earlier one is valid still; a lost station must not come back with it."""
    serials = [certs.issue_station(pki.directory, "CP007").leaf.serial_number for _ in range(2)]
    assert certs.revoke(pki.directory, "CP007") == serials
    assert {entry.serial_number for entry in store.read_crl(pki.crl)} == set(serials)


def test_revoking_twice_changes_nothing(pki):
    (serial,) = certs.revoke(pki.directory, "CP001")
    assert certs.revoke(pki.directory, "CP001") == []
    assert [entry.serial_number for entry in store.read_crl(pki.crl)] == [serial]


def test_a_serial_number_can_be_revoked_that_was_never_issued_here(pki):
    assert certs.revoke(pki.directory, serial=0xABC) == [0xABC]
    assert store.read_crl(pki.crl).get_revoked_certificate_by_serial_number(0xABC) is not None


@pytest.mark.parametrize("arguments", [{}, {"identity": "CP001", "serial": 1}, {"serial": 0}, {"identity": "CP404"}])
def test_what_is_to_be_revoked_must_be_clear(pki, arguments):
    with pytest.raises(certs.CertsError):
        certs.revoke(pki.directory, **arguments)


def test_the_reason_is_in_the_crl_and_unspecified_is_left_out(pki):
    """RFC 5280 5.3.1."""
    certs.revoke(pki.directory, serial=1, reason=Reason.KEY_COMPROMISE)
    certs.revoke(pki.directory, serial=2)
    crl = store.read_crl(pki.crl)
    first = crl.get_revoked_certificate_by_serial_number(1).extensions.get_extension_for_class(x509.CRLReason)
    assert first.value.reason is x509.ReasonFlags.key_compromise
    assert list(crl.get_revoked_certificate_by_serial_number(2).extensions) == []


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_one_of_x509(pki, reason):
    assert certs.revoke(pki.directory, serial=7, reason=reason) == [7]


def test_the_number_only_grows(pki):
    """RFC 5280 5.2.3."""
    numbers = [number(certs.refresh(pki.directory)) for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_a_list_without_a_number_is_followed_by_one_with(pki):
    """Another tool may have written the CRL before."""
    key = store.read_key(pki.station_ca.key)
    builder = x509.CertificateRevocationListBuilder().last_update(now()).next_update(now() + timedelta(days=1))
    issuer = store.read_certificates(pki.station_ca.certificate)[0].subject
    plain = builder.issuer_name(issuer).sign(key, hashes.SHA256())
    pki.crl.write_bytes(plain.public_bytes(Encoding.PEM))
    assert number(certs.refresh(pki.directory)) > 0


def test_a_lost_crl_is_made_again_with_all_revocations(pki, openssl):
    certs.revoke(pki.directory, "CP001")
    pki.crl.unlink()
    certs.refresh(pki.directory)
    assert "certificate revoked" in check(openssl, pki, pki.station("CP001").certificate).stderr


def test_it_lasts_as_long_as_the_ca_unless_told_otherwise(pki):
    assert certs.next_update(pki.crl) == certs.not_after(pki.station_ca.certificate)
    certs.refresh(pki.directory, lifetime=timedelta(days=7))
    assert timedelta(days=6) < certs.next_update(pki.crl) - now() <= timedelta(days=7)


def test_of_several_lists_in_a_file_the_earliest_end_counts(pki):
    long = pki.crl.read_bytes()
    certs.refresh(pki.directory, lifetime=timedelta(days=7))
    end = certs.next_update(pki.crl)
    pki.crl.write_bytes(long + pki.crl.read_bytes())
    assert certs.next_update(pki.crl) == end


def test_it_never_outlives_the_ca(pki):
    certs.refresh(pki.directory, lifetime=timedelta(days=99999))
    assert certs.next_update(pki.crl) == certs.not_after(pki.station_ca.certificate)


def test_the_ledger_and_the_crl_agree(pki):
    certs.revoke(pki.directory, "CP001", reason=Reason.SUPERSEDED)
    in_ledger = {serial: entry.at for serial, entry in ledger.read(pki.ledger).revoked.items()}
    assert {entry.serial_number: entry.revocation_date_utc for entry in store.read_crl(pki.crl)} == in_ledger
