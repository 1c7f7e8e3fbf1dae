"""What the versions share about certificates in stations; the rounds with stations stand with their plugins."""

import pytest

import certs
from broker.api import Certificate, OperationFailed, Reply
from plugins.shared.certificate_hashes import hash_data_of, key_of
from plugins.shared.installed_certificates import Listed, _read, named, root_of, status_of

ONE = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed") / "pki"
    return certs.init(folder, organization="Example").root_ca.certificate.read_text()


def test_a_listed_certificate_is_shown_with_what_it_has():
    assert Listed("Root", ONE).shown == {"certificateType": "Root", "key": "SHA256:bb:1", "certificateHashData": ONE}
    assert Listed("Chain", ONE, (ONE,)).shown["childCertificateHashData"] == [ONE]


def test_a_certificate_is_the_same_in_any_algorithm(root):
    held = Certificate(identity="CP001", key="x", hash_data=hash_data_of(root), pem=root)
    assert named(held, hash_data_of(root))
    assert named(held, hash_data_of(root, "SHA512"))
    assert not named(held, ONE)
    unknown = Certificate(identity="CP001", key="x", hash_data=ONE)
    assert named(unknown, {**ONE, "issuerKeyHash": "BB", "serialNumber": "01"})
    assert not named(unknown, hash_data_of(root))
    assert key_of(hash_data_of(root)) != key_of(hash_data_of(root, "SHA512"))


def test_the_status_of_an_answer_is_text():
    assert status_of(Reply.result({"status": "Accepted"})) == "Accepted"
    assert status_of(Reply.result({"status": 5})) == ""
    assert status_of(Reply.error("InternalError")) == "InternalError"


async def test_not_every_authority_has_a_root():
    class Bare:
        pass

    class Whole:
        async def root(self):
            return "pem"

    assert await root_of(None) is None
    assert await root_of(Bare()) is None
    assert await root_of(Whole()) == "pem"


def test_a_file_is_one_of_the_folder_and_holds_certificates_only(tmp_path, root):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "root.pem").write_text(root)
    (folder / "key.pem").write_text(root + "-----BEGIN PRIVATE KEY-----\n")
    (folder / "none.pem").write_text("nonsense")
    (tmp_path / "outside.pem").write_text(root)
    assert _read(folder, "root.pem", 5500) == root
    for name in ("../outside.pem", "..", ".", "missing.pem", "key.pem", "none.pem", str(tmp_path / "outside.pem")):
        with pytest.raises(OperationFailed):
            _read(folder, name, 5500)
    with pytest.raises(OperationFailed, match="OCPP takes 10"):
        _read(folder, "root.pem", 10)
    with pytest.raises(OperationFailed, match="no folder"):
        _read(None, "root.pem", 5500)
