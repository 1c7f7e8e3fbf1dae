"""M, certificates of ISO 15118: contracts for vehicles, the roots behind them, their status."""

import base64

import pytest
from case_kit import V21
from cases201 import case201
from cryptography.x509 import ocsp
from later_kit import comes
from manufacturer_kit import Manufacturer, hash_data
from story2_kit import booted
from vehicle_kit import make, ocsp_data, provider, responder, v2g_authority

V2G, MO, CHAIN = "V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"
ACCEPTED = {"status": "Accepted"}
EXI = base64.b64encode(b"CertificateInstallationReq " * 100).decode()
EXI_OF_PROVIDER = base64.b64encode(b"CertificateInstallationRes " * 200).decode()


async def contract_asked_for(lab, action):
    """Get15118EVCertificate, and what the provider was asked; both pass as they are."""
    asked = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": action, "exiRequest": EXI}
    given = {**ACCEPTED, "exiResponse": EXI_OF_PROVIDER}
    more = {"remainingContracts": 0} if lab.version == V21 else {}
    async with provider({**given, **more}) as (url, heard):
        options = {"ocpp201.iso15118": {"ev_certificates": {"url": url}}}
        async with lab.alone(options=options) as lab, lab.station() as station:
            await booted(station)
            assert await station.says("Get15118EVCertificate", **asked) == {**given, **more}
        assert heard == [asked]


@case201("M_26", "Get15118EVCertificate(Install): Accepted, exiResponse the provider's, which has the exiRequest")
async def test_tc_m_26_install_contract(lab):
    await contract_asked_for(lab, "Install")


@case201("M_28", "Get15118EVCertificate(Update): Accepted, exiResponse the provider's, which has the exiRequest")
async def test_tc_m_28_update_contract(lab):
    await contract_asked_for(lab, "Update")


async def kept(lab):
    """Type and hash data of the certificates in the book."""
    return [(row.use, row.hash_data) for row in await lab.records.certificates.of(lab.identity)]


async def listed(lab, station, use, children=()):
    """GetInstalledCertificateIds of one type; what the station lists is told, and in the book."""
    more = {"childCertificateHashData": list(children)} if children else {}
    found = {"certificateType": use, "certificateHashData": hash_data(), **more}
    asked = station.expect("GetInstalledCertificateIds", {**ACCEPTED, "certificateHashDataChain": [found]})
    told = await lab.do("installed-certificates", certificateType=use)
    assert await asked == {"certificateType": [use]}
    [one] = told.pop("certificates")
    assert told == ACCEPTED
    assert one.pop("key")
    assert one == found
    await comes(lambda: kept(lab), [(use, {**hash_data(), **more})])


async def retrieved(lab, use, children=()):
    async with lab.station() as station:
        await booted(station)
        await listed(lab, station, use, children)


@case201("M_14", "certificateType [V2GRootCertificate] alone; what is listed told, and in the book")
async def test_tc_m_14_retrieve_v2g_root(lab):
    await retrieved(lab, V2G)


@case201("M_15", "certificateType [V2GCertificateChain] alone; it is told with its sub-CAs, and in the book")
async def test_tc_m_15_retrieve_v2g_chain(lab):
    await retrieved(lab, CHAIN, [hash_data(serial="01"), hash_data(serial="02")])


@case201("M_16", "certificateType [MORootCertificate] alone; what is listed told, and in the book")
async def test_tc_m_16_retrieve_mo_root(lab):
    await retrieved(lab, MO)


async def installed(lab, station, use, **params):
    """InstallCertificate as the operator asks for it; the certificate that was sent."""
    asked = station.expect("InstallCertificate", ACCEPTED)
    told = await lab.do("install-certificate", certificateType=use, **params)
    assert (told["status"], told["certificateType"]) == ("Accepted", use)
    payload = await asked
    certificate = payload.pop("certificate")
    assert payload == {"certificateType": use}
    return certificate


async def roots(lab):
    return [(row.use, row.pem) for row in await lab.records.certificates.of(lab.identity)]


async def configured(lab, use):
    root = Manufacturer().certificate
    async with lab.station() as station:
        await booted(station)
        assert await installed(lab, station, use, certificate=root) == root
        await comes(lambda: roots(lab), [(use, root)])


async def of_the_authority(lab, use):
    _, root = v2g_authority(lab.folder / "v2g")
    options = {"ocpp201.iso15118": {"v2g_authority": str(lab.folder / "v2g")}}
    async with lab.alone(options=options) as lab, lab.station() as station:
        await booted(station)
        assert await installed(lab, station, use) == root.pem
        await comes(lambda: roots(lab), [(use, root.pem)])


@pytest.mark.parametrize("source", [configured, of_the_authority])
@case201("M_03", "V2GRootCertificate with the configured PEM; by default the root of the V2G authority; in the book")
async def test_tc_m_03_install_v2g_root(lab, source):
    await source(lab, V2G)


@case201("M_04", "MORootCertificate with the configured PEM; in the book")
async def test_tc_m_04_install_mo_root(lab):
    await configured(lab, MO)


@case201(
    "M_24",
    "GetInstalledCertificateIds [V2GCertificateChain]; GetCertificateStatus: Accepted, ocspResult the DER response of "
    "the responder, which was asked",
)
async def test_tc_m_24_certificate_status(lab):
    root = make("V2G Root", ca=True)
    sub = make("CPO Sub 1", root, ca=True)
    async with responder() as one:
        one.knows(sub)
        options = {"ocpp201.iso15118": {"ocsp": {"allow_private": True}}}
        async with lab.alone(options=options) as lab, lab.station() as station:
            await booted(station)
            await listed(lab, station, CHAIN, [hash_data(serial="01")])
            told = await station.says("GetCertificateStatus", ocspRequestData=ocsp_data(sub, one.url))
            assert told == {**ACCEPTED, "ocspResult": base64.b64encode(one.told).decode()}
            read = ocsp.load_der_ocsp_response(base64.b64decode(told["ocspResult"]))
            assert read.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
            assert read.serial_number == sub.certificate.serial_number
            assert one.asked == [sub.certificate.serial_number]
