"""The lab of a case of OCPP 1.6: a broker of its own, with the station of the test tool."""

from broker_kit import FIRMWARE_FILE, FIRMWARE_IMAGE, FQDN, LabBroker
from case_kit import V16
from case_lab_kit import CaseLab
from scripted_station_kit import connected

__all__ = ["FIRMWARE_FILE", "FIRMWARE_IMAGE", "FQDN"]

IDENTITY = "OCTT"
KEY = "4F43415F4F4354545F61646D696E5F74657374"  # hex, as the test tool of the certificates configures it
CONNECTORS = 2

VALID, VALID_2, PARENT = "TAG-VALID", "TAG-VALID-2", "GROUP-1"
BLOCKED, EXPIRED, UNKNOWN = "TAG-BLOCKED", "TAG-EXPIRED", "TAG-OF-NOBODY"
TOKENS = {
    VALID: {"status": "Accepted", "parent": PARENT},
    VALID_2: {"status": "Accepted", "parent": PARENT},
    BLOCKED: {"status": "Blocked"},
    EXPIRED: {"status": "Accepted", "expires": "2020-01-01T00:00:00Z"},
}


class Lab(CaseLab):
    """What a case has; the station is registered for the case's transport alone."""

    def __init__(self, folder, pki, transport):
        self.registered = {"identity": IDENTITY, "password": KEY, "security_profile": transport}
        host = LabBroker(folder, pki, tokens=TOKENS, known=[self.registered])
        super().__init__(host, folder, IDENTITY, KEY, transport, V16)

    def connected(self, url, options):
        return connected(url, IDENTITY, self.rules, **options)

    async def start(self):
        await self.host.start()

    async def stop(self):
        await self.host.stop()
