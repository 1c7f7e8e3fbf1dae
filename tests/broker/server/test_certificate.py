from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from broker.server.certificate import fault_in
from broker.server.stations import StationRecord
from certs import KeyType


def fault(der, record=None, *, organization=None, owners=None, now=None):
    return fault_in(
        der,
        record or StationRecord("CP001"),
        organization=organization,
        owner_of=(owners or {}).get,
        now=lambda: now or datetime.now(UTC),
    )


def der_of(issued):
    return issued.leaf.public_bytes(Encoding.DER)


@pytest.mark.parametrize("key_type", list(KeyType))
def test_the_cn_is_the_identity(pki, key_type):
    der = der_of(pki.station("CP001", key_type=key_type))
    assert fault(der) is None
    assert "CN is 'CP001', expected was 'CP002'" in fault(der, StationRecord("CP002"))
    assert "expected was 'cp001'" in fault(der, StationRecord("cp001"))


def test_a_registered_serial_number_takes_the_identitys_place(pki):
    record = StationRecord("CP001", serial_number="SN1")
    assert fault(der_of(pki.station("CP001", serial_number="SN1")), record) is None
    assert "expected was 'SN1'" in fault(der_of(pki.station("CP001")), record)


def test_a_serial_number_of_another_station_opens_no_identity_of_that_name(pki):
    der = der_of(pki.station("CP001"))
    assert fault(der, owners={"CP001": "CP001"}) is None
    assert "serial number of another station" in fault(der, owners={"CP001": "CP007"})


def test_the_organization(pki):
    der = der_of(pki.station("CP001", organization="Acme"))
    assert fault(der, organization="Acme") is None
    assert "O is 'Acme', expected was 'Depot'" in fault(der, organization="Depot")


def test_the_dates_are_checked_for_resumed_sessions_too(pki):
    issued = pki.station("CP001")
    for now in (
        issued.leaf.not_valid_after_utc + timedelta(seconds=1),
        issued.leaf.not_valid_before_utc - timedelta(days=1),
    ):
        assert fault(der_of(issued), now=now) == "the certificate is not valid at this time"


def test_the_key_usage(shared_pki):
    server = shared_pki.servers[0].leaf.public_bytes(Encoding.DER)
    assert "key usage" in fault(server, StationRecord("localhost"))


def test_a_short_key():
    key = rsa.generate_private_key(65537, 1024)  # no CA here would sign it
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP001")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert fault(der) == "the certificate's key of 1024 bits is too short"


@pytest.mark.parametrize("der", [b"", b"garbage", b"\x30\x82\x01"])
def test_garbage_is_a_fault_and_no_exception(der):
    assert fault(der)
