"""What is recorded of root certificates in stations, whoever has installed, listed or deleted them."""

import pytest
from roots_kit import CENTRAL, DELETE, INSTALL, LIST, MANUFACTURER, ONE, TWO, certificates, listed, rows, told
from security_kit import Ca, failed, said, security, wired

from broker.api import Certificate, Reply
from plugins.shared.certificate_hashes import hash_data_of, key_of


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return Ca(tmp_path_factory.mktemp("book") / "pki").layout.root_ca.certificate.read_text()


async def test_an_installed_certificate_is_recorded_under_its_hash(root):
    async with security() as h:
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, said("Accepted"))
        (row,) = await certificates(h)
        data = hash_data_of(root)
        assert (row.key, row.use, row.status) == (f"{key_of(data)}:{CENTRAL}", CENTRAL, "Accepted")
        assert (row.hash_data, row.serial_number, row.pem) == (data, data["serialNumber"], root)
        assert row.subject.startswith("CN=OCPP Server Root CA")
        assert row.not_after > row.at


@pytest.mark.parametrize("reply", [said("Rejected"), said("Failed"), failed("InternalError", "")])
async def test_what_was_not_installed_is_not_recorded(root, reply, caplog):
    async with security() as h:
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, reply)
        assert await certificates(h) == []
        assert "was not installed" in caplog.text


@pytest.mark.parametrize("certificate", ["garbage", 5, None])
async def test_what_cannot_be_read_is_not_recorded(certificate):
    async with security() as h:
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": certificate}, said("Accepted"))
        assert await certificates(h) == []


async def test_installed_twice_is_recorded_once_and_for_each_use(root):
    async with security() as h:
        for use in (CENTRAL, CENTRAL, MANUFACTURER):
            await told(h, INSTALL, {"certificateType": use, "certificate": root}, said("Accepted"))
        assert [row[0] for row in await rows(h)] == [CENTRAL, MANUFACTURER]


async def test_what_the_station_lists_is_recorded_word_for_word():
    async with security() as h:
        await listed(h, MANUFACTURER, ONE, TWO)
        assert await rows(h) == [(MANUFACTURER, "Installed", "00C3"), (MANUFACTURER, "Installed", "ff")]
        assert ONE in [row.hash_data for row in await certificates(h)]


async def test_a_list_ends_what_is_not_in_it_but_for_its_own_type_only():
    async with security() as h:
        await listed(h, CENTRAL, ONE, TWO)
        await listed(h, MANUFACTURER, ONE)
        await listed(h, CENTRAL, TWO)
        assert await rows(h) == [(CENTRAL, "Installed", "ff"), (MANUFACTURER, "Installed", "00C3")]


async def test_nothing_found_ends_all_of_that_type():
    async with security() as h:
        await listed(h, CENTRAL, ONE)
        await listed(h, MANUFACTURER, TWO)
        await told(h, LIST, {"certificateType": CENTRAL}, said("NotFound"))
        assert await rows(h) == [(MANUFACTURER, "Installed", "ff")]


@pytest.mark.parametrize(
    ("payload", "reply"),
    [
        ({"certificateType": CENTRAL}, failed("InternalError", "")),
        ({"certificateType": CENTRAL}, said("Rejected")),
        ({"certificateType": CENTRAL}, wired(Reply.result({}))),
        ({"certificateType": "V2GRootCertificate"}, said("NotFound")),
        ({}, said("NotFound")),
    ],
)
async def test_what_says_nothing_of_a_type_changes_nothing(payload, reply):
    async with security() as h:
        await listed(h, CENTRAL, ONE)
        await told(h, LIST, payload, reply)
        assert await rows(h) == [(CENTRAL, "Installed", "00C3")]


async def test_damaged_hash_data_is_left_out():
    async with security() as h:
        await listed(h, CENTRAL, {**ONE, "serialNumber": 5}, "x", None, TWO)
        assert await rows(h) == [(CENTRAL, "Installed", "ff")]
        await told(h, LIST, {"certificateType": CENTRAL}, said("Accepted", certificateHashData="x"))
        assert await rows(h) == []


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_a_certificate_that_was_installed_is_known_again_in_the_list(root, algorithm):
    async with security() as h:
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, said("Accepted"))
        data = {**hash_data_of(root, algorithm), "serialNumber": hash_data_of(root)["serialNumber"].upper()}
        await listed(h, CENTRAL, data)
        (row,) = await certificates(h)
        assert (row.status, row.hash_data, row.pem) == ("Installed", data, root)
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, said("Accepted"))
        assert await certificates(h) == [row]


@pytest.mark.parametrize("status", ["Accepted", "NotFound"])
async def test_what_was_deleted_or_never_there_is_ended(status):
    async with security() as h:
        await listed(h, CENTRAL, ONE, TWO)
        await told(h, DELETE, {"certificateHashData": {**ONE, "issuerKeyHash": "0BB2"}}, said(status))
        assert await rows(h) == [(CENTRAL, "Installed", "ff")]


@pytest.mark.parametrize("reply", [said("Failed"), failed("InternalError", ""), wired(Reply.result({}))])
async def test_what_was_not_deleted_stays(reply):
    async with security() as h:
        await listed(h, CENTRAL, ONE)
        await told(h, DELETE, {"certificateHashData": ONE}, reply)
        assert len(await certificates(h)) == 1


async def test_a_deletion_without_hash_data_ends_nothing():
    async with security() as h:
        await listed(h, CENTRAL, ONE)
        await told(h, DELETE, {"certificateHashData": {}}, said("Accepted"))
        assert len(await certificates(h)) == 1


async def test_a_deletion_in_another_algorithm_ends_what_was_installed_here(root):
    async with security() as h:
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, said("Accepted"))
        await told(h, DELETE, {"certificateHashData": hash_data_of(root, "SHA384")}, said("Accepted"))
        assert await certificates(h) == []


async def test_the_station_s_own_certificate_is_none_of_them():
    async with security() as h:
        own = Certificate(identity="CP001", key="station:c3", use="ChargePointCertificate", serial_number="c3")
        await h.records.commit(h.records.certificates.put(own))
        await told(h, LIST, {"certificateType": CENTRAL}, said("NotFound"))
        await told(h, DELETE, {"certificateHashData": ONE}, said("Accepted"))
        assert await certificates(h) == [own]


async def test_a_station_cannot_fill_the_disk(root):
    async with security() as h:
        await listed(h, CENTRAL, *({**ONE, "serialNumber": f"{n:x}"} for n in range(500)))
        assert len(await certificates(h)) == 200
        await told(h, INSTALL, {"certificateType": CENTRAL, "certificate": root}, said("Accepted"))
        assert len(await certificates(h)) == 200
