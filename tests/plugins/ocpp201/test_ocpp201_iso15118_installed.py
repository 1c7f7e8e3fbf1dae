"""Certificates in stations of 2.x: installed, listed, deleted, recorded (M03 to M05)."""

import pytest
from ocpp201_pki_kit import hash_data, make, pki
from ocpp201_security_kit import BOTH, V21, V201, Ca, failed, iso15118, said, shared
from pydantic import ValidationError

from broker.api import Direction, OperationFailed, Reply, StationRefused
from plugins.ocpp201.iso15118.installed import USES, listed
from plugins.shared.certificate_hashes import hash_data_of, key_of

INSTALL, LIST, DELETE = "InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate"
CSMS, MANUFACTURER, V2G, MO, OEM, CHAIN = USES
P = pki()


def names(made):
    data = hash_data(made, "")
    data.pop("responderURL")
    return data


ONE, TWO, THREE = names(P.leaf), names(P.sub2), names(P.sub1)


def chain(use, data, *children):
    return {"certificateType": use, "certificateHashData": data} | (
        {"childCertificateHashData": list(children)} if children else {}
    )


async def told(h, action, payload, reply, version=V201):
    """A call of somebody else, and the station's reply."""
    await h.reply(version, action, payload, reply, direction=Direction.TO_STATION)


async def rows(h):
    return sorted((row.use, row.status, row.serial_number) for row in await h.records.certificates.of("CP001"))


# --- install-certificate ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Failed"])
@pytest.mark.parametrize(
    ("version", "use"), [*((v, use) for v in BOTH for use in (CSMS, MANUFACTURER, V2G, MO)), (V21, OEM)]
)
async def test_every_kind_of_root_can_be_installed(version, use, status):
    """Certification M_01 to M_05, M_101."""
    async with iso15118() as h:
        h.session(version).replies[INSTALL] = said(status)
        params = {"certificateType": use, "certificate": P.root.pem}
        result = await h.operate(version, "install-certificate", params)
        assert h.session(version).sent == [(INSTALL, params)]
        data = hash_data_of(P.root.pem)
        assert result == {"status": status, "certificateType": use, "certificateHashData": data}
        kept = [(use, "Accepted", data["serialNumber"])] if status == "Accepted" else []
        assert await rows(h) == kept


async def test_each_authority_offers_its_own_root():
    async with iso15118() as h:
        h.contexts.authority = Ca(make("CSMS Root"))
        shared(h)["authority.v2g"] = Ca(P.sub1)
        h.session(V201).replies[INSTALL] = said("Accepted")
        await h.operate(V201, "install-certificate")
        await h.operate(V201, "install-certificate", {"certificateType": V2G})
        assert [(payload["certificateType"], payload["certificate"]) for _, payload in h.session(V201).sent] == [
            (CSMS, h.contexts.authority.made.pem),
            (V2G, P.root.pem),
        ]
        with pytest.raises(OperationFailed, match="give the certificate"):
            await h.operate(V201, "install-certificate", {"certificateType": MO})
        del shared(h)["authority.v2g"]
        with pytest.raises(OperationFailed, match="give the certificate"):
            await h.operate(V201, "install-certificate", {"certificateType": V2G})


@pytest.mark.parametrize(("version", "fits"), [(V201, False), (V21, True)])
async def test_a_file_of_the_folder_may_be_as_long_as_the_version_takes_it(version, fits, tmp_path):
    (tmp_path / "root.pem").write_text(P.root.pem + "\n" * 6000)
    async with iso15118(certificates=str(tmp_path)) as h:
        h.session(version).replies[INSTALL] = said("Accepted")
        params = {"certificateType": MO, "file": "root.pem"}
        if fits:
            assert (await h.operate(version, "install-certificate", params))["status"] == "Accepted"
        else:
            with pytest.raises(OperationFailed, match="OCPP takes 5500"):
                await h.operate(version, "install-certificate", params)


# --- installed-certificates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [CSMS, MANUFACTURER, V2G, MO, CHAIN])
async def test_one_type_is_asked_for(use):
    """Certification M_13 to M_16."""
    async with iso15118() as h:
        h.session(V201).replies[LIST] = said("Accepted", certificateHashDataChain=[chain(use, ONE)])
        result = await h.operate(V201, "installed-certificates", {"certificateType": use})
        assert h.session(V201).sent == [(LIST, {"certificateType": [use]})]
        shown = {"certificateType": use, "key": key_of(ONE), "certificateHashData": ONE}
        assert result == {"status": "Accepted", "certificates": [shown]}


async def test_all_types_are_asked_for_at_once():
    """Certification M_18."""
    async with iso15118() as h:
        found = [chain(CSMS, ONE), chain(CHAIN, TWO, THREE, ONE)]
        h.session(V21).replies[LIST] = said("Accepted", certificateHashDataChain=found)
        result = await h.operate(V21, "installed-certificates")
        assert h.session(V21).sent == [(LIST, {})]
        assert [one["certificateType"] for one in result["certificates"]] == [CSMS, CHAIN]
        assert result["certificates"][1]["childCertificateHashData"] == [THREE, ONE]
        assert await rows(h) == sorted(
            [(CSMS, "Installed", ONE["serialNumber"]), (CHAIN, "Installed", TWO["serialNumber"])]
        )
        (row,) = [row for row in await h.records.certificates.of("CP001") if row.use == CHAIN]
        assert row.hash_data == {**TWO, "childCertificateHashData": [THREE, ONE]}


