"""A, security: the certificate that a station shows to vehicles, renewed by request of the CSMS."""

import asyncio

from case_kit import V21
from cases201 import case201
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from manufacturer_kit import Request
from story2_kit import booted
from vehicle_kit import v2g_authority

KIND = "V2GCertificate"


@case201(
    "A_12",
    "TriggerMessage(SignV2GCertificate); SignCertificate Accepted; CertificateSigned by the CSMS itself: a chain for "
    "that CSR from the V2G sub-CA, certificateType V2GCertificate; in the book",
    over=(2,),
)
async def test_tc_a_12_update_the_v2g_certificate(lab):
    sub, _ = v2g_authority(lab.folder / "v2g")
    options = {"ocpp201.iso15118": {"v2g_authority": str(lab.folder / "v2g")}}
    async with lab.alone(options=options) as lab, lab.station() as station:
        await booted(station)
        request, number = Request("SECC-0001"), {"requestId": 7} if lab.version == V21 else {}
        triggered = station.expect("TriggerMessage", {"status": "Accepted"})
        signed = station.expect("CertificateSigned", {"status": "Accepted"})
        operation = asyncio.create_task(lab.do("renew-certificate", certificateType=KIND))
        assert await triggered == {"requestedMessage": "SignV2GCertificate"}
        told = await station.says("SignCertificate", csr=request.csr, certificateType=KIND, **number)
        assert told == {"status": "Accepted"}
        payload = await signed
        told = await operation
        assert (told["status"], told["certificateSigned"]) == ("Accepted", "Accepted")
        chain = payload.pop("certificateChain")
        assert payload == {"certificateType": KIND, **number}
        leaf = signed_by(sub, request, chain)
        rows = await lab.records.certificates.of(lab.identity)
        assert [(row.use, row.status, int(row.serial_number, 16)) for row in rows] == [
            (KIND, "Accepted", leaf.serial_number)
        ]


def signed_by(sub, request, chain):
    """The leaf of the chain: for that request, and a TLS server's; behind it the CA, and not the root."""
    leaf, *above = x509.load_pem_x509_certificates(chain.encode())
    assert above == [sub.certificate]
    leaf.verify_directly_issued_by(sub.certificate)
    assert leaf.public_key() == request.key.public_key()
    named = {part.oid: part.value for part in leaf.subject}
    assert (named[NameOID.COMMON_NAME], named[NameOID.DOMAIN_COMPONENT]) == ("SECC-0001", "CPO")
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    return leaf
