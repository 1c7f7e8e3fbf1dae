"""The way from a contract certificate to a root."""

import itertools

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_pki_kit import DAY, START, make, pki

from plugins.ocpp201.iso15118.contract_chain import path, sources_of

P = pki()
OTHER = pki()


def found(pem, *roots, now=START):
    way = path(pem, [one.certificate for one in roots], now)
    return way if isinstance(way, str) else [one.subject.rfc4514_string() for one in way]


WHOLE = ["CN=DEEXAC00000001", "CN=MO Sub 2", "CN=MO Sub 1", "CN=MO Root"]


@pytest.mark.parametrize("order", list(itertools.permutations((P.sub2, P.sub1, P.root))))
def test_sub_cas_may_come_in_any_order_behind_the_contract(order):
    assert found(P.leaf.pem + "".join(one.pem for one in order), P.root) == WHOLE


def test_a_chain_comes_with_or_without_its_root():
    assert found(P.chain, P.root, OTHER.root) == WHOLE
    assert found(P.chain + P.root.pem, OTHER.root, P.root) == WHOLE


def test_a_sub_ca_that_is_trusted_is_far_enough():
    assert found(P.leaf.pem, P.sub2) == WHOLE[:2]
    assert found(P.leaf.pem, P.root, P.sub1, P.sub2) == WHOLE[:2]


@pytest.mark.parametrize(
    ("pem", "roots", "word"),
    [
        ("", (P.root,), "NoCertificateAvailable"),
        ("nonsense", (P.root,), "NoCertificateAvailable"),
        (P.chain, (), "CertChainError"),
        (P.leaf.pem + P.sub2.pem, (P.root,), "CertChainError"),
        (P.leaf.pem, (P.root,), "CertChainError"),
        (P.root.pem, (P.root,), "CertChainError"),
        (P.chain, (OTHER.root,), "SignatureError"),
        (OTHER.leaf.pem + P.sub2.pem + P.sub1.pem, (P.root,), "SignatureError"),
        (P.chain + P.root.pem, (make("Elsewhere", ca=True),), "CertChainError"),
        (make("Self").pem, (P.root,), "CertChainError"),
    ],
)
def test_a_chain_that_leads_nowhere_says_why(pem, roots, word):
    assert found(pem, *roots) == word


@pytest.mark.parametrize(("days", "expired"), [((-1, 1), False), ((-2, -1), True), ((1, 2), True)])
@pytest.mark.parametrize("which", ["root", "sub", "leaf"])
def test_each_has_to_be_valid_now(which, days, expired):
    valid = {name: days if name == which else (-10, 10) for name in ("root", "sub", "leaf")}
    root = make("Root", ca=True, days=valid["root"])
    sub = make("Sub", root, ca=True, days=valid["sub"])
    leaf = make("Contract", sub, days=valid["leaf"])
    way = found(leaf.pem + sub.pem, root)
    assert (way == "CertificateExpired") is expired
    assert isinstance(way, str) is expired


def test_the_time_is_the_broker_s():
    day = DAY.total_seconds()
    assert found(P.chain, P.root, now=START + 364 * day) == WHOLE
    assert found(P.chain, P.root, now=START + 366 * day) == "CertificateExpired"


def unknown(critical):
    return ((x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical),)


@pytest.mark.parametrize(
    ("sub", "fits"),
    [
        ({"ca": True}, True),
        ({"ca": True, "without": (x509.KeyUsage,)}, True),
        ({"ca": True, "extra": unknown(False)}, True),
        ({"ca": False}, False),
        ({"ca": True, "without": (x509.BasicConstraints,)}, False),
        ({"ca": True, "extra": unknown(True)}, False),
    ],
)
def test_only_a_ca_issues(sub, fits):
    made = make("Sub", P.root, **sub)
    leaf = make("Contract", made)
    way = found(leaf.pem + made.pem, P.root)
    assert (way == "CertChainError") is not fits


def test_a_ca_whose_key_may_not_sign_certificates_issues_none():
    usage = x509.KeyUsage(True, False, False, False, False, False, True, False, False)
    made = make("Sub", P.root, ca=True, without=(x509.KeyUsage,), extra=((usage, True),))
    leaf = make("Contract", made)
    assert found(leaf.pem + made.pem, P.root) == "CertChainError"


@pytest.mark.parametrize(("length", "fits"), [(None, True), (2, True), (1, True), (0, False)])
def test_a_path_is_not_longer_than_a_ca_says(length, fits):
    sub1 = make("Sub 1", P.root, ca=True, length=length)
    sub2 = make("Sub 2", sub1, ca=True)
    leaf = make("Contract", sub2)
    assert isinstance(found(leaf.pem + sub2.pem + sub1.pem, P.root), list) is fits


def test_a_long_way_is_not_gone_to_its_end():
    certificates = [make("CA 0", ca=True)]
    for n in range(1, 8):
        certificates.append(make(f"CA {n}", certificates[-1], ca=True))
    pem = "".join(one.pem for one in reversed(certificates))
    assert found(pem, certificates[0]) == "CertChainError"
    assert len(found("".join(one.pem for one in reversed(certificates[:5])), certificates[0])) == 5


@given(st.text())
def test_a_station_may_send_anything(text):
    assert found(text, P.root) == "NoCertificateAvailable"


# --- where to ask -----------------------------------------------------------------------------------------------------


def test_responders_come_before_revocation_lists():
    made = make("Contract", ocsp_url="http://o.example/", crl_url="http://c.example/")
    assert sources_of(made.certificate) == [("OCSP", "http://o.example/"), ("CRL", "http://c.example/")]
    assert sources_of(P.leaf.certificate) == []


def test_what_is_no_responder_and_no_url_is_left_out():
    def name(url):
        return x509.UniformResourceIdentifier(url)

    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, name("http://issuer.example/")),
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.DNSName("dns.example")),
            *(
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP, name(f"http://{n}.example/"))
                for n in range(6)
            ),
        ]
    )
    made = make("Contract", extra=((access, False),))
    assert sources_of(made.certificate) == [("OCSP", f"http://{n}.example/") for n in range(4)]
