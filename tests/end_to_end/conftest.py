"""Fixtures of the end-to-end tests: two PKIs, made once, and the ports that were kept for brokers."""

import pytest
from e2e_kit import IDENTITY, Pki
from process_kit import release_ports

import certs


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """The operator's own: server certificates of the broker, certificates of stations. Read only."""
    made = Pki(tmp_path_factory.mktemp("broker"), organization="Depot")
    for identity in (IDENTITY, "CP002"):
        certs.issue_station(made.folder, identity)
    return made


@pytest.fixture(scope="session")
def upstream_pki(tmp_path_factory):
    """The PKI of somebody else's CSMS, which gave the broker a client certificate. Read only."""
    made = Pki(tmp_path_factory.mktemp("upstream"), organization="Somebody Else")
    certs.issue_station(made.folder, "switchboard")
    return made


@pytest.fixture(scope="session", autouse=True)
def ports():
    yield
    release_ports()
