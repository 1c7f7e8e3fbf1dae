"""Everything that is wrong with a certificate is said before a station finds out."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

import certs
from certs import authority, keys, lint, names, store
from certs.authority import SERVER_PURPOSE, Period
from certs.lifetimes import now

USUAL = Period(timedelta(days=100))


@pytest.fixture
def ca(pki):
    return authority.load(pki.root_ca)


def server(ca, common_name, alternatives=(), key=None):
    key = key or keys.generate(keys.KeyType.ECDSA)
    return ca.issue(
        key.public_key(),
        names.subject(common_name, "Example CPO"),
        USUAL,
        usage=authority.leaf_usage(),
        purpose=SERVER_PURPOSE,
        names=[x509.DNSName(name) for name in alternatives],
    )[0]


def test_what_init_and_server_make_is_without_fault(pki):
    for pair in (pki.root_ca, pki.station_ca, *map(pki.server, certs.KeyType), pki.station("CP001")):
        for certificate in store.read_certificates(pair.certificate):
            assert lint.of_certificate(certificate, now()) == []


@pytest.mark.parametrize(
    ("common_name", "alternatives", "expected"),
    [
        ("csms.example.org", ["csms.example.org"], []),
        ("CSMS.example.org", ["csms.example.org"], []),
        ("csms.example.org", [], ["no subjectAltName"]),
        ("csms.example.org", ["other.example.org"], ["the CN is not among"]),
        ("localhost", ["localhost"], ["not a fully qualified domain name"]),
        ("*.example.org", ["*.example.org"], ["wildcard"]),
        ("not a name", ["csms.example.org"], ["not a fully qualified domain name"]),
    ],
)
def test_the_names_of_a_server(ca, common_name, alternatives, expected):
    """Q-35: stations compare the CN with the FQDN, TLS stacks the subjectAltName; neither takes a wildcard."""
    found = lint.of_certificate(server(ca, common_name, alternatives), now())
    assert len(found) == len(expected)
    assert all(part in problem for part, problem in zip(expected, found, strict=True))


def test_a_weak_key(ca):
    found = lint.of_certificate(server(ca, "a.example", ["a.example"], rsa.generate_private_key(65537, 1024)), now())
    assert found == ["the key has 1024 bits, OCPP asks for at least 2048"]


@pytest.mark.parametrize(
    ("days", "expected"), [(-1, ["not valid before"]), (50, []), (71, ["ends in 29 days"]), (101, ["expired on"])]
)
def test_the_time(days, expected):
    begin = now()
    found = lint.of_period(begin, begin + timedelta(days=100), begin + timedelta(days=days))
    assert len(found) == len(expected)
    assert all(problem.startswith(part) for part, problem in zip(expected, found, strict=True))


def test_the_order_of_a_chain_file(ca):
    lower = authority.create(names.subject("Upper", "O"), keys.KeyType.ECDSA, USUAL, path_length=1)
    between = lower.subordinate(keys.generate(keys.KeyType.ECDSA), names.subject("Between", "O"), USUAL)
    leaf = server(between, "a.example", ["a.example"])
    stranger = ca.certificate
    assert lint.of_chain([leaf, between.certificate, lower.certificate]) == []
    assert lint.of_chain([leaf, lower.certificate, between.certificate]) != []
    assert lint.of_chain([leaf, stranger]) == ["certificate 1 of the file is not signed by the one behind it"]
    assert lint.of_chain([stranger, lower.certificate]) == []


def test_the_key_file_beside_it(pki):
    pair, other = pki.station("CP001"), pki.server(certs.KeyType.RSA)
    leaf = store.read_certificates(pair.certificate)[0]
    assert lint.of_key(pair.key, leaf) == []
    assert lint.of_key(pki.directory / "absent.key", leaf) == []
    assert lint.of_key(other.key, leaf) == ["server-rsa.key is not this certificate's key"]
    pair.key.chmod(0o640)
    assert lint.of_key(pair.key, leaf) == ["others may read the key: chmod 600"]
    pair.key.write_text("garbage")
    assert "no private key" in lint.of_key(pair.key, leaf)[0]
