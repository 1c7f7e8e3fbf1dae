"""A, security: the station's own certificate, renewed by request of the CSMS."""

import asyncio

from cases201 import case201
from manufacturer_kit import Request, checked
from story2_kit import booted

KIND = "ChargingStationCertificate"


async def renewed(lab, station, answer, request):
    """The operator has the certificate renewed: the trigger, the station's request, and the chain that it is sent."""
    triggered = station.expect("TriggerMessage", {"status": "Accepted"})
    signed = station.expect("CertificateSigned", {"status": answer})
    operation = asyncio.create_task(lab.do("renew-certificate"))
    assert await triggered == {"requestedMessage": "SignChargingStationCertificate"}
    told = await station.says("SignCertificate", csr=request.csr, certificateType=KIND)
    assert told == {"status": "Accepted"}
    payload = await signed
    told = await operation
    assert (told["status"], told["certificateSigned"]) == ("Accepted", answer)
    chain = payload.pop("certificateChain")
    assert payload == {"certificateType": KIND}
    return chain


async def own_certificates(lab):
    """Status of the station's own certificates in the book, by serial number."""
    rows = await lab.records.certificates.of(lab.identity)
    return {int(row.serial_number, 16): row.status for row in rows if row.use == KIND}


@case201(
    "A_11",
    "TriggerMessage(SignChargingStationCertificate); SignCertificate Accepted; CertificateSigned by the CSMS itself "
    "with a chain for that CSR and its certificateType; with it the station enters",
    over=(3,),
)
async def test_tc_a_11_update_the_station_certificate(lab):
    first, second = Request(lab.identity), Request(lab.identity, use_rsa=True)
    async with lab.station() as station:
        await booted(station)
        chain = await renewed(lab, station, "Accepted", first)
        leaf = checked(lab, first, chain)
        assert await own_certificates(lab) == {leaf.serial_number: "Accepted"}
    async with lab.station(pair=first.pair(lab.folder, chain)) as station:
        await booted(station)
        chain = await renewed(lab, station, "Accepted", second)
        assert checked(lab, second, chain).serial_number != leaf.serial_number
    async with lab.station(pair=second.pair(lab.folder, chain)) as station:
        await booted(station)


@case201(
    "A_14",
    "As A_11, but CertificateSigned is Rejected: the operator is told, the event is in the book, the old certificate "
    "still enters",
    over=(3,),
)
async def test_tc_a_14_update_the_station_certificate_invalid(lab):
    request = Request(lab.identity)
    async with lab.station() as station:
        await booted(station)
        leaf = checked(lab, request, await renewed(lab, station, "Rejected", request))
        await station.reports("InvalidChargingStationCertificate")
        assert await own_certificates(lab) == {leaf.serial_number: "Rejected"}
        [event] = await lab.records.security_events.page(identity=lab.identity)
        assert event.type == "InvalidChargingStationCertificate"
    async with lab.station() as station:
        await booted(station)
