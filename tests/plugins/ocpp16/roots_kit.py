"""Root certificates in stations: what the tests of them share."""

from security_kit import V16, said

from broker.api import Direction

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
INSTALL, LIST, DELETE = "InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate"
ONE = {"hashAlgorithm": "SHA512", "issuerNameHash": "AA11", "issuerKeyHash": "0bB2", "serialNumber": "00C3"}
TWO = {"hashAlgorithm": "SHA384", "issuerNameHash": "dd", "issuerKeyHash": "ee", "serialNumber": "ff"}


async def told(h, action, payload, reply):
    """A call of somebody else, and the station's reply."""
    await h.reply(V16, action, payload, reply, direction=Direction.TO_STATION)


async def listed(h, use, *data):
    await told(h, LIST, {"certificateType": use}, said("Accepted", certificateHashData=list(data)))


async def rows(h):
    return sorted((row.use, row.status, row.hash_data["serialNumber"]) for row in await certificates(h))


async def certificates(h):
    return await h.records.certificates.of("CP001")


def lists(h, **by_use):
    """What the station has."""

    def answer(payload):
        found = by_use.get(payload["certificateType"].removesuffix("RootCertificate"))
        return said("Accepted", certificateHashData=found) if found else said("NotFound")

    h.session(V16).replies[LIST] = answer
