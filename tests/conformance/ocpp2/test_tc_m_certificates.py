"""M, certificates: the roots that a station trusts, listed, installed and deleted."""

import pytest
from cases201 import case201
from cryptography import x509
from manufacturer_kit import HASHES, Manufacturer, hash_data, pem_of
from story2_kit import booted

CSMS, MANUFACTURER = "CSMSRootCertificate", "ManufacturerRootCertificate"
ACCEPTED, FAILED = {"status": "Accepted"}, {"status": "Failed"}


async def listed(lab, station, uses, *found):
    """GetInstalledCertificateIds of these types (none: of all); `found` is the type and hash data of each."""
    chains = [{"certificateType": use, "certificateHashData": data} for use, data in found]
    answer = {**ACCEPTED, "certificateHashDataChain": chains} if chains else {"status": "NotFound"}
    asked = station.expect("GetInstalledCertificateIds", answer)
    told = await lab.do("installed-certificates", **({"certificateType": uses} if uses else {}))
    assert await asked == ({"certificateType": uses} if uses else {})
    assert told["status"] == answer["status"]
    assert [(one["certificateType"], one["certificateHashData"]) for one in told["certificates"]] == list(found)
    return told["certificates"]


async def roots(lab):
    """Type and hash data of the roots in the book."""
    return [(row.use, row.hash_data) for row in await lab.records.certificates.of(lab.identity)]


@case201("M_13", "certificateType [ManufacturerRootCertificate] alone; what is listed told, and in the book")
async def test_tc_m_13_retrieve_manufacturer_root(lab):
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, [MANUFACTURER], (MANUFACTURER, hash_data()))
        assert await roots(lab) == [(MANUFACTURER, hash_data())]


@case201("M_18", "certificateType is omitted; what is listed of every type told, and in the book")
async def test_tc_m_18_retrieve_all_types(lab):
    found = [
        (use, hash_data(serial=f"0{number}"))
        for number, use in enumerate(
            [CSMS, MANUFACTURER, "V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"], start=1
        )
    ]
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, [], *found)
        assert sorted(map(str, await roots(lab))) == sorted(map(str, found))


@case201("M_19", "certificateType [ManufacturerRootCertificate]: NotFound is told, and none in the book")
async def test_tc_m_19_retrieve_none_found(lab):
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, [MANUFACTURER], (MANUFACTURER, hash_data()))
        await listed(lab, station, [MANUFACTURER])
        assert await roots(lab) == []


async def deleted(lab, station, certificate, status):
    """DeleteCertificate has the hash data exactly as the station returned it."""
    asked = station.expect("DeleteCertificate", {"status": status})
    assert (await lab.do("delete-certificate", key=certificate["key"]))["status"] == status
    assert await asked == {"certificateHashData": certificate["certificateHashData"]}


@pytest.mark.parametrize("algorithm", HASHES)
@case201("M_20", "certificateHashData exactly as the station returned it, in each algorithm; gone from the book")
async def test_tc_m_20_delete_success(lab, algorithm):
    mine, other = hash_data(algorithm), hash_data(algorithm, serial="0A")
    async with lab.station() as station:
        await booted(station)
        _, certificate = await listed(lab, station, [CSMS], (CSMS, other), (CSMS, mine))
        await deleted(lab, station, certificate, "Accepted")
        assert await roots(lab) == [(CSMS, other)]
        asked = station.expect("DeleteCertificate", {"status": "NotFound"})
        told = await lab.do("delete-certificate", certificateHashData=mine)
        assert told["status"] == "NotFound"
        assert await asked == {"certificateHashData": mine}


@case201("M_21", "DeleteCertificate: Failed is told to the operator; it stays in the book")
async def test_tc_m_21_delete_failed(lab):
    async with lab.station() as station:
        await booted(station)
        [certificate] = await listed(lab, station, [CSMS], (CSMS, hash_data()))
        await deleted(lab, station, certificate, "Failed")
        assert await roots(lab) == [(CSMS, hash_data())]


async def installed(lab, station, use, answer=ACCEPTED, **params):
    """InstallCertificate as the operator asks for it; the certificate that was sent."""
    asked = station.expect("InstallCertificate", answer)
    told = await lab.do("install-certificate", certificateType=use, **params)
    assert told["status"] == answer["status"]
    payload = await asked
    certificate = payload.pop("certificate")
    assert payload == {"certificateType": use}
    return certificate


@case201("M_01", "CSMSRootCertificate with the configured PEM; by default the root of the server's own; in the book")
async def test_tc_m_01_install_csms_root(lab):
    configured = Manufacturer().certificate
    async with lab.station() as station:
        await booted(station)
        assert await installed(lab, station, CSMS, certificate=configured) == configured
        sent = x509.load_pem_x509_certificate((await installed(lab, station, CSMS)).encode())
        [server] = x509.load_pem_x509_certificates(lab.pki.servers[0].certificate.read_bytes())
        server.verify_directly_issued_by(sent)
        kept = {(row.use, row.status, row.pem) for row in await lab.records.certificates.of(lab.identity)}
        assert kept == {(CSMS, "Accepted", configured), (CSMS, "Accepted", pem_of(sent))}


@case201("M_02", "ManufacturerRootCertificate with the configured PEM; in the book")
async def test_tc_m_02_install_manufacturer_root(lab):
    configured = Manufacturer().certificate
    async with lab.station() as station:
        await booted(station)
        assert await installed(lab, station, MANUFACTURER, certificate=configured) == configured
        [row] = await lab.records.certificates.of(lab.identity)
        assert (row.use, row.pem) == (MANUFACTURER, configured)


@case201("M_05", "InstallCertificate(CSMSRootCertificate): Failed is told to the operator; none in the book")
async def test_tc_m_05_install_failed(lab):
    async with lab.station() as station:
        await booted(station)
        await installed(lab, station, CSMS, FAILED, certificate=Manufacturer().certificate)
        assert await roots(lab) == []
