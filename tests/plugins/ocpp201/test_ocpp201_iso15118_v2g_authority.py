"""The CA of the certificates that stations show to vehicles."""

import shutil
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from ocpp201_pki_kit import NOW, key_pem, make
from ocpp201_security_kit import csr

import certs
from broker.api import AuthorityRefused
from broker.testing import StoppedClock
from plugins.ocpp201.iso15118.v2g_authority import V2gAuthority
from plugins.shared.certificate_hashes import certificates_in, hash_data_of

ROOT = make("V2G Root", ca=True)
SUB1 = make("CPO Sub 1", ROOT, ca=True)
SUB2 = make("CPO Sub 2", SUB1, ca=True)


@pytest.fixture
def authority(tmp_path):
    def made(*chain, key=None, days=60):
        chain = chain or (SUB2, SUB1, ROOT)
        (tmp_path / "v2g-ca.pem").write_text("".join(one.pem for one in chain))
        (tmp_path / "v2g-ca.key").write_bytes(key_pem(key or chain[0].key))
        return V2gAuthority(tmp_path, days, StoppedClock())

    return made


async def leaf_of(authority, request, identity="CP001"):
    return certificates_in(await authority.sign(identity, request))[0]


async def test_the_chain_is_the_leaf_and_its_sub_cas_without_the_root(authority):
    request = csr("DEPNX100001", organization="Example", country="DE")
    chain = certificates_in(await authority().sign("CP001", request))
    assert [one.subject.rfc4514_string() for one in chain] == [
        "DC=CPO,C=DE,O=Example,CN=DEPNX100001",
        "CN=CPO Sub 2",
        "CN=CPO Sub 1",
    ]
    chain[0].verify_directly_issued_by(SUB2.certificate)
    assert chain[0].public_key() == x509.load_pem_x509_csr(request.encode()).public_key()


async def test_it_is_a_tls_server_s_certificate_for_two_months(authority):
    leaf = await leaf_of(authority(), csr())
    assert leaf.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=60)
    found = {type(part.value): part for part in leaf.extensions}
    assert found[x509.BasicConstraints].value == x509.BasicConstraints(ca=False, path_length=None)
    assert found[x509.BasicConstraints].critical
    assert found[x509.KeyUsage].value.digital_signature
    assert found[x509.KeyUsage].value.key_agreement
    assert not found[x509.KeyUsage].value.key_cert_sign
    assert list(found[x509.ExtendedKeyUsage].value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.serial_number != (await leaf_of(authority(), csr())).serial_number


async def test_it_never_outlives_its_ca(authority):
    short = make("Sub", ROOT, ca=True, days=(-1, 10))
    assert (await leaf_of(authority(short), csr())).not_valid_after_utc == NOW + timedelta(days=10)
    with pytest.raises(AuthorityRefused, match="expired"):
        await authority(make("Sub", ROOT, ca=True, days=(-10, -1))).sign("CP001", csr())


async def test_a_station_without_a_name_of_its_own_gets_its_identity(authority):
    assert (await leaf_of(authority(), csr(None), "x" * 99)).subject.rfc4514_string() == f"DC=CPO,CN={'x' * 64}"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512),
        (ed448.Ed448PrivateKey.generate(), None),
        (rsa.generate_private_key(65537, 2048), hashes.SHA256),
    ],
    ids=["P-521", "Ed448", "RSA"],
)
async def test_keys_of_both_editions_are_signed_and_sign(authority, key, algorithm):
    """ISO 15118-20: secp521r1 and Ed448."""
    ca = make("Sub", ROOT, ca=True, key=key)
    leaf = await leaf_of(authority(ca), csr(key=key, algorithm=algorithm))
    leaf.verify_directly_issued_by(ca.certificate)


@pytest.mark.parametrize(
    ("request_pem", "why"),
    [
        ("nonsense", "no certificate request"),
        ("\ud800", "no certificate request"),
        (csr(key=ec.generate_private_key(ec.SECP192R1())), "too weak"),
        (csr(key=rsa.generate_private_key(65537, 1024)), "too weak"),
        (csr("a\nb"), "subject"),
        (csr(country="DE", organization="x\x00"), "subject"),
    ],
)
async def test_what_cannot_be_signed_is_refused(authority, request_pem, why):
    with pytest.raises(AuthorityRefused, match=why):
        await authority().sign("CP001", request_pem)


async def test_a_request_that_another_key_has_signed_is_refused(authority):
    pem = csr()
    der = x509.load_pem_x509_csr(pem.encode())
    other = x509.load_pem_x509_csr(csr("CP002").encode())
    forged = der.public_bytes(Encoding.DER).replace(b"CP001", b"CP009")
    request = x509.load_der_x509_csr(forged).public_bytes(Encoding.PEM).decode()
    assert other.is_signature_valid
    with pytest.raises(AuthorityRefused, match="own key"):
        await authority().sign("CP001", request)


async def test_the_root_that_is_wanted_has_to_be_above(authority):
    wanted = hash_data_of(ROOT.pem, "SHA384")
    assert await authority().sign_under("CP001", csr(), wanted)
    with pytest.raises(AuthorityRefused, match="another root"):
        await authority().sign_under("CP001", csr(), hash_data_of(make("Other", ca=True).pem))
    with pytest.raises(AuthorityRefused, match="another root"):
        await authority(SUB2, SUB1).sign_under("CP001", csr(), wanted)


async def test_the_root_is_offered_where_the_folder_has_it(authority, tmp_path):
    assert await authority().root() == ROOT.pem
    assert await authority(SUB2).root() is None
    (tmp_path / "v2g-ca.pem").unlink()
    assert await authority_at(tmp_path).root() is None


def authority_at(folder):
    return V2gAuthority(folder, 60, StoppedClock())


async def test_it_is_available_with_both_files(authority, tmp_path):
    assert authority().available
    (tmp_path / "v2g-ca.key").unlink()
    assert not authority_at(tmp_path).available
    assert not authority_at(tmp_path / "none").available


async def test_a_folder_that_cannot_be_used_now_is_tried_again(tmp_path):
    with pytest.raises(OSError, match="v2g-ca"):
        await authority_at(tmp_path / "none").sign("CP001", csr())


async def test_a_folder_with_something_else_is_a_refusal(authority, tmp_path):
    with pytest.raises(AuthorityRefused, match="is not the key"):
        await authority(SUB2, key=SUB1.key).sign("CP001", csr())
    (tmp_path / "v2g-ca.key").write_text("nonsense")
    with pytest.raises(AuthorityRefused, match="no key"):
        await authority_at(tmp_path).sign("CP001", csr())
    (tmp_path / "v2g-ca.pem").write_text("nonsense")
    with pytest.raises(AuthorityRefused, match="no certificate"):
        await authority_at(tmp_path).sign("CP001", csr())


async def test_a_ca_of_switchboard_certs_will_do_for_a_lab(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Lab")
    folder = tmp_path / "v2g"
    folder.mkdir()
    shutil.copy(layout.station_ca.certificate, folder / "v2g-ca.pem")
    shutil.copy(layout.station_ca.key, folder / "v2g-ca.key")
    clock = StoppedClock(certificates_in((folder / "v2g-ca.pem").read_text())[0].not_valid_before_utc.timestamp() + 60)
    authority = V2gAuthority(folder, 60, clock)
    (leaf,) = certificates_in(await authority.sign("CP001", csr()))
    leaf.verify_directly_issued_by(certificates_in(await authority.root())[0])
