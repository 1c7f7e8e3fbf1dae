"""Reading what a station showed: every field right, every garbage a ValueError."""

import hashlib
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import authority, read_peer, store
from certs.lifetimes import now

KEY = ec.generate_private_key(ec.SECP256R1())


def der_of(*attributes, usage=None, purposes=None):
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(77).not_valid_before(now()).not_valid_after(now() + timedelta(days=1))
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture(scope="session")
def der(made):
    return store.read_certificates(made / "stations" / "CP001.pem")[0].public_bytes(Encoding.DER)


def test_every_field_of_a_station_certificate(made, der):
    leaf = store.read_certificates(made / "stations" / "CP001.pem")[0]
    peer = read_peer(der)
    assert peer.common_name == "CP001"
    assert peer.organizations == ("Example CPO",)
    assert peer.serial_number == leaf.serial_number
    assert (peer.not_before, peer.not_after) == (leaf.not_valid_before_utc, leaf.not_valid_after_utc)
    assert (peer.digital_signature, peer.client_auth) == (True, True)
    assert (peer.key_type, peer.key_bits) == ("EC", 256)
    assert peer.fingerprint_sha256 == hashlib.sha256(der).hexdigest()


def test_without_any_extension_nothing_is_forbidden():
    """RFC 5280 4.2.1.3 and 4.2.1.12: what is absent restricts nothing."""
    peer = read_peer(der_of((NameOID.COMMON_NAME, "CP001")))
    assert peer.digital_signature is True
    assert peer.client_auth is None


def test_a_key_usage_without_signatures_is_seen():
    usage = authority.leaf_usage()
    other = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    assert read_peer(der_of((NameOID.COMMON_NAME, "CP001"), usage=usage)).digital_signature is True
    assert read_peer(der_of((NameOID.COMMON_NAME, "CP001"), usage=other)).digital_signature is False


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (ExtendedKeyUsageOID.CLIENT_AUTH, True),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, True),
        (ExtendedKeyUsageOID.SERVER_AUTH, False),
    ],
)
def test_the_purpose_of_a_client(purpose, expected):
    assert read_peer(der_of((NameOID.COMMON_NAME, "CP001"), purposes=[purpose])).client_auth is expected


def test_every_organization_is_told():
    found = read_peer(der_of((NameOID.ORGANIZATION_NAME, "A"), (NameOID.ORGANIZATION_NAME, "B")))
    assert (found.organizations, found.common_name) == (("A", "B"), "")


def test_two_common_names_are_refused():
    """Which one names the station would be a guess, and a wrong one lets somebody in as another."""
    with pytest.raises(ValueError, match="more than one CN"):
        read_peer(der_of((NameOID.COMMON_NAME, "CP001"), (NameOID.COMMON_NAME, "CP002")))


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_garbage_is_a_value_error(data):
    with pytest.raises(ValueError):
        read_peer(data)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=500, deadline=None)
@given(data=st.data())
def test_a_damaged_certificate_is_read_or_a_value_error(der, data):
    position = data.draw(st.integers(0, len(der) - 1))
    damaged = bytearray(der)
    damaged[position] = data.draw(st.integers(0, 255))
    try:
        peer = read_peer(bytes(damaged))
    except ValueError:
        return
    assert peer.fingerprint_sha256 == hashlib.sha256(damaged).hexdigest()
