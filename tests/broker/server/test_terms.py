import pytest

from broker.config import Listener
from broker.ocpp import Version
from broker.server.terms import terms_of
from broker.server.tls import TlsError


def test_a_plain_listener():
    settings = Listener(name="x", bind="127.0.0.1:0", security_profiles=[0, 1], default_subprotocol="ocpp1.6")
    terms = terms_of(settings)
    assert (terms.context, terms.profiles, terms.organization) == (None, {0, 1}, None)
    assert terms.default_subprotocol is Version.V16
    assert terms.compress == {Version.V16: False, Version.V201: True, Version.V21: True}
    assert terms.upgrade_and_close is False
    assert terms.expiries == {}


def test_a_tls_listener(shared_pki):
    terms = terms_of(Listener.model_validate(shared_pki.listener(tls=shared_pki.tls(organization="Depot"))))
    assert terms.context is not None
    assert terms.organization == "Depot"
    assert set(terms.expiries) == {"certificate_1", "certificate_2", "client_ca", "crl"}
    assert "SSLContext" not in repr(terms)


def test_a_file_that_cannot_be_used_is_an_error(pki):
    pki.servers[0].key.unlink()
    with pytest.raises(TlsError):
        terms_of(Listener.model_validate(pki.listener()))
