"""A PKI made once and copied for each test, the openssl binary, and a TLS handshake in memory."""

import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import certs

OpenSSL = Callable[..., subprocess.CompletedProcess[str]]
ORGANIZATION = "Example CPO"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder with CAs, server certificates and the station CP001; nobody changes it."""
    directory = tmp_path_factory.mktemp("made") / "pki"
    certs.init(directory, organization=ORGANIZATION)
    certs.issue_server(directory, ["csms.example.org", "localhost", "127.0.0.1"])
    certs.issue_station(directory, "CP001")
    return directory


@pytest.fixture
def pki(made, tmp_path):
    """A copy of `made` for the test's own use."""
    directory = tmp_path / "pki"
    shutil.copytree(made, directory)
    return certs.Layout(directory)


@pytest.fixture(scope="session")
def openssl() -> OpenSSL:
    """Run the openssl binary: an implementation that is not the one which wrote the files."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def handshake():
    """Shake hands between two contexts in memory; returns (client's SSLObject, server's SSLObject)."""

    def run(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "csms.example.org"):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = client.wrap_bio(to_client, to_server, server_hostname=name)
        theirs = server.wrap_bio(to_server, to_client, server_side=True)
        waiting = [ours, theirs]
        for _ in range(10):
            waiting = [side for side in waiting if not _step(side)]
        assert not waiting
        # In TLS 1.3 the server's verdict on a client certificate comes with the first read.
        theirs.write(b"!")
        assert ours.read(1) == b"!"
        return ours, theirs

    return run


def _step(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
