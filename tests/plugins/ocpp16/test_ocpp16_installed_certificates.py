"""Root certificates in stations: installed, listed, deleted, recorded."""

import pytest
from roots_kit import CENTRAL, DELETE, INSTALL, LIST, MANUFACTURER, ONE, TWO, lists
from security_kit import V16, Ca, failed, said, security

from broker.api import OperationFailed, StationRefused
from plugins.shared.certificate_hashes import hash_data_of


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Ca(tmp_path_factory.mktemp("roots") / "pki")


@pytest.fixture
def root(ca):
    return ca.layout.root_ca.certificate.read_text()


# --- install-certificate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Failed"])
@pytest.mark.parametrize("use", [CENTRAL, MANUFACTURER])
async def test_a_certificate_that_is_given_is_sent_as_it_is(use, status, root):
    async with security() as h:
        h.session(V16).replies[INSTALL] = said(status)
        result = await h.operate(V16, "install-certificate", {"certificateType": use, "certificate": root})
        assert h.session(V16).sent == [(INSTALL, {"certificateType": use, "certificate": root})]
        assert result == {"status": status, "certificateType": use, "certificateHashData": hash_data_of(root)}


async def test_even_garbage_can_be_sent():
    """Certification, TC_078: the station refuses."""
    async with security() as h:
        h.session(V16).replies[INSTALL] = said("Rejected")
        result = await h.operate(V16, "install-certificate", {"certificate": "garbage"})
        assert h.session(V16).sent == [(INSTALL, {"certificateType": CENTRAL, "certificate": "garbage"})]
        assert result == {"status": "Rejected", "certificateType": CENTRAL}


async def test_the_root_of_the_authority_is_the_default(ca, root):
    async with security(ca) as h:
        h.session(V16).replies[INSTALL] = said("Accepted")
        await h.operate(V16, "install-certificate")
        assert h.session(V16).sent == [(INSTALL, {"certificateType": CENTRAL, "certificate": root})]


async def test_without_a_root_a_certificate_has_to_be_given(ca):
    class Bare:
        async def sign(self, identity, csr):
            return ""

    async with security(Bare()) as h:
        with pytest.raises(OperationFailed, match="no root certificate"):
            await h.operate(V16, "install-certificate")
    async with security(ca) as h:
        with pytest.raises(OperationFailed, match="give the certificate"):
            await h.operate(V16, "install-certificate", {"certificateType": MANUFACTURER})


async def test_a_file_of_the_folder_is_sent(tmp_path, root):
    (tmp_path / "maker.pem").write_text(root)
    async with security(certificates=str(tmp_path)) as h:
        h.session(V16).replies[INSTALL] = said("Accepted")
        await h.operate(V16, "install-certificate", {"certificateType": MANUFACTURER, "file": "maker.pem"})
        assert h.session(V16).sent == [(INSTALL, {"certificateType": MANUFACTURER, "certificate": root})]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../secret.pem", "without a path"),
        ("/etc/passwd", "without a path"),
        ("..", "without a path"),
        (".", "without a path"),
        ("none.pem", "no readable file"),
        ("x\0y", "no readable file"),
        ("folder", "no readable file"),
        ("note.txt", "no certificate"),
        ("key.pem", "or more than that"),
        ("long.pem", "5500"),
    ],
)
async def test_nothing_but_a_certificate_of_the_folder_is_sent(tmp_path, ca, root, name, why):
    folder = tmp_path / "roots"
    folder.mkdir()
    (folder / "folder").mkdir()
    (tmp_path / "secret.pem").write_text(root)
    (folder / "note.txt").write_text("no certificate")
    (folder / "key.pem").write_text(root + ca.layout.root_ca.key.read_text())
    (folder / "long.pem").write_text(root * 9)
    async with security(certificates=str(folder)) as h:
        with pytest.raises(OperationFailed, match=why):
            await h.operate(V16, "install-certificate", {"file": name})
        assert h.session(V16).sent == []


async def test_without_a_folder_there_is_no_file():
    async with security() as h:
        with pytest.raises(OperationFailed, match="option certificates"):
            await h.operate(V16, "install-certificate", {"file": "maker.pem"})


async def test_an_error_of_the_station_is_passed_on(root):
    async with security() as h:
        h.session(V16).replies[INSTALL] = failed("NotSupported", "no")
        with pytest.raises(StationRefused, match="NotSupported: no"):
            await h.operate(V16, "install-certificate", {"certificate": root})


# --- installed-certificates -------------------------------------------------------------------------------------------


