"""Server certificates: the pair that OCPP's suites need, verified by openssl itself."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import certs
from certs import store


def leaves(pki):
    return [store.read_certificates(pki.server(key_type).certificate)[0] for key_type in certs.KeyType]


def test_one_is_ecdsa_on_p256_and_one_rsa_with_2048_bits(pki):
    ecdsa, with_rsa = (leaf.public_key() for leaf in leaves(pki))
    assert isinstance(ecdsa, ec.EllipticCurvePublicKey)
    assert isinstance(ecdsa.curve, ec.SECP256R1)
    assert isinstance(with_rsa, rsa.RSAPublicKey)
    assert with_rsa.key_size == 2048


def test_the_first_name_is_the_cn_and_all_are_alternative_names(pki):
    """certification.md 3.3: CN = FQDN."""
    for leaf in leaves(pki):
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "csms.example.org"
        assert [str(name.value) for name in names] == ["csms.example.org", "localhost", "127.0.0.1"]


def test_only_the_rsa_key_may_encipher(pki):
    usages = [leaf.extensions.get_extension_for_class(x509.KeyUsage) for leaf in leaves(pki)]
    assert [usage.critical for usage in usages] == [True, True]
    assert [usage.value.digital_signature for usage in usages] == [True, True]
    assert [usage.value.key_encipherment for usage in usages] == [False, True]


def test_the_purpose_is_server_authentication_alone(pki):
    for leaf in leaves(pki):
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_openssl_verifies_both_strictly(pki, openssl):
    for key_type in certs.KeyType:
        done = openssl(
            "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "csms.example.org",
            "-CAfile", pki.root_ca.certificate, pki.server(key_type).certificate,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


def test_the_file_is_leaf_then_intermediate_without_the_root(tmp_path, openssl):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
    for issued in certs.issue_server(layout.directory, ["csms.example.org"]):
        leaf, intermediate = store.read_certificates(issued.certificate)
        leaf.verify_directly_issued_by(intermediate)
        assert intermediate.issuer != intermediate.subject
        done = openssl(
            "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", layout.root_ca.certificate,
            "-untrusted", issued.certificate, issued.certificate,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "names", [[], [""], ["*.example.org"], ["a b.example.org"], ["ladestation-ä.example"], ["1.2.3"]]
)
def test_a_bad_name_is_refused_and_changes_nothing(pki, names):
    before = pki.server(certs.KeyType.RSA).certificate.read_bytes()
    with pytest.raises(certs.CertsError):
        certs.issue_server(pki.directory, names)
    assert pki.server(certs.KeyType.RSA).certificate.read_bytes() == before


def test_the_organization_is_the_ca_s_unless_another_is_given(pki):
    usual = certs.issue_server(pki.directory, ["csms.example.org"])[0]
    other = certs.issue_server(pki.directory, ["csms.example.org"], organization="Other CPO")[0]
    found = [one.leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value for one in (usual, other)]
    assert found == ["Example CPO", "Other CPO"]


def test_a_life_of_a_day_is_possible(pki):
    """A00.FR.701 to 704: server certificates should expire fast."""
    leaf = certs.issue_server(pki.directory, ["csms.example.org"], lifetime=timedelta(days=1))[0].leaf
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=3)


def test_without_a_pki_it_says_what_to_do(tmp_path):
    with pytest.raises(certs.CertsError, match="certs init"):
        certs.issue_server(tmp_path, ["csms.example.org"])
