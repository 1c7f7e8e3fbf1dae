"""Security: the station's own certificate, and the roots that it trusts."""

import asyncio

import pytest
from cases16 import case
from cryptography import x509
from lab_kit import IDENTITY
from manufacturer_kit import HASHES, Manufacturer, Request, checked, hash_data, pem_of
from scripted_station_kit import SERIAL
from story_kit import booted

import certs

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


async def renewed(lab, station, answer, request):
    """The operator has the certificate renewed: the trigger, the station's request, and the chain that it is sent."""
    triggered = station.expect("ExtendedTriggerMessage", ACCEPTED)
    signed = station.expect("CertificateSigned", answer)
    operation = asyncio.create_task(lab.do("renew-certificate"))
    assert await triggered == {"requestedMessage": "SignChargePointCertificate"}
    assert await station.says("SignCertificate", csr=request.csr) == ACCEPTED
    payload = await signed
    told = await operation
    assert (told["status"], told["certificateSigned"]) == ("Accepted", answer["status"])
    assert set(payload) == {"certificateChain"}
    return payload["certificateChain"]


def named(serial_number):
    """A serial number in hex, without regard to case and leading zeros."""
    return serial_number.casefold().lstrip("0")


async def own_certificates(lab):
    """Serial number and status of the station's own certificates in the book."""
    rows = await lab.records.certificates.of(IDENTITY)
    return {named(row.serial_number): row.status for row in rows if row.use == "ChargePointCertificate"}


async def events(lab):
    return [row.type for row in await lab.records.security_events.page(identity=IDENTITY)]


@pytest.mark.parametrize("name", [IDENTITY, SERIAL])
@case(
    "074",
    "The trigger without connectorId; SignCertificate Accepted; CertificateSigned by the CSMS itself with a chain for "
    "that CSR, in the name of the identity or of the registered serial number; with it the station enters",
    over=(3,),
)
async def test_tc_074_renew_charge_point_certificate(lab, name):
    if name == SERIAL:
        await registered_by_its_serial_number(lab)
    first, second = Request(name), Request(name, use_rsa=True)
    async with lab.station() as station:
        await booted(station)
        chain = await renewed(lab, station, ACCEPTED, first)
        leaf = checked(lab, first, chain, name)
        assert await own_certificates(lab) == {named(f"{leaf.serial_number:x}"): "Accepted"}
    async with lab.station(pair=first.pair(lab.folder, chain)) as station:
        await booted(station)
        assert lab.broker.sessions.get(IDENTITY).security_profile == 3
        chain = await renewed(lab, station, ACCEPTED, second)
        assert checked(lab, second, chain, name).serial_number != leaf.serial_number
        assert len(await own_certificates(lab)) == 2
    async with lab.station(pair=second.pair(lab.folder, chain)) as station:
        await booted(station)


async def registered_by_its_serial_number(lab):
    """The CN of its certificate is the serial number and not the identity (white paper A00.FR.405)."""
    lab.registered["serial_number"] = SERIAL
    issued = certs.issue_station(lab.pki.folder, IDENTITY, serial_number=SERIAL)
    lab.own_pair = (issued.certificate, issued.key)
    await lab.restart()


@case(
    "077",
    "As 074, but CertificateSigned is Rejected: the operator is told, the event is in the book, the old "
    "certificate still enters",
    over=(3,),
)
async def test_tc_077_invalid_charge_point_certificate(lab):
    async with lab.station() as station:
        await booted(station)
        request = Request(IDENTITY)
        leaf = checked(lab, request, await renewed(lab, station, REJECTED, request))
        await station.reports("InvalidChargePointCertificate")
        assert await events(lab) == ["InvalidChargePointCertificate"]
        assert await own_certificates(lab) == {named(f"{leaf.serial_number:x}"): "Rejected"}
    async with lab.station() as station:
        await booted(station)