async def test_both_types_are_asked_for_one_after_the_other():
    async with security() as h:
        lists(h, CentralSystem=[ONE, TWO])
        result = await h.operate(V16, "installed-certificates")
        assert h.session(V16).sent == [(LIST, {"certificateType": CENTRAL}), (LIST, {"certificateType": MANUFACTURER})]
        assert result == {
            "status": "Accepted",
            "statuses": {CENTRAL: "Accepted", MANUFACTURER: "NotFound"},
            "certificates": [
                {"certificateType": CENTRAL, "key": "SHA512:0bb2:c3", "certificateHashData": ONE},
                {"certificateType": CENTRAL, "key": "SHA384:ee:ff", "certificateHashData": TWO},
            ],
        }


async def test_one_type_may_be_named():
    async with security() as h:
        lists(h)
        result = await h.operate(V16, "installed-certificates", {"certificateType": MANUFACTURER})
        assert h.session(V16).sent == [(LIST, {"certificateType": MANUFACTURER})]
        assert (result["status"], result["certificates"]) == ("NotFound", [])


# --- delete-certificate -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("named", [{"serialNumber": "c3"}, {"serialNumber": "00C3"}, {"serialNumber": "0xc3"}])
async def test_a_certificate_is_named_as_the_station_named_it(algorithm, named):
    """Certification, TC_076: field by field, whatever the spelling."""
    data = {**ONE, "hashAlgorithm": algorithm}
    async with security() as h:
        lists(h, Manufacturer=[TWO, data])
        h.session(V16).replies[DELETE] = said("Accepted")
        await h.operate(V16, "installed-certificates")
        result = await h.operate(V16, "delete-certificate", named)
        assert h.session(V16).sent[-1] == (DELETE, {"certificateHashData": data})
        assert [action for action, _ in h.session(V16).sent] == [LIST, LIST, DELETE]
        assert result == {"status": "Accepted", "certificateHashData": data}


@pytest.mark.parametrize("suffix", ["", f":{CENTRAL}"])
async def test_it_may_be_named_by_its_key(suffix):
    async with security() as h:
        lists(h, CentralSystem=[ONE, TWO])
        await h.operate(V16, "delete-certificate", {"key": f"SHA384:ee:ff{suffix}"})
        assert h.session(V16).sent[-1] == (DELETE, {"certificateHashData": TWO})


async def test_hash_data_that_is_given_is_sent_and_nothing_asked():
    async with security() as h:
        h.session(V16).replies[DELETE] = said("NotFound")
        result = await h.operate(V16, "delete-certificate", {"certificateHashData": TWO})
        assert h.session(V16).sent == [(DELETE, {"certificateHashData": TWO})]
        assert result["status"] == "NotFound"


async def test_what_is_only_computed_is_asked_for_first(root):
    data = hash_data_of(root, "SHA512")
    async with security() as h:
        h.session(V16).replies[INSTALL] = said("Accepted")
        lists(h, CentralSystem=[data])
        await h.operate(V16, "install-certificate", {"certificate": root})
        await h.operate(V16, "delete-certificate", {"serialNumber": data["serialNumber"]})
        assert [action for action, _ in h.session(V16).sent] == [INSTALL, LIST, LIST, DELETE]
        assert h.session(V16).sent[-1] == (DELETE, {"certificateHashData": data})


async def test_a_certificate_for_both_uses_is_deleted_once():
    async with security() as h:
        lists(h, CentralSystem=[ONE], Manufacturer=[ONE])
        await h.operate(V16, "delete-certificate", {"serialNumber": "c3"})
        assert h.session(V16).sent[-1] == (DELETE, {"certificateHashData": ONE})


@pytest.mark.parametrize("named", [{"serialNumber": "77"}, {"key": "SHA512:0bb2:c3:other"}, {"key": "SHA512"}])
async def test_what_the_station_does_not_have_is_not_deleted(named):
    async with security() as h:
        lists(h, CentralSystem=[ONE])
        with pytest.raises(OperationFailed, match="no such certificate"):
            await h.operate(V16, "delete-certificate", named)
        assert DELETE not in [action for action, _ in h.session(V16).sent]


async def test_two_of_one_serial_number_need_their_key():
    other = {**ONE, "issuerKeyHash": "99"}
    async with security() as h:
        lists(h, CentralSystem=[ONE, other])
        with pytest.raises(OperationFailed, match=r"SHA512:0bb2:c3, SHA512:99:c3"):
            await h.operate(V16, "delete-certificate", {"serialNumber": "c3"})