async def test_nothing_found_is_nothing_held():
    """Certification M_19."""
    async with iso15118() as h:
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=[chain(MANUFACTURER, ONE), chain(MO, TWO)]))
        h.session(V201).replies[LIST] = said("NotFound")
        result = await h.operate(V201, "installed-certificates", {"certificateType": [MANUFACTURER, CSMS]})
        assert result == {"status": "NotFound", "certificates": []}
        assert await rows(h) == [(MO, "Installed", TWO["serialNumber"])]


async def test_a_list_replaces_what_was_known_for_its_types_only():
    async with iso15118() as h:
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=[chain(CSMS, ONE), chain(MO, TWO)]))
        part = said("Accepted", certificateHashDataChain=[chain(CSMS, THREE), chain(V2G, ONE)])
        await told(h, LIST, {"certificateType": [CSMS]}, part)
        assert await rows(h) == sorted(
            [(CSMS, "Installed", THREE["serialNumber"]), (MO, "Installed", TWO["serialNumber"])]
        )


async def test_a_list_keeps_the_certificate_that_was_installed_through_here():
    async with iso15118() as h:
        await told(h, INSTALL, {"certificateType": MO, "certificate": P.root.pem}, said("Accepted"))
        found = hash_data_of(P.root.pem, "SHA512")
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=[chain(MO, found)]))
        (row,) = await h.records.certificates.of("CP001")
        assert (row.status, row.pem, row.hash_data) == ("Installed", P.root.pem, found)


@pytest.mark.parametrize(
    "listed_now",
    [None, 5, {}, [None], [5], [{}], [{"certificateType": CSMS}], [{"certificateType": 5, "certificateHashData": ONE}]],
)
async def test_a_station_may_list_anything(listed_now):
    assert listed(Reply.result({"status": "Accepted", "certificateHashDataChain": listed_now})) == []
    odd = chain(CHAIN, ONE) | {"childCertificateHashData": listed_now}
    assert [one.children for one in listed(Reply.result({"certificateHashDataChain": [odd]}))] == [()]
    async with iso15118() as h:
        await told(h, LIST, {"certificateType": listed_now}, said("Accepted", certificateHashDataChain=listed_now))
        assert await rows(h) == []


async def test_a_station_cannot_fill_the_disk():
    async with iso15118() as h:
        many = [chain(MO, {**ONE, "serialNumber": f"{n:x}"}, *[TWO] * 9) for n in range(300)]
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=many))
        kept = await h.records.certificates.of("CP001")
        assert len(kept) == 200
        assert {len(row.hash_data["childCertificateHashData"]) for row in kept} == {4}


async def test_an_error_tells_nothing_of_what_is_held():
    async with iso15118() as h:
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=[chain(MO, ONE)]))
        await told(h, LIST, {}, failed("InternalError"))
        assert len(await rows(h)) == 1
        h.session(V201).replies[LIST] = failed("InternalError", "no")
        with pytest.raises(StationRefused):
            await h.operate(V201, "installed-certificates")


# --- delete-certificate -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "gone"), [("Accepted", True), ("NotFound", True), ("Failed", False)])
@pytest.mark.parametrize("name", ["certificateHashData", "serialNumber", "key"])
async def test_a_certificate_is_deleted_by_any_of_its_names(name, status, gone):
    """Certification M_20, M_21."""
    async with iso15118() as h:
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=[chain(CHAIN, ONE, TWO), chain(MO, THREE)]))
        h.session(V201).replies[DELETE] = said(status)
        given = {"certificateHashData": ONE, "serialNumber": ONE["serialNumber"], "key": f"{key_of(ONE)}:{CHAIN}"}[name]
        result = await h.operate(V201, "delete-certificate", {name: given})
        assert result == {"status": status, "certificateHashData": ONE}
        assert h.session(V201).sent == [(DELETE, {"certificateHashData": ONE})]
        assert [use for use, _, _ in await rows(h)] == ([MO] if gone else [MO, CHAIN])


async def test_a_station_that_was_never_asked_is_asked_first():
    async with iso15118() as h:
        h.session(V21).replies[LIST] = said("Accepted", certificateHashDataChain=[chain(OEM, ONE)])
        h.session(V21).replies[DELETE] = said("Accepted")
        await h.operate(V21, "delete-certificate", {"serialNumber": ONE["serialNumber"]})
        assert [action for action, _ in h.session(V21).sent] == [LIST, DELETE]
        with pytest.raises(OperationFailed, match="no such certificate"):
            await h.operate(V21, "delete-certificate", {"serialNumber": "77"})


async def test_a_name_for_several_is_not_enough():
    async with iso15118() as h:
        both = [chain(MO, {**ONE, "serialNumber": "5"}), chain(MO, {**TWO, "serialNumber": "05"})]
        await told(h, LIST, {}, said("Accepted", certificateHashDataChain=both))
        with pytest.raises(OperationFailed, match="several certificates fit"):
            await h.operate(V201, "delete-certificate", {"serialNumber": "5"})
        with pytest.raises(ValidationError):
            await h.operate(V201, "delete-certificate")