async def installed(lab, station, use, answer=ACCEPTED, **params):
    """InstallCertificate as the operator asks for it; the certificate that was sent."""
    asked = station.expect("InstallCertificate", answer)
    told = await lab.do("install-certificate", certificateType=use, **params)
    assert told["status"] == answer["status"]
    payload = await asked
    assert set(payload) == {"certificateType", "certificate"}
    assert payload["certificateType"] == use
    return payload["certificate"]


HASH_DATA = {algorithm: hash_data(algorithm) for algorithm in HASHES}


async def listed(lab, station, use, *data):
    """GetInstalledCertificateIds of that type, and what the operator is told."""
    asked = station.expect("GetInstalledCertificateIds", {**ACCEPTED, "certificateHashData": list(data)})
    told = await lab.do("installed-certificates", certificateType=use)
    assert await asked == {"certificateType": use}
    assert [one["certificateHashData"] for one in told["certificates"]] == list(data)
    return told["certificates"]


async def roots(lab):
    """Type and hash data of the roots in the book."""
    rows = await lab.records.certificates.of(IDENTITY)
    return [(row.use, row.hash_data) for row in rows]


@case(
    "075_1",
    "ManufacturerRootCertificate with the configured PEM; then the same type asked for; in the book",
    over=(2, 3),
)
async def test_tc_075_1_install_manufacturer_root_certificate(lab):
    root = Manufacturer().certificate
    async with lab.station() as station:
        await booted(station)
        assert await installed(lab, station, MANUFACTURER, certificate=root) == root
        await listed(lab, station, MANUFACTURER, HASH_DATA["SHA256"])
        assert await roots(lab) == [(MANUFACTURER, HASH_DATA["SHA256"])]


@case(
    "075_2",
    "CentralSystemRootCertificate, by default the root of the server's own certificate; the same type asked for; "
    "in the book",
    over=(2, 3),
)
async def test_tc_075_2_install_central_system_root_certificate(lab):
    async with lab.station() as station:
        await booted(station)
        sent = x509.load_pem_x509_certificate((await installed(lab, station, CENTRAL)).encode())
        (server,) = x509.load_pem_x509_certificates(lab.pki.servers[0].certificate.read_bytes())
        server.verify_directly_issued_by(sent)
        await listed(lab, station, CENTRAL, HASH_DATA["SHA256"])
        assert await roots(lab) == [(CENTRAL, HASH_DATA["SHA256"])]
        configured = pem_of(sent)
        assert await installed(lab, station, CENTRAL, certificate=configured) == configured


@pytest.mark.parametrize("algorithm", HASH_DATA)
@case(
    "076",
    "certificateHashData field by field as the station returned it, in each of its algorithms; gone from the book",
    over=(2, 3),
)
async def test_tc_076_delete_certificate(lab, algorithm):
    async with lab.station() as station:
        await booted(station)
        other = {**HASH_DATA[algorithm], "serialNumber": "0A"}
        certificates = await listed(lab, station, CENTRAL, other, HASH_DATA[algorithm])
        asked = station.expect("DeleteCertificate", ACCEPTED)
        assert (await lab.do("delete-certificate", key=certificates[1]["key"]))["status"] == "Accepted"
        payload = await asked
        assert set(payload) == {"certificateHashData"}
        assert payload["certificateHashData"] == {
            "hashAlgorithm": algorithm,
            "issuerNameHash": HASH_DATA[algorithm]["issuerNameHash"],
            "issuerKeyHash": HASH_DATA[algorithm]["issuerKeyHash"],
            "serialNumber": "00FFee01",
        }
        assert await roots(lab) == [(CENTRAL, other)]


@case(
    "078",
    "InstallCertificate is Rejected: the operator is told; the event, and no certificate, in the book",
    over=(2, 3),
)
async def test_tc_078_invalid_central_system_certificate(lab):
    async with lab.station() as station:
        await booted(station)
        await installed(lab, station, CENTRAL, REJECTED)
        await station.reports("InvalidCentralSystemCertificate", "not signed by the old one")
        (row,) = await lab.records.security_events.page(identity=IDENTITY)
        assert (row.type, row.tech_info) == ("InvalidCentralSystemCertificate", "not signed by the old one")
        assert await roots(lab) == []
