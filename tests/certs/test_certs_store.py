"""Files: written whole and closed, read with errors that name the path."""

import stat
import threading
from datetime import timedelta

import pytest

import certs
from certs import keys, store


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.key"
    path.write_text("old")
    path.chmod(0o644)
    store.write(path, b"new", store.SECRET_MODE)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.key"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "a.key"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certs.store.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(path, b"new", store.SECRET_MODE)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.key"]


def test_a_lock_keeps_threads_apart(pki):
    """Twenty at a time: no revocation is lost, no ledger line torn."""
    threads = [
        threading.Thread(target=certs.revoke, args=(pki.directory,), kwargs={"serial": serial})
        for serial in range(1, 21)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.serial_number for entry in store.read_crl(pki.crl)} == set(range(1, 21))


def test_not_after_is_the_earliest_end_in_the_file(pki):
    long = certs.issue_station(pki.directory, "CP007").certificate
    short = certs.issue_station(pki.directory, "CP008", lifetime=timedelta(days=3))
    both = pki.directory / "both.pem"
    both.write_bytes(long.read_bytes() + short.certificate.read_bytes())
    assert certs.not_after(both) == short.leaf.not_valid_after_utc
    assert certs.not_after(str(long)) > certs.not_after(both)


@pytest.mark.parametrize(
    "content", [None, b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("reader", [certs.not_after, store.read_certificates, store.read_key, store.read_crl])
def test_an_unreadable_file_is_named(tmp_path, content, reader):
    path = tmp_path / "bad.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(certs.CertsError, match=r"bad\.pem"):
        reader(path)


def test_a_key_comes_back_as_it_was_written(tmp_path):
    key = keys.generate(keys.KeyType.ECDSA)
    store.write(tmp_path / "a.key", keys.to_pem(key), store.SECRET_MODE)
    assert keys.same_key(store.read_key(tmp_path / "a.key"), key.public_key())


def test_a_folder_without_a_pki_is_refused(tmp_path):
    with pytest.raises(certs.CertsError, match="holds no PKI yet"):
        store.opened(tmp_path)
