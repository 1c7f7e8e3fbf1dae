"""What the versions share of signing; the rounds with stations stand with their plugins."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from broker.api import AuthorityRefused, Reply
from broker.testing import harness
from plugins.shared.certificate_signing import CertificateSigning, _chain, readable


class Signing(CertificateSigning):
    """A version without anything of its own."""

    name = "signing"
    uses = ("One", "Two")

    def use_of(self, payload):
        return payload.get("use", "One")


def request():
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("csr", [None, 5, ["x"], "", "x", "x" * 5501, "\ud800"])
def test_what_is_no_request_is_not_readable(csr):
    assert not readable(csr)


@given(st.text())
def test_a_text_is_no_request(text):
    assert not readable(text)


def test_a_request_that_is_too_long_is_not_read():
    assert readable(request())
    assert not readable(request() + " " * 5500)


def test_a_chain_has_to_fit():
    assert _chain("x" * 10, 10) == "x" * 10
    for signed in ("x" * 11, "", None, b"x"):
        with pytest.raises(AuthorityRefused):
            _chain(signed, 10)


async def test_a_request_waits_under_its_use_for_its_answer():
    class Authority:
        async def sign(self, identity, csr):
            return "chain"

    h = await harness(Signing).ready()
    plugin = h.plugins._loaded["signing"].instance
    plugin.count_requests()
    plugin.shared["authority"] = Authority()
    session = h.session("ocpp2.1")
    csr = request()
    assert plugin.take_request(session, {"csr": csr, "use": "Two"}) == ""
    assert plugin.take_request(session, {"csr": csr, "use": "Three"}) == "refused"
    assert plugin.take_request(session, {"csr": csr}) == ""
    assert sorted(session.state["signing"]) == ["certificate request", "certificate request:Two"]
    plugin.begin_signing(session, {"use": "Two"}, Reply.result({"status": "Rejected"}))
    plugin.begin_signing(session, {}, Reply.error("InternalError"))
    assert (session.state["signing"], plugin._jobs) == ({}, {})
    await h.stop()
