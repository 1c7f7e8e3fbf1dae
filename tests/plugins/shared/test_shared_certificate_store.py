"""A folder of trusted certificates."""

import os

import pytest

import certs
from plugins.shared.certificate_store import CertificateStore


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return certs.init(tmp_path_factory.mktemp("store") / "pki", organization="Example")


@pytest.fixture
def texts(pki):
    return pki.root_ca.certificate.read_text(), pki.station_ca.certificate.read_text()


async def serials(store):
    return [one.serial_number for one in await store.certificates()]


async def test_all_certificates_of_all_files_are_found(tmp_path, texts):
    (tmp_path / "a.pem").write_text("".join(texts))
    (tmp_path / "b.crt").write_text(texts[0])
    (tmp_path / "notes.txt").write_text(texts[0])
    (tmp_path / "c.cer").write_text("nonsense")
    (tmp_path / "d.pem").write_bytes(b"\xff\x00")
    found = await serials(CertificateStore(tmp_path))
    assert len(found) == 3
    assert found[0] == found[2] != found[1]


async def test_a_change_is_seen_at_once(tmp_path, texts):
    store = CertificateStore(tmp_path)
    assert await serials(store) == []
    (tmp_path / "a.pem").write_text(texts[0])
    first = await serials(store)
    (tmp_path / "a.pem").write_text(texts[1])
    os.utime(tmp_path / "a.pem", ns=(1, 1))
    second = await serials(store)
    (tmp_path / "a.pem").unlink()
    assert len(first) == len(second) == 1
    assert first != second
    assert await serials(store) == []


async def test_what_has_not_changed_is_not_read_again(tmp_path, texts):
    (tmp_path / "a.pem").write_text(texts[0])
    store = CertificateStore(tmp_path)
    assert await store.certificates() is await store.certificates()


async def test_no_folder_is_no_certificates(tmp_path):
    assert await CertificateStore(None).certificates() == ()
    assert await CertificateStore(tmp_path / "none").certificates() == ()


async def test_a_file_that_cannot_be_read_keeps_what_was_known(tmp_path, texts):
    (tmp_path / "a.pem").write_text(texts[0])
    store = CertificateStore(tmp_path)
    known = await serials(store)
    (tmp_path / "b.pem").symlink_to(tmp_path / "nowhere.pem")
    assert await serials(store) == known
    (tmp_path / "b.pem").unlink()
    (tmp_path / "b.pem").write_text(texts[1])
    assert len(await serials(store)) == 2


async def test_a_file_without_measure_is_not_read(tmp_path, texts):
    (tmp_path / "a.pem").write_text(texts[0] + "\n" * 1_000_000)
    assert await serials(CertificateStore(tmp_path)) == []
